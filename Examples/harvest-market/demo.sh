#!/usr/bin/env bash
# DeployKit
# SPDX-License-Identifier: Apache-2.0
#
# Plays DEPLOYMENT_CHECKLIST.md on testnet, from an empty database to the evidence bundle.
#
#     Examples/harvest-market/demo.sh [FOLDER]
set -euo pipefail
source "$(dirname "$0")/../stand-ins/play.sh"
play "${1:-}" 18781 18782

# What a vault would hold. The values are in no log, and in nothing that is exported.
mkdir secrets
echo 'a-session-secret-of-more-than-32-characters' >secrets/session
echo 'operator-key-9f3c' >secrets/operator
chmod 600 secrets/*
database create market.db
export DEPLOYKIT_ACTOR=noa@harvest.example

title 'Before anything changes'
step 0 check DEPLOYMENT_CHECKLIST.md
step 0 start DEPLOYMENT_CHECKLIST.md --environment testnet --version 2.3.0
step 0 'done' 1.1.1 --note 'commit 4f1d'
step 0 'done' 1.1.2 --note 'run 812'
step 4 run
step 0 'done' 1.2.3 --note '500 XLM'
step 4 run
step 0 'done' 1.3.2
step 0 'done' 1.3.3 --note 'ledger 1209'
step 0 'done' 1.4.1
step 4 run
step 0 'done' 1.4.3
step 0 skip 1.5.1 --reason 'testnet has no growers'

title 'Contracts, settings, database, backend, client: in this order'
step 1 gate 'Phase 2'
step 4 run
step 0 sign 'Market Lead' --approve --reason 'release notes read' --as sam@harvest.example
step 4 run
step 0 contract list
step 0 contract env --dialect github

title 'Verification'
step 0 'done' 3.2.1
step 0 'done' 3.2.2
step 0 'done' 3.3.1
step 0 skip 3.3.2 --reason 'tracing is off on testnet'
step 4 run
step 0 'done' 3.4.2 --note 'bid 1 on lot apples-7'
step 0 status

deployment=$(last_deployment)
title 'An exercise, so that somebody has done it before it is needed'
step 0 rehearse 'Client' DEPLOYMENT_CHECKLIST.md --environment testnet --version 2.3.0

leave_evidence backend/.env before-migration.dump
if grep -rq 'a-session-secret\|operator-key' evidence; then fail 'a secret stands in the bundle'; fi
if [[ $(grep -cE '^[A-Z]+_CONTRACT_ID=.?C[A-D][A-Z2-7]{54}' backend/.env) != 7 ]]; then
    fail 'backend/.env does not hold seven contract IDs'
fi
