#!/bin/sh
# One client asks for 150 lists of rooms a second, for ten seconds: some are answered, the rest are refused
# with 429.
#
#   CLAWNET_TOKEN=… e2e/scenarios/rate_limit.sh [URL]
#
# Uses hey, else wrk, else curl. Prints how many answers had which status; exits 1 when none had 429.
set -eu

url=${1:-${CLAWNET_URL:-http://127.0.0.1:3000}}/api/v1/rooms
: "${CLAWNET_TOKEN:?a token is needed}"
authorization="Authorization: Bearer $CLAWNET_TOKEN"
seconds=${FOR_SECONDS:-10}

has() {
    command -v "$1" >/dev/null
}

statuses() {  # so many requests over one connection: prints how many were answered with which status
    curl --silent --show-error --header "$authorization" --output /dev/null --write-out '[%{http_code}]\n' \
        "$url?n=[1-$1]" | sort | uniq -c
}

if has hey; then
    report=$(hey -z "${seconds}s" -c 1 -q 150 -H "$authorization" "$url")
elif has wrk; then
    # wrk counts refusals without their status; curl asks for that, in a second in which nothing is used up yet.
    report=$(wrk -t 1 -c 1 -d "${seconds}s" -H "$authorization" "$url" && sleep 1 && statuses 300)
else
    report=$(statuses "$((seconds * 150))")
fi

printf '%s\n' "$report"
printf '%s\n' "$report" | grep -q '\[429\]'
