#!/usr/bin/env bash
# DeployKit
# SPDX-License-Identifier: Apache-2.0
#
# Plays DEPLOYMENT_CHECKLIST.md on staging twice: with a release that works, and with one that does
# not. No person acts but the one who says that the account is there.
#
#     Examples/parking-canary/demo.sh [FOLDER]
set -euo pipefail
source "$(dirname "$0")/../stand-ins/play.sh"
play "${1:-}" 18770 18771

mkdir secrets
echo 'smoke-5b1e07c2' >secrets/smoke-token
chmod 600 secrets/smoke-token
SMOKE_TOKEN=$(cat secrets/smoke-token) web routes/stable.txt "${port[18770]}" >/dev/null &
export DEPLOYKIT_ACTOR=release-bot

title 'A release that works'
step 0 check DEPLOYMENT_CHECKLIST.md
# Nothing runs because a file in a folder says so; this machine trusts these hooks from now on.
step 0 hook trust
step 0 start DEPLOYMENT_CHECKLIST.md --environment staging --version 1.8.0
step 0 'done' 1.1
step 4 run
step 0 'done' 4.1
step 0 'done' 4.2 --note 'by June'
step 0 run --suite smoke --deployment "$(last_deployment)"

title 'A release that does not'
step 0 start DEPLOYMENT_CHECKLIST.md --environment staging --version 1.9.0
step 0 'done' 1.1
step 6 run
cat router.txt told.txt
step 0 status
step 0 unlock staging --reason 'the tariff table is filled in 1.9.1'

leave_evidence router.txt
if grep -rq 'smoke-5b1e07c2' evidence; then fail 'the token stands in the bundle'; fi
