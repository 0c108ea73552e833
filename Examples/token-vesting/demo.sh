#!/usr/bin/env bash
# DeployKit
# SPDX-License-Identifier: Apache-2.0
#
# Plays DEPLOYMENT_CHECKLIST.md from the first item to the mainnet deployment, without questions,
# and leaves what it made in a folder that it names at the end. Every command is shown before it
# runs, and its exit code is checked against the one that the manual promises.
#
#     Examples/token-vesting/demo.sh [FOLDER]     by default demo/<date and time>
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

folder=${1:-$root/demo/$(date -u +%Y%m%d-%H%M%S)}
if [[ -e $folder ]]; then
    echo "demo: $folder exists already; name another folder" >&2
    exit 64
fi
program=${DEPLOYKIT:-$(swift build --package-path "$root" --show-bin-path)/deploykit}
if [[ ! -x $program ]]; then
    echo "demo: $program is not there; run 'make demo', which builds it" >&2
    exit 1
fi

mkdir -p "$folder/bin"
folder=$(cd "$folder" && pwd)
cp "$here"/{DEPLOYMENT_CHECKLIST.md,deploykit.json,contract-cli,vesting-api} "$folder"
ln -s "$program" "$folder/bin/deploykit"
cd "$folder"
# Items of the checklist call deploykit too. Nothing of the caller's own deployments may leak in.
export PATH="$folder/bin:$PATH"
unset DEPLOYKIT_STORE DEPLOYKIT_DEPLOYMENT DEPLOYKIT_ACTOR
# Receipts and the heads of the log that were seen belong into the user's state folder; the demo's
# stay with the demo.
export XDG_STATE_HOME="$folder/state"

# The stand-in services outlive the runs, as services do; the demo does not leave them behind.
stop_services() {
    local file pid
    for file in env/*.pid; do
        pid=$(cat "$file" 2>/dev/null) || continue
        if tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -q vesting-api; then kill "$pid"; fi
        rm -f "$file"
    done
}
trap stop_services EXIT

bold='' plain=''
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
    bold=$'\e[1m' plain=$'\e[0m'
fi
began=$SECONDS

title() { printf '\n%s── %s%s\n' "$bold" "$*" "$plain"; }

# Shows a command, runs it, and compares its exit code with the promised one.
step() {
    local promised=$1 status=0 word shown=deploykit
    shift
    for word in "$@"; do
        if [[ ! $word =~ ^[A-Za-z0-9_./@~=-]+$ ]]; then word="\"$word\""; fi
        shown+=" $word"
    done
    printf '\n%s$ %s%s\n' "$bold" "$shown" "$plain"
    deploykit "$@" </dev/null || status=$?
    if [[ $status != "$promised" ]]; then
        printf 'demo: that ended with %s instead of %s; see %s\n' "$status" "$promised" "$folder" >&2
        exit 1
    fi
    if [[ $status != 0 ]]; then printf '(exit %s, as it should)\n' "$status"; fi
}

robin=robin@vesting.example lena=lena@vesting.example
tom=tom@vesting.example ada=ada@vesting.example

title 'What the page says, and what of it may run'
step 0 check DEPLOYMENT_CHECKLIST.md

title 'Testnet'
step 0 start DEPLOYMENT_CHECKLIST.md --environment testnet --version 1.4.0 --as "$robin"
export DEPLOYKIT_ACTOR=$robin
step 4 run
step 0 'done' 1.1 --note 'no migration in 1.4.0'
step 0 'done' 1.2 --note 'report of October, no open finding'
step 4 run
step 0 'done' 1.5 --note 'tom until tomorrow noon'
step 0 skip 1.6 --reason 'vesting schedules do not change'
step 4 run
step 0 'done' 2.8 --note 'grant 7, 100 tokens, seen in the wallet'
step 1 gate completion
step 0 sign 'Deployment verified' --approve --reason 'grant 7 claimed' --as "$lena"
step 0 gate completion
step 0 status
step 0 export --markdown --output DEPLOYMENT_CHECKLIST.md

title 'Mainnet: the same page, version and files'
step 0 start DEPLOYMENT_CHECKLIST.md --environment mainnet --version 1.4.0
step 1 gate Mainnet
# Whoever asks for a deployment to production may not approve it.
step 1 sign operations --approve --reason 'looks good to me'
step 0 sign qa-engineer --approve --reason 'load test green' --as "$lena"
step 0 sign operations --approve --reason 'on call until tomorrow' --as "$tom"
step 0 sign product-owner --approve --reason 'announced' --as "$ada"
step 0 gate Mainnet
step 4 run
step 0 'done' 3.8 --note 'equal to the ledger export'
step 0 status
step 0 contract list

title 'What is left behind'
step 0 export --markdown --output DEPLOYMENT_CHECKLIST.md
step 0 audit verify
step 0 audit export --output evidence

if command -v python3 >/dev/null; then
    printf '\n%s$ Scripts/verify_bundle.py evidence%s\n' "$bold" "$plain"
    python3 "$root/Scripts/verify_bundle.py" evidence
else
    echo 'demo: no python3 here, so Scripts/verify_bundle.py was not asked about the bundle'
fi

# The demo's own last word: what should be here is here.
for made in DEPLOYMENT_CHECKLIST.md env/testnet.env env/mainnet.env evidence .deploykit/store.sqlite; do
    if [[ ! -s $made ]]; then
        printf 'demo: %s was not made in %s\n' "$made" "$folder" >&2
        exit 1
    fi
done
ids() { grep -oE 'C[A-D][A-Z2-7]{54}' "env/$1.env" | sort -u; }
if [[ $(ids testnet | wc -l) != 3 || $(ids mainnet | wc -l) != 3 ]]; then
    printf 'demo: an environment file in %s does not hold three contract IDs\n' "$folder/env" >&2
    exit 1
fi
if [[ -n $(comm -12 <(ids testnet) <(ids mainnet)) ]]; then
    echo 'demo: an ID of testnet stands in the environment file of mainnet' >&2
    exit 1
fi
cat <<TXT

${bold}Done in $((SECONDS - began)) s. Look at:${plain}
  $folder/DEPLOYMENT_CHECKLIST.md   the page, ticked
  $folder/env/                      the environment files with the contract IDs
  $folder/evidence/                 the evidence bundle
  $folder/.deploykit/store.sqlite   the log; try: deploykit audit log
TXT
