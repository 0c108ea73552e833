#!/usr/bin/env bash
# DeployKit
# SPDX-License-Identifier: Apache-2.0
#
# Plays DEPLOYMENT_CHECKLIST.md on staging: a release whose mails bounce goes back by the mildest
# level; the next one is measured, signed and reviewed, to the evidence bundle.
#
#     Examples/clinic-reminders/demo.sh [FOLDER]
set -euo pipefail
source "$(dirname "$0")/../stand-ins/play.sh"
play "${1:-}" 18751 18752 18753 18754

database create clinic.db
ben=ben@clinic.example ivy=ivy@clinic.example zoe=zoe@clinic.example paul=paul@clinic.example
export DEPLOYKIT_ACTOR=$ben
tick() { local item; for item in "$@"; do quiet 0 'done' "$item"; done; }
prepared=(1.1 1.2 1.3 1.4 1.5 1.6 1.7 1.8 1.9 1.10.1 1.10.2 1.10.3 1.10.4 1.11.1 1.11.2)

title 'What the page says; the ticks that stand in it count for nothing'
step 0 check DEPLOYMENT_CHECKLIST.md
step 0 metric rules DEPLOYMENT_CHECKLIST.md --query 'queue-lag=reminders_queue_lag' \
    --query 'reminder-latency=reminders_latency_p95_milliseconds'
step 0 start DEPLOYMENT_CHECKLIST.md --environment staging --version 0.6.0
tick "${prepared[@]}"
step 4 run
step 0 'done' 1.13

title 'Approval before the first effect; then database, services, portal, gateway'
step 1 gate 'Phase 1'
step 0 sign 'Practice Manager' --approve --as "$zoe"
step 0 sign 'Data Protection Officer' --approve --reason 'no content of appointments is sent' \
    --as "$paul"
step 4 run

title 'Three mails in ten bounce'
step 0 metric record reminder-delivery-rate 700/1000
step 1 metric evaluate reminder-delivery-rate --record
step 0 rollback --dry-run
step 4 rollback
step 0 'done' R2 --note 'they call the patients of tomorrow'
step 4 run
step 0 'done' V2 --note 'for tomorrow at nine'
step 0 'done' V3 --note '300 wait'
step 0 status
step 5 start DEPLOYMENT_CHECKLIST.md --environment staging --version 0.6.1
step 0 unlock staging --reason 'the address of the sender is listed now'

title 'The next release'
step 0 start DEPLOYMENT_CHECKLIST.md --environment staging --version 0.6.1
tick "${prepared[@]}"
quiet 4 run
tick 1.13
quiet 0 sign 'Practice Manager' --approve --as "$zoe"
quiet 0 sign 'Data Protection Officer' --approve --as "$paul"
quiet 4 run
step 0 metric record reminder-delivery-rate 970/1000
step 0 metric record reminder-latency 3.1s --samples 1000
step 0 metric record duplicate-rate 2/1000
step 0 metric watch --page "http://127.0.0.1:${port[18751]}/metrics" \
    --query 'queue-lag=reminders_queue_lag' --every 1s --for 2s
step 0 metric evaluate
step 0 'done' 6.2 --note 'mail arrived, history shows it as sent'
tick 6.3 6.4 6.5 6.6
# The criteria are passed by what was measured, not by hand.
step 4 run
step 0 'done' 7.4
step 0 due
step 0 'done' 'day-1#1' --note 'no error in the first hour'
for window in immediate-verification-0-30-minutes day-1 week-1 weeks-2-4; do
    step 0 waive "$window" --reason 'staging is looked after for an hour only'
done
step 0 set deployment-date=2026-11-20

title 'The team signs, then the review closes the deployment'
step 0 sign 'DevOps Engineer' --approve
step 0 sign 'Backend Developer' --approve --as "$ivy"
step 0 gate completion
step 1 gate closure
step 0 sign 'All success criteria met' --approve --as "$zoe"
# One person counts once in a group.
step 1 sign 'Lessons learned documented' --approve --as "$zoe"
step 0 sign 'Lessons learned documented' --approve --reason 'docs/lessons.md' --as "$paul"
step 0 gate closure
step 0 status
step 0 metric replay

leave_evidence before-reminders.dump
