#!/usr/bin/env bash
# DeployKit
# SPDX-License-Identifier: Apache-2.0
#
# Takes every Markdown document of a folder through check, start, some done, status and audit
# verify, each with a store of its own that is thrown away, and prints a table of exit codes.
#
#     Scripts/try-wild.sh FOLDER
#
# Ends with 1 when a document breaks what every document is promised: a documented exit code at
# each step, a log that verifies, and a refusal by `start` only where there is nothing to do.
set -euo pipefail

if [[ $# != 1 || ! -d ${1:-} ]]; then
    echo 'usage: Scripts/try-wild.sh FOLDER' >&2
    exit 64
fi
folder=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
deploykit=${DEPLOYKIT:-$(swift build --show-bin-path)/deploykit}
if [[ ! -x $deploykit ]]; then
    echo "try-wild: $deploykit is not there; run 'make build' first" >&2
    exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export NO_COLOR=1 DEPLOYKIT_ACTOR=wild@example.com
unset DEPLOYKIT_STORE DEPLOYKIT_DEPLOYMENT
export XDG_STATE_HOME="$work/state"
broken=0

# Runs the command in the document's own folder; the exit code is the answer.
code() {
    local status=0
    (cd "$work/run" && "$deploykit" "$@") >"$work/out" 2>"$work/err" </dev/null || status=$?
    printf '%s' "$status"
}

expect() { # what, found, allowed...
    local what=$1 found=$2 allowed
    shift 2
    for allowed in "$@"; do if [[ $found == "$allowed" ]]; then return; fi; done
    broken=1
    printf '    %s ended with %s instead of %s: %s\n' "$what" "$found" "$*" \
        "$(tail -n 1 "$work/err" | cut -c 1-150)"
}

printf '%-34s %6s %6s %6s %6s %6s %6s\n' document items check start done status verify
shopt -s nullglob
for document in "$folder"/*.md; do
    rm -rf "$work/run"
    mkdir "$work/run"
    name=$(basename "$document")
    cp "$document" "$work/run/$name"
    # A test environment: in production an approval would need a person's key.
    printf '{"deploykit":1,"environments":[{"name":"staging","tier":"test"}]}\n' \
        >"$work/run/deploykit.json"
    check=$(code check "$name")
    # Counted without the reader: list items with a box.
    items=$(grep -cE '^[[:space:]]*([-*+]|[0-9]+[.)])[[:space:]]+\[[ xX]\]' "$document") || items=0
    start=$(code start "$name" --environment staging --version 1.0.0)
    did='-' status='-' verify='-'
    if [[ $start == 0 ]]; then
        did=0
        # An approval may stand before the first item; each place is signed by somebody else.
        code status --json >/dev/null
        signer=0
        while read -r slot; do
            signer=$((signer + 1))
            code sign "$slot" --approve --as "signer-$signer@example.com" >/dev/null
        done < <(grep -o '"slot":"[^"]*"' "$work/out" | cut -d '"' -f 4)
        for item in 1.1 1.2 1.3 1.1.1 1.1.2 1.2.1; do
            if [[ $(code 'done' "$item" --note 'looked at') == 0 ]]; then did=$((did + 1)); fi
        done
        status=$(code status)
        verify=$(code audit verify)
    fi
    printf '%-34.34s %6s %6s %6s %6s %6s %6s\n' \
        "$name" "$items" "$check" "$start" "$did" "$status" "$verify"
    expect check "$check" 0 1
    if ((items > 0)); then
        expect start "$start" 0
        expect status "$status" 0
        expect 'audit verify' "$verify" 0
        if [[ $did == 0 ]]; then
            broken=1
            echo "    none of the first items could be done"
        fi
    else
        expect start "$start" 0 1 3 64
    fi
done
exit "$broken"
