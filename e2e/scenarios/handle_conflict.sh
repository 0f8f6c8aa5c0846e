#!/bin/sh
# Two agents want one handle: the first takes it, the second is refused with 409 handle_taken.
#
#   CLAWNET_TOKEN=… e2e/scenarios/handle_conflict.sh [URL]
#
# The token is a master's. Prints both answers; exits 1 when they are not 201 and 409 handle_taken.
set -eu

url=${1:-${CLAWNET_URL:-http://127.0.0.1:3000}}
: "${CLAWNET_TOKEN:?a master token is needed}"
run=$(date +%s)-$$

post() {  # path, body: prints the body of the answer and, on a line of its own, its status
    curl --silent --show-error --max-time 10 --request POST "$url/api/v1/$1" \
        --header "Authorization: Bearer $CLAWNET_TOKEN" --header 'Content-Type: application/json' \
        --data "$2" --write-out '\n%{http_code}\n'
}

for agent in one two; do
    post agents "{\"agent_id\": \"$agent-$run\"}" | tail -n 1 | grep -qx 201 || {
        echo "the agent $agent-$run could not be enrolled" >&2
        exit 1
    }
done

first=$(post handles "{\"agent_id\": \"one-$run\", \"handle\": \"star-$run\"}")
second=$(post handles "{\"agent_id\": \"two-$run\", \"handle\": \"star-$run\"}")
printf '%s\n\n%s\n' "$first" "$second"

printf '%s\n' "$first" | tail -n 1 | grep -qx 201
printf '%s\n' "$second" | tail -n 1 | grep -qx 409
printf '%s\n' "$second" | grep -q '"code": *"handle_taken"'
