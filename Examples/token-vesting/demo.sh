#!/usr/bin/env bash
# DeployKit
# SPDX-License-Identifier: Apache-2.0
#
# Plays DEPLOYMENT_CHECKLIST.md from the first item to the mainnet deployment, without questions,
# and leaves what it made in a folder that it names at the end. Every command is shown before it
# runs, and its exit code is checked against the one that the manual promises.
#
#     Examples/token-vesting/demo.sh [FOLDER]     by default demo/token-vesting-<date and time>
set -euo pipefail
source "$(dirname "$0")/../stand-ins/play.sh"
play "${1:-}" 18741 18742

robin=robin@vesting.example mo=mo@vesting.example lena=lena@vesting.example
tom=tom@vesting.example ada=ada@vesting.example
export DEPLOYKIT_ACTOR=$robin
vesting_id() { sed -n 's/^VESTING_CONTRACT_ID=//p' "env/$1.env"; }

title 'What the page says, and what of it may run'
step 0 check DEPLOYMENT_CHECKLIST.md

title 'Testnet'
step 0 start DEPLOYMENT_CHECKLIST.md --environment testnet --version 1.4.0
step 0 'done' 1.1 --note 'pull requests 90 to 97'
step 0 'done' 1.2 --note 'coverage 88%'
step 4 run
step 0 'done' 1.5
step 0 'done' 1.6 --note 'no migration in 1.4.0'
step 0 'done' 1.7 --note 'report of October, no open finding'
step 0 'done' 1.8 --note 'tom until tomorrow noon'
step 0 skip 1.9 --reason 'vesting schedules do not change'
step 4 run
step 0 'done' 2.9 --note 'grant 7, 100 tokens'
step 4 run
step 0 'done' 2.10.2
step 0 'done' 2.10.3.1
step 0 'done' 2.10.3.2
step 0 skip 2.10.3.3 --reason 'SMS is off on testnet'
step 0 'done' 2.10.3.4
step 4 run
step 0 'done' 2.11.2 --note 'one mail, one push'
step 0 'done' 2.12
step 0 contract record CONTRACT_ID_TESTNET "$(vesting_id testnet)" --shared
step 0 set deployment-date-testnet=2026-11-20
step 1 gate completion
step 0 sign 'Deployment verified' --approve --reason 'grant 7 claimed' --as "$lena"
step 0 gate completion
step 0 export --markdown --output DEPLOYMENT_CHECKLIST.md

title 'Mainnet: the same page, version and files'
step 0 start DEPLOYMENT_CHECKLIST.md --environment mainnet --version 1.4.0
step 1 gate Mainnet
# Whoever asks for a deployment to production may not approve it.
step 1 sign product-owner --approve --reason 'looks good to me'
step 0 sign lead-developer --approve --as "$mo"
step 0 sign qa-engineer --approve --reason 'load test green' --as "$lena"
step 0 sign site-reliability-engineer --approve --reason 'on call until tomorrow' --as "$tom"
step 0 sign product-owner --approve --reason 'announced' --as "$ada"
step 0 sign security-engineer --not-needed --reason 'no contract changed' --as "$tom"
step 0 gate Mainnet
step 4 run
step 0 'done' 3.9 --note 'equal to the ledger export'
step 0 'done' 3.10
step 0 'done' 3.11
step 0 metric record claim-success-rate 998/1000
step 0 metric record pause-notice-delivery-rate 97% --samples 400
# What was not measured is never a success.
step 2 metric evaluate
step 0 metric record pause-notice-latency 12s --samples 400
step 0 metric record api-error-rate 3/1000
step 0 metric evaluate
step 0 contract record CONTRACT_ID_MAINNET "$(vesting_id mainnet)" --shared
step 0 set deployment-date-mainnet=2026-11-23
step 0 set issues='one node of the network answered late; asked another'
step 0 due
step 0 status
step 0 contract list

title 'Going back: claims fail'
step 0 metric record claim-success-rate 850/1000 --source 'the dashboard'
step 1 metric evaluate claim-success-rate --record
step 4 rollback
step 0 'done' R2
step 0 skip R3 --reason 'the contract is not at fault'
step 0 'done' R4 --note 'notice 12'
step 6 run
step 5 start DEPLOYMENT_CHECKLIST.md --environment mainnet --version 1.4.1
step 0 unlock mainnet --reason 'the provider of the network is back'

leave_evidence env/testnet.env env/mainnet.env
ids() { grep -oE 'C[A-D][A-Z2-7]{54}' "env/$1.env" | sort -u; }
if [[ $(ids testnet | wc -l) != 3 || $(ids mainnet | wc -l) != 3 ]]; then
    fail 'an environment file does not hold three contract IDs'
fi
if [[ -n $(comm -12 <(ids testnet) <(ids mainnet)) ]]; then
    fail 'an ID of testnet stands in the environment file of mainnet'
fi
