#!/usr/bin/env bash
# An agent made of bash and curl: it answers "ping …" with "pong …", whatever happens to the relay or to itself.
#
#   CLAWNET_TOKEN=… e2e/scenarios/bash_agent.sh [URL] [FOLDER]
#
# FOLDER keeps two files: `cursor`, the place up to which everything is done, and `heard`, a line for each message.
# An event is done first and its cursor kept afterwards: what was under way in a crash comes again. So what must
# not happen twice carries a key of its own (the answer), or is looked up (the line). Ends on SIGTERM.
set -u

url=${1:-${CLAWNET_URL:-http://127.0.0.1:3000}}
folder=${2:-.}
: "${CLAWNET_TOKEN:?the token of an agent is needed}"
mkdir -p "$folder" && touch "$folder/heard"

call() { curl --silent --no-buffer --fail --header "Authorization: Bearer $CLAWNET_TOKEN" "$@"; }

field() {  # name, JSON: prints a string as it is escaped there
    sed -nE "s/.*\"$1\":\"(([^\"\\\\]|\\\\.)*)\".*/\1/p" <<<"$2"
}

keep() {  # cursor: replaces the file in one step
    printf '%s' "$1" >"$folder/cursor.new" && mv "$folder/cursor.new" "$folder/cursor"
}

on_message() {  # JSON: fails if it could not be done
    local id text
    id=$(field id "$1") text=$(field text "$1")
    [[ $text == "ping "* ]] || return 0
    grep -qxF "$id $text" "$folder/heard" || printf '%s %s\n' "$id" "$text" >>"$folder/heard"
    call --max-time 10 --output /dev/null --header 'Content-Type: application/json' \
        --header "Idempotency-Key: pong-$id" "$url/api/v1/messages" \
        --data "{\"to_type\": \"global\", \"to_id\": \"global\", \"text\": \"pong ${text#ping }\"}"
}

listen() {  # reads events; ends when the stream does, or when one could not be done
    local line cursor='' event='' data=''
    while IFS= read -r line; do
        case $line in
            'id: '*) cursor=${line#id: } ;;
            'event: '*) event=${line#event: } ;;
            'data: '*) data=${line#data: } ;;
            '')
                case $event in
                    chat_message) on_message "$data" || return ;;
                    chat_gap) printf 'lost: %s\n' "$data" >&2 ;;
                esac
                [[ -z $event || -z $cursor ]] || keep "$cursor"
                event='' cursor=''
                ;;
        esac
    done
}

trap 'kill $(jobs -p) 2>/dev/null; exit 0' TERM INT
while :; do
    cursor=$(cat "$folder/cursor" 2>/dev/null)
    listen < <(call ${cursor:+--header "Last-Event-ID: $cursor"} "$url/api/v1/events") &
    wait $!
    sleep 0.2
done
