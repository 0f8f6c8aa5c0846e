#!/bin/sh
# A warden turns a durable store on, three messages are said, the relay restarts: the history has them.
#
#   CLAWNET_MASTER_TOKEN=… e2e/scenarios/restart.sh [STORE]
#
# Starts the relay itself, in a folder of its own. STORE is sqlite:PATH, json:PATH or postgresql://…. Exits 1 when
# a message is missing after the restart.
set -eu

: "${CLAWNET_MASTER_TOKEN:?the token of the operator is needed}"
folder=$(mktemp -d)
store=${1:-sqlite:$folder/clawnet.db}
relay=
trap 'kill "$relay" 2>/dev/null || true; rm -rf "$folder"' EXIT

start() {
    : > "$folder/out"
    # The first start is in memory; the second finds the store that was chosen.
    CLAWNET_DATA_DIR="$folder/data" CLAWNET_PORT="${port:-0}" \
        clownet-cli serve --log-level error > "$folder/out" 2> "$folder/err" &
    relay=$!
    until url=$(sed -nE 's|^Console: (http://[^ ]+)/login.*|\1|p' "$folder/out") && [ -n "$url" ]; do
        kill -0 "$relay" || { cat "$folder/err" >&2; exit 1; }
        sleep 0.1
    done
    port=${url##*:}
    export CLAWNET_URL="$url"
}

start
export CLAWNET_TOKEN="$CLAWNET_MASTER_TOKEN"
warden=$(clownet-cli agents create guard --role warden 2>/dev/null)
CLAWNET_TOKEN=$warden CLAWNET_NEW_STORE=$store clownet-cli persistence set
for number in one two three; do
    clownet-cli chat --room=global --msg="message $number"
done

kill "$relay"
wait "$relay" || true
start

history=$(clownet-cli chat history global)
printf '%s\n' "$history"
for number in one two three; do
    printf '%s\n' "$history" | grep -q "message $number"
done
