#!/usr/bin/env bash
# DeployKit
# SPDX-License-Identifier: Apache-2.0
#
# Plays DEPLOYMENT_CHECKLIST.md in the test environment, then a round of MAINTENANCE.md and
# DISASTER_RECOVERY.md, to one evidence bundle.
#
#     Examples/library-jobs/demo.sh [FOLDER]
set -euo pipefail
source "$(dirname "$0")/../stand-ins/play.sh"
play "${1:-}" 18761

database create loans.db
# The catalogue is somebody else's, and there before we are.
web routes/catalogue.txt "${port[18761]}" >/dev/null &
eva=eva@library.example kai=kai@library.example ola=ola@library.example uma=uma@library.example
export DEPLOYKIT_ACTOR=$eva
tick() { local item; for item in "$@"; do quiet 0 'done' "$item"; done; }

title 'Before the deployment'
step 0 check DEPLOYMENT_CHECKLIST.md
step 0 start DEPLOYMENT_CHECKLIST.md --environment test --version 3.1.0
step 0 'done' 1.1
step 4 run
tick 1.3 1.4 1.5
step 4 run
tick 1.7 1.8 1.9 1.10 1.11 1.12
step 4 run
tick 1.14 1.15 1.16.1 1.16.2 1.16.3 1.17 1.18 1.19

title 'Deployment'
tick 2.1 2.2
step 0 skip 2.3 --reason 'the exchange is not touched'
step 4 run
step 0 fail 2.8 --reason 'a reader who moved away got one'
step 0 rollback --dry-run --level 'critical issue'
step 4 rollback --level 'critical issue' --reason 'notices reach the wrong people'
step 0 'done' R2 --note 'the file of addresses was of last year'
step 6 run
step 0 unlock test --reason 'addresses are read anew in 3.1.1'

title 'Deployment of the next version'
step 0 start DEPLOYMENT_CHECKLIST.md --environment test --version 3.1.1
tick 1.1
quiet 4 run
tick 1.3 1.4 1.5
quiet 4 run
tick 1.7 1.8 1.9 1.10 1.11 1.12
quiet 4 run
tick 1.14 1.15 1.16.1 1.16.2 1.16.3 1.17 1.18 1.19 2.1 2.2
quiet 0 skip 2.3 --reason 'the exchange is not touched'
step 4 run
step 0 'done' 2.8 --note 'three readers, all due tomorrow'
step 4 run
step 0 'done' 2.10
step 4 run
tick 6.1 6.2 6.3

title 'Weeks later'
step 0 status
tick 3.1 4.1 5.1
step 0 due
step 0 'done' 'monitoring-first-24-hours#1' --note 'three jobs, eleven minutes'
for window in monitoring-first-24-hours first-week first-month; do
    step 0 waive "$window" --reason 'the test environment is looked after for an hour only'
done
step 0 set deployment-date=2026-11-20
step 0 set deployment-version=3.1.1
step 0 set deployed-by='Eva, with Ola on the telephone'
step 0 sign developer --approve
step 0 sign qa-lead --approve --as "$kai"
step 0 sign operations --approve --as "$ola"
step 0 sign head-of-lending --approve --as "$uma"
step 0 gate completion
step 0 export --markdown --output DEPLOYMENT_CHECKLIST.md
if grep -q '^- \[x\] \[ \]\|^- \[ \] \[x\]' DEPLOYMENT_CHECKLIST.md; then
    fail 'one of two boxes was left as it was'
fi

title 'A freeze'
step 0 freeze test --name stocktaking --reason 'the branches count their books'
step 5 start DEPLOYMENT_CHECKLIST.md --environment test --version 3.2.0
step 0 unfreeze test --name stocktaking --reason 'counted'

title 'Maintenance: the weekly list of the page'
step 0 start DEPLOYMENT_CHECKLIST.md --list Weekly --environment test --version 2026-W47
step 0 'done' 1.1 --note '40 percent free'
step 0 'done' 1.2
step 0 status

title 'Maintenance: a round on a page of its own, which a machine does'
step 0 start MAINTENANCE.md --kind maintenance --environment test --version 2026-W47 \
    --variable round=weekly
step 0 run
step 0 status

title 'Disaster recovery: the database is gone'
database dump loans.db last.dump
rm -r loans.db
step 0 start DISASTER_RECOVERY.md --kind recovery --environment test --version 3.1.1
step 0 'done' 1.1 --note 'the disk is new'
step 4 run
step 0 'done' 2.1
step 4 run
step 0 'done' 4.1 --note 'docs/2026-11-20.md'
step 0 sign operations --approve --as "$ola"
if [[ $(database version loans.db) != 2 ]]; then fail 'the database was not restored'; fi
step 0 list

page=DISASTER_RECOVERY.md
leave_evidence before.dump first-run.txt
