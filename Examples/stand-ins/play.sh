# DeployKit
# SPDX-License-Identifier: Apache-2.0
#
# What the demos have in common. A demo.sh sources it, calls `play` with its own arguments, and then
# `step` for each command: the command is shown, run, and its exit code compared with the one that
# the manual promises. A demo asks nothing, works in a folder of its own, and leaves no process.
#
#     demo.sh [FOLDER]     by default demo/<name of the example>-<date and time>

# Makes the folder, with copies of the example and of the stand-ins, and goes there. PORTS are the
# port numbers that the example's files name; free ones take their place, and `port` has them.
play() { # folder or '', ports …
    here=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)
    root=$(cd "$here/../.." && pwd)
    folder=${1:-$root/demo/${here##*/}-$(date -u +%Y%m%d-%H%M%S)}
    if (($# > 0)); then shift; fi
    if [[ -e $folder ]]; then
        echo "demo: $folder exists already; name another folder" >&2
        exit 64
    fi
    local program=${DEPLOYKIT:-$(swift build --package-path "$root" --show-bin-path)/deploykit}
    if [[ ! -x $program ]]; then
        echo "demo: $program is not there; run 'make build' first" >&2
        exit 1
    fi
    mkdir -p "$folder/bin" "$folder/home"
    folder=$(cd "$folder" && pwd)
    cp -r "$here"/. "$folder"
    rm -f "$folder"/{demo.sh,README.md,expected-output.txt}
    cp "$root"/Examples/stand-ins/{contract-cli,database,web} "$folder/bin"
    ln -s "$program" "$folder/bin/deploykit"
    cd "$folder"
    # Items of the checklist call deploykit and the stand-ins by name. Nothing of the caller's own
    # deployments may leak in, and nothing of the demo's out.
    export PATH="$folder/bin:$PATH" HOME="$folder/home" XDG_STATE_HOME="$folder/state"
    unset DEPLOYKIT_STORE DEPLOYKIT_DEPLOYMENT DEPLOYKIT_ACTOR DEPLOYKIT_SSH_KEY
    unset CI GITHUB_ACTIONS GITLAB_CI
    trap stop_services EXIT
    local number free
    for number in "$@"; do
        free=$(perl -MIO::Socket::INET -e \
            'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport')
        grep -rlE "\b$number\b" --exclude-dir=bin . | xargs -r sed -i "s/\b$number\b/$free/g"
        stable+=(-e "s/\b$free\b/$number/g")
        port[number]=$free
    done
    bold='' plain=''
    if [[ -t 1 && -z ${NO_COLOR:-} ]]; then bold=$'\e[1m' plain=$'\e[0m'; fi
    began=$SECONDS
    # For Scripts/test-examples.sh: how to make the output the same each time.
    if [[ -n ${DEMO_STABLE:-} ]]; then printf '%s\n' "${stable[@]}" >"$DEMO_STABLE"; fi
}
stable=()
declare -a port=()

# The stand-in services outlive the runs, as services do; the demo does not leave them behind.
stop_services() {
    local file pid
    for file in "$folder"/.stand-in/*.pid; do
        pid=$(cat "$file" 2>/dev/null) || continue
        if tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -q "bin/web "; then kill "$pid"; fi
    done
}

title() { printf '\n%s── %s%s\n' "$bold" "$*" "$plain"; }

fail() {
    printf 'demo: %s; see %s\n' "$*" "$folder" >&2
    exit 1
}

# The same without showing it: what was shown before, or is of no interest.
quiet() { # promised exit code, verb, arguments …
    local promised=$1 status=0
    shift
    deploykit "$@" >/dev/null </dev/null || status=$?
    if [[ $status != "$promised" ]]; then
        fail "'deploykit $*' ended with $status instead of $promised"
    fi
}

# Shows a command, runs it, and compares its exit code with the promised one.
step() { # promised exit code, verb, arguments …
    local promised=$1 status=0 word shown=deploykit
    shift
    for word in "$@"; do
        if [[ ! $word =~ ^[A-Za-z0-9_./@:~=-]+$ ]]; then word="\"$word\""; fi
        shown+=" $word"
    done
    printf '\n%s$ %s%s\n' "$bold" "$shown" "$plain"
    deploykit "$@" </dev/null || status=$?
    if [[ $status != "$promised" ]]; then fail "that ended with $status instead of $promised"; fi
    if [[ $status != 0 ]]; then printf '(exit %s, as it should)\n' "$status"; fi
}

# The deployment that changed last.
last_deployment() { deploykit list | head -n 1 | cut -d ' ' -f 1; }

# Ticks the page of the deployment that `deployment` names, else of the last one, checks the log, and
# leaves a bundle that is checked without DeployKit.
leave_evidence() { # files that must be there …
    title 'What is left behind'
    local named=()
    if [[ -n ${deployment:-} ]]; then named=(--deployment "$deployment"); fi
    step 0 export --markdown --output "${page:=DEPLOYMENT_CHECKLIST.md}" "${named[@]}"
    step 0 audit verify
    step 0 audit export --output evidence
    if command -v python3 >/dev/null; then
        python3 "$root/Scripts/verify_bundle.py" evidence >bundle.txt || fail 'the bundle is refused'
        echo 'demo: Scripts/verify_bundle.py finds the bundle in order' >&2
    else
        echo 'demo: no python3 here, so Scripts/verify_bundle.py was not asked about the bundle' >&2
    fi
    local made
    for made in "$page" evidence .deploykit/store.sqlite "$@"; do
        [[ -s $made ]] || fail "$made was not made"
    done
    cat <<TXT

${bold}Done in $((SECONDS - began)) s. Look at:${plain}
  $folder/$page   the page, ticked
  $folder/evidence/                 the evidence bundle
  $folder/.deploykit/store.sqlite   the log; try: deploykit audit log
TXT
}
