#!/usr/bin/env bash
# DeployKit
# SPDX-License-Identifier: Apache-2.0
#
# Checks the examples: the stand-ins against published vectors; every demo, that of the embedding
# service among them, and the snippets against their expected output; the table of constructs against
# the pages, and what articles quote against the snippets.
#
#     Scripts/test-examples.sh                         all of it
#     Scripts/test-examples.sh demos [NAME…]           the demos alone, or those of these names
#     UPDATE_GOLDEN=1 Scripts/test-examples.sh demos   writes expected-output.txt anew, and fails
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

equal() { # what, found, expected
    if [[ $2 == "$3" ]]; then return; fi
    printf 'examples: %s: found %s, expected %s\n' "$1" "$2" "$3" >&2
    exit 1
}

# One demo from start to end, its output made stable. What went wrong stands in NAME.failed.
play() { # name
    local name=$1 folder=$work/$1/played status=0
    mkdir "$work/$name"
    : >"$work/$name/ports"
    DEMO_STABLE=$work/$name/ports NO_COLOR=1 "Examples/$name/demo.sh" "$folder" \
        >"$work/$name/output" 2>"$work/$name/errors" </dev/null || status=$?
    if ((status != 0)); then
        {
            printf 'examples: the demo of %s ended with %s:\n' "$name" "$status"
            tail -n 30 "$work/$name/output" "$work/$name/errors"
        } >"$work/$name.failed"
        return
    fi
    local ports=()
    mapfile -t ports <"$work/$name/ports"
    sed -E "${ports[@]}" -e "s|$folder|FOLDER|g" -f Examples/stand-ins/stable.sed \
        <"$work/$name/output" >"$work/$name/stable"
    if diff -u "Examples/$name/expected-output.txt" "$work/$name/stable" >"$work/$name/diff"; then
        return
    fi
    {
        printf 'examples: %s prints something else than expected-output.txt:\n' "$name"
        head -n 60 "$work/$name/diff"
    } >"$work/$name.failed"
    if [[ -n ${UPDATE_GOLDEN:-} ]]; then
        cp "$work/$name/stable" "Examples/$name/expected-output.txt"
        printf 'examples: wrote Examples/%s/expected-output.txt; read it\n' "$name"
    fi
}

# Two at a time: a demo mostly waits for what it started.
play_demos() { # names …
    local name began
    for name in "$@"; do
        if [[ -f Examples/$name/Package.swift ]]; then
            swift build --quiet --package-path "Examples/$name"
        fi
    done
    began=$SECONDS
    for name in "$@"; do
        while (($(jobs -rp | wc -l) >= 2)); do wait -n; done
        play "$name" &
    done
    wait
    if compgen -G "$work/*.failed" >/dev/null; then
        cat "$work"/*.failed >&2
        exit 1
    fi
    printf 'examples: %d demos print what is expected (%d s): %s\n' $# $((SECONDS - began)) "$*"
}

DEPLOYKIT=${DEPLOYKIT:-$(swift build --show-bin-path)/deploykit}
export DEPLOYKIT
demos=()
for script in Examples/*/demo.sh; do
    name=${script%/demo.sh}
    demos+=("${name##*/}")
done
if [[ ${1:-} == demos ]]; then
    shift
    if (($# == 0)); then set -- "${demos[@]}"; fi
    play_demos "$@"
    exit 0
fi

Scripts/constructs Examples/README.md
Scripts/quotes Sources/DeployKit/DeployKit.docc/{writing-a-store,writing-a-metric-source,plugging-a-key-service}.md

# The IDs that stellar-sdk derives for the same deployer and salts (CAP-46-02, SEP-23).
(cd "$work" && "$root/Examples/stand-ins/contract-cli" build vesting 2>/dev/null)
zeros=$(printf '00%.0s' {1..32}) ones=$(printf '01%.0s' {1..32})
while read -r network salt expected; do
    found=$(cd "$work" && "$root/Examples/stand-ins/contract-cli" \
        deploy vesting --network "$network" --salt-hex "$salt" 2>/dev/null)
    equal "contract ID on $network" "$found" "$expected"
done <<TXT
testnet $zeros CAQFB3T35BGHAPZD253JO54DKWQM2KTDVPQPRO2KMP6F5PZLN43KAHFW
mainnet $zeros CDQRHHKVUJ4IOPY5ZMSDURQXEJ3XWASCPIDPG4O5MJ5355V4QP4CKJH5
testnet $ones CDKR4A7VTCLGCBXK6T2B5HPYQKZXOWURVIL7GZGPY7PZJMYEFOCJPQXY
TXT
echo 'examples: contract-cli derives the published contract IDs'

play_demos "${demos[@]}"

# The snippets are built by `swift build` of this package.
snippet() { # name; the expected output on standard input
    swift build --quiet --product "$1"
    "$(swift build --show-bin-path)/$1" >"$work/output.txt"
    if ! diff -u - "$work/output.txt"; then
        printf 'examples: the snippet %s prints something else\n' "$1" >&2
        exit 1
    fi
}
snippet EmbeddingADeployment <<'TXT'
refused: unknown-name: the checklist has no item 'schema-migration'; did you mean 2.1 release/schema-migrated?
deployment: completed
log: 8 entries, UNANCHORED
TXT
snippet AskingAGate <<'TXT'
closed, 2 reasons
closed, 1 reasons
open
TXT
snippet WritingAStore <<'TXT'
every promise is kept
TXT
snippet WritingAMetricSource <<'TXT'
0: value(4 messages): promote
1: value(7 messages): promote
2: error(DeployKit.MeasurementErrorKind.transport): inconclusive
3: value(2500 messages): rollBack
ended by verdict
TXT
if command -v openssl >/dev/null; then
    snippet PluggingAKeyService <<'TXT'
closed
open
TXT
else
    echo 'examples: no openssl here, so the snippet PluggingAKeyService was built, and not run'
fi
echo 'examples: the snippets print what is expected'
Scripts/try-ci-examples

# What `make install` puts somewhere is whole, and `make uninstall` leaves no file of it.
export BINARY=$PWD/.build/debug/deploykit DESTDIR=$work/root PREFIX=/usr
Scripts/install >/dev/null
for file in bin/deploykit share/man/man1/deploykit-status.1 share/zsh/site-functions/_deploykit \
    share/bash-completion/completions/deploykit share/fish/vendor_completions.d/deploykit.fish; do
    if [[ ! -s $DESTDIR$PREFIX/$file ]]; then
        printf 'examples: install: %s is not there\n' "$file" >&2
        exit 1
    fi
done
Scripts/install --uninstall >/dev/null
equal 'files after uninstall' "$(find "$DESTDIR" -type f)" ''
echo 'examples: install and uninstall put files and take them away'
