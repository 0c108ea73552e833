#!/usr/bin/env bash
# DeployKit
# SPDX-License-Identifier: Apache-2.0
#
# Kills `deploykit run` with SIGKILL at random moments and checks after each kill that
#   - the log begins with every entry that it held before (nothing is lost or rewritten),
#   - every item that `run` or `done` reported as passed is passed in the log,
#   - `audit verify` ends with 0,
#   - `run` goes on from there, makes a lost attempt again, and reaches the end.
#
#     Scripts/kill-test.sh COUNT SEED
set -euo pipefail

if [[ ! ${1:-} =~ ^[0-9]+$ || ! ${2:-} =~ ^[0-9]+$ ]]; then
    echo 'usage: Scripts/kill-test.sh COUNT SEED' >&2
    exit 64
fi
count=$1 seed=$2
cd "$(dirname "$0")/.."
deploykit=${DEPLOYKIT:-$(swift build --show-bin-path)/deploykit}
if [[ ! -x $deploykit ]]; then
    echo "kill-test: $deploykit is not there; run 'make build' first" >&2
    exit 1
fi

work=$(mktemp -d)
child=
cleanup() {
    if [[ -n $child ]]; then kill -KILL "$child" 2>/dev/null || :; fi
    rm -rf "$work"
}
trap cleanup EXIT
cd "$work"
export NO_COLOR=1 DEPLOYKIT_ACTOR=kill-test@example.com
unset DEPLOYKIT_STORE DEPLOYKIT_DEPLOYMENT
export XDG_STATE_HOME="$work/state"
RANDOM=$seed

fail() {
    printf 'kill-test: %s (seed %s, kill %s)\n' "$1" "$seed" "$round" >&2
    for file in run.out run.err verify.out log.now; do
        if [[ -s $file ]]; then printf -- '--- end of %s\n' "$file" >&2; tail -n 5 "$file" >&2; fi
    done
    exit 1
}

# The canonical JSON form, so that the test depends on no reader. A lost attempt of an idempotent
# item may simply be made again.
items=24
write_checklist() {
    local number separator=
    printf '{"v":1,"title":"Kill test","phases":[{"id":"work","title":"Work","sections":[{"id":"work","items":['
    for ((number = 1; number <= items; number++)); do
        printf '%s{"id":"step-%d","title":"Step %d","effect":"idempotent","timeout":20000,"kind":' \
            "$separator" "$number" "$number"
        printf '{"is":"command","command":{"interpreter":"bash","script":"sleep 0.0%d; echo %d"}}}' \
            $((number % 5)) "$number"
        separator=,
    done
    printf ']}]}]}\n'
}
write_checklist >checklist.json

# The log as one line an entry, without the padding, which depends on what else is shown: what was
# there before must stay the beginning of what is there now.
read_log() { "$deploykit" audit log --limit 100000 2>read.err </dev/null | tr -s ' ' >log.now; }

round=0 version=0
start() {
    version=$((version + 1))
    "$deploykit" start checklist.json --environment staging --version "1.0.$version" \
        >start.out 2>&1 </dev/null || fail "start ended with $?: $(tail -n 1 start.out)"
}

lost=0
start
read_log || fail 'the log cannot be read'
killed=0 finished=0 acknowledged=0
# A run that ends before its kill is no kill; three rounds each are plenty.
while ((killed < count)); do
    round=$((round + 1))
    ((round <= count * 3)) || fail "only $killed of $count kills met a run that was alive"
    cp log.now log.before
    "$deploykit" run >run.out 2>run.err </dev/null &
    child=$!
    sleep "0.$(printf '%03d' $((RANDOM % 700)))"
    # Only the exit status tells whether the run was still alive: one that has ended and was not
    # waited for takes a signal too.
    kill -KILL "$child" 2>/dev/null || :
    status=0
    wait "$child" 2>/dev/null || status=$?
    child=
    if [[ $status == 137 ]]; then killed=$((killed + 1)); fi
    # The attempt that the run before was killed in.
    lost=$((lost + $(grep -c 'was lost with its runner$' run.out || :)))

    "$deploykit" audit verify >verify.out 2>&1 </dev/null || fail "audit verify ended with $?"
    read_log || fail 'the log cannot be read'
    cmp -s -n "$(stat -c %s log.before)" log.before log.now ||
        fail 'the log no longer begins with what it held before'
    # What stood on the screen is in the log. The last line may have been cut by the kill.
    tail -c "+$(($(stat -c %s log.before) + 1))" log.now >log.new
    while read -r step; do
        acknowledged=$((acknowledged + 1))
        grep -qE "attempt-passed .*$step\$" log.new ||
            fail "'$step' was reported as passed and is not in the log"
    done < <(sed -n 's/^ *✓.*Step \([0-9]*\)\b.*/step-\1/p' run.out)

    case $status in
        0) finished=$((finished + 1)); start; read_log || fail 'the log cannot be read' ;;
        # The kill may come after the last entry.
        137) if tail -n 3 log.now | grep -q deployment-completed; then
                start; read_log || fail 'the log cannot be read'
            fi ;;
        *) fail "run ended with $status by itself" ;;
    esac
done

round=end
status=0
"$deploykit" run >run.out 2>run.err </dev/null || status=$?
[[ $status == 0 ]] || fail "the last run ended with $status"
"$deploykit" audit verify >verify.out 2>&1 </dev/null || fail "audit verify ended with $?"
lost=$((lost + $(grep -c 'was lost with its runner$' run.out || :)))
if ((acknowledged == 0)); then fail 'no run was alive long enough to report anything'; fi
printf 'kill-test: %d kills, %d attempts lost and made again, %d reports found in the log, seed %d\n' \
    "$killed" "$lost" "$acknowledged" "$seed"
