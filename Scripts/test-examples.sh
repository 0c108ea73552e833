#!/usr/bin/env bash
# DeployKit
# SPDX-License-Identifier: Apache-2.0
#
# Checks the examples: the stand-ins against published vectors, the embedding service and the
# snippets against their expected output.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

equal() { # what, found, expected
    if [[ $2 == "$3" ]]; then return; fi
    printf 'examples: %s: found %s, expected %s\n' "$1" "$2" "$3" >&2
    exit 1
}

# The IDs that stellar-sdk derives for the same deployer and salts (CAP-46-02, SEP-23).
cp Examples/token-vesting/contract-cli "$work"
(cd "$work" && ./contract-cli build vesting 2>/dev/null)
zeros=$(printf '00%.0s' {1..32}) ones=$(printf '01%.0s' {1..32})
while read -r network salt expected; do
    found=$("$work/contract-cli" deploy vesting --network "$network" --salt-hex "$salt" 2>/dev/null)
    equal "contract ID on $network" "$found" "$expected"
done <<TXT
testnet $zeros CAQFB3T35BGHAPZD253JO54DKWQM2KTDVPQPRO2KMP6F5PZLN43KAHFW
mainnet $zeros CDQRHHKVUJ4IOPY5ZMSDURQXEJ3XWASCPIDPG4O5MJ5355V4QP4CKJH5
testnet $ones CDKR4A7VTCLGCBXK6T2B5HPYQKZXOWURVIL7GZGPY7PZJMYEFOCJPQXY
TXT
echo 'examples: contract-cli derives the published contract IDs'

swift build --quiet --package-path Examples/embedding
service=$(swift build --package-path Examples/embedding --show-bin-path)/release-service
"$service" "$work/deploys.sqlite" >"$work/output.txt"
if ! diff -u Examples/embedding/expected-output.txt "$work/output.txt"; then
    echo 'examples: the embedding example prints something else than expected-output.txt' >&2
    exit 1
fi
echo 'examples: embedding prints what is expected'

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
refused: unknown-name: the checklist has no item 'schema-migration'; 'status' lists them
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
echo 'examples: the snippets print what is expected'
