#!/usr/bin/env bash
# DeployKit
# SPDX-License-Identifier: Apache-2.0
#
# Starts the service on a free port and asks it with curl: two deployments, sign-offs, gates.
#
#     Examples/embedding/demo.sh [FOLDER]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:-$(mktemp -d)}
mkdir -p "$folder"
program=$(swift build --package-path "$here" --show-bin-path)/release-service
if [[ ! -x $program ]]; then
    echo "demo: $program is not there; run 'swift build --package-path Examples/embedding'" >&2
    exit 1
fi
port=$(perl -MIO::Socket::INET -e \
    'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport')
if [[ -n ${DEMO_STABLE:-} ]]; then printf '%s\n' -e "s/\\b$port\\b/8080/g" >"$DEMO_STABLE"; fi
umask 077
cat >"$folder/tokens" <<TXT
token-of-the-bot release-bot
token-of-lena lena
token-of-tom tom
token-of-ines ines
TXT

"$program" "$folder/deploys.sqlite" "$port" "$folder/tokens" >"$folder/service.log" 2>&1 &
service=$!
trap 'kill "$service" 2>/dev/null || true' EXIT
for ((wait = 0; wait < 100; wait++)); do
    if grep -q listening "$folder/service.log"; then break; fi
    sleep 0.1
done

# Sends a request, prints status and body, and keeps the body in `answer`.
ask() { # who or '', method, path, body
    local who=$1 method=$2 path=$3 body=${4:-} status
    local options=(--silent --show-error --max-time 20 --request "$method")
    if [[ -n $who ]]; then options+=(--header "Authorization: Bearer token-of-$who"); fi
    if [[ -n $body ]]; then options+=(--data "$body"); fi
    printf '\n$ %s %s%s%s\n' "$method" "$path" "${who:+ as $who}" "${body:+ $body}"
    status=$(curl "${options[@]}" --output "$folder/answer" --write-out '%{http_code}' \
        "http://127.0.0.1:$port$path")
    answer=$(cat "$folder/answer")
    printf '%s %s\n' "$status" "$answer"
}
named() { sed -n 's/.*"id":"\(d-[0-9a-z]*\)".*/\1/p' <<<"$1"; }

ask '' GET /healthz
ask '' POST /deployments '{"environment":"staging","version":"1.4.0"}'
ask 'the-bot' POST /deployments '{"environment":"staging","version":"1.4.0"}'
staging=$(named "$answer")
ask 'the-bot' POST "/deployments/$staging/items/migrations-applied" '{"note":"none in 1.4.0"}'
ask 'the-bot' POST "/deployments/$staging/items/deploy-vesting" '{"contract":"an error text"}'
ask 'the-bot' POST "/deployments/$staging/items/deploy-vesting" \
    '{"contract":"CAQFB3T35BGHAPZD253JO54DKWQM2KTDVPQPRO2KMP6F5PZLN43KAHFW"}'
ask lena POST "/deployments/$staging/items/test-grant-claimed" '{"note":"grant 7, 100 XLM"}'
ask lena POST "/deployments/$staging/items/receipts-sent" '{"skip":"notifications are off"}'

ask 'the-bot' POST /deployments '{"environment":"production","version":"1.4.0"}'
production=$(named "$answer")
ask '' GET "/deployments/$production/gates/Production"
ask lena POST "/deployments/$production/sign-offs/qa-engineer" \
    '{"decision":"approved","reason":"load test green"}'
ask lena POST "/deployments/$production/sign-offs/operations" '{"decision":"approved"}'
ask tom POST "/deployments/$production/sign-offs/operations" '{"decision":"approved"}'
ask '' GET "/deployments/$production/gates/Production"
ask ines POST "/deployments/$production/sign-offs/operations" '{"decision":"approved"}'
ask '' GET "/deployments/$production/gates/Production"
ask tom POST "/deployments/$production/items/treasury-balance-compared"
ask '' GET "/deployments/$production/gates/nowhere"
ask '' GET /

# The log is a store as any other: the command reads it, and what is in it is proved.
if [[ -n ${DEPLOYKIT:-} ]]; then
    printf '\n$ deploykit audit verify\n'
    XDG_STATE_HOME="$folder/state" HOME="$folder" \
        "$DEPLOYKIT" audit verify --store "$folder/deploys.sqlite"
fi
