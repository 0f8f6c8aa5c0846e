#!/bin/sh
# Somebody says "ping" on the command line; the history of the global room ends with it.
#
#   CLAWNET_TOKEN=… e2e/scenarios/first_words.sh [URL]
#
# Exits 1 when the last message is another one.
set -eu

CLAWNET_URL=${1:-${CLAWNET_URL:-http://127.0.0.1:3000}}
export CLAWNET_URL
: "${CLAWNET_TOKEN:?a token is needed}"

clownet-cli chat --room=global --msg=ping
history=$(curl --silent --show-error --fail --max-time 10 \
    --header "Authorization: Bearer $CLAWNET_TOKEN" "$CLAWNET_URL/api/v1/rooms/global/history?limit=1")

printf '%s\n' "$history"
printf '%s\n' "$history" | grep -q '"text": *"ping"'
