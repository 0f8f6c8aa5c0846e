#!/usr/bin/env bash
# A real PostgreSQL for a while: `tools/postgres.sh start DIR` prints its URL, `stop DIR` ends it. `crash DIR` ends
# it as a loss of power would and keeps its data for `resume DIR`; `pool DIR` puts a transaction pooler before it, as
# Supabase has one, and prints the pooler's URL. DIR is an empty folder whose parents everybody may enter; the cluster in it belongs to this run alone.
set -euo pipefail
usage() { echo "usage: tools/postgres.sh start|stop|crash|resume|pool DIR" >&2; exit 2; }
[ $# = 2 ] || usage
mkdir -p "$2"
dir=$(cd "$2" && pwd)
cd "$(dirname "$0")/.."

find_binaries() {
    local folder
    for folder in /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin; do
        if [ -x "$folder/initdb" ]; then echo "$folder"; fi
    done | sort -V | tail -1
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

as_owner() {
    # initdb refuses to run as root.
    if [ "$(id -u)" = 0 ]; then
        runuser -u "$owner" -- "$@"
    else
        "$@"
    fi
}

serve() {
    as_owner "$bin/pg_ctl" --pgdata "$dir/data" --log "$dir/log" --wait --silent --options \
        "-c listen_addresses=127.0.0.1 -c port=$1 -c unix_socket_directories='$dir' -c fsync=on" start
}

start() {
    (umask 077 && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >"$dir/password")
    [ "$(id -u)" != 0 ] || chown -R "$owner" "$dir"
    as_owner "$bin/initdb" --pgdata "$dir/data" --username clawnet --auth scram-sha-256 --pwfile "$dir/password" \
        --encoding UTF8 --no-locale >"$dir/initdb.log"
    for _ in 1 2 3 4 5; do
        port=$(free_port)
        # Somebody else may take the port in between; then the next one is tried.
        if serve "$port"; then
            echo "$port" >"$dir/port"
            PGPASSWORD=$(cat "$dir/password") as_owner "$bin/createdb" --host "$dir" --port "$port" --username clawnet clawnet
            echo "postgresql://clawnet:$(cat "$dir/password")@127.0.0.1:$port/clawnet"
            return
        fi
    done
    echo "PostgreSQL did not start; its log:" >&2
    cat "$dir/log" >&2
    exit 1
}

crash() {
    if [ -f "$dir/data/postmaster.pid" ]; then
        as_owner "$bin/pg_ctl" --pgdata "$dir/data" --mode immediate --silent stop
    fi
}

pool() {
    command -v pgbouncer >/dev/null || tools/package.sh pgbouncer >&2
    port=$(free_port)
    cat >"$dir/pooler.ini" <<END
[databases]
clawnet = host=127.0.0.1 port=$(cat "$dir/port") user=clawnet password=$(cat "$dir/password")
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
unix_socket_dir =
auth_type = plain
auth_file = $dir/pooler.users
pool_mode = transaction
default_pool_size = 3
logfile = $dir/pooler.log
pidfile = $dir/pooler.pid
END
    echo "\"clawnet\" \"$(cat "$dir/password")\"" >"$dir/pooler.users"
    [ "$(id -u)" != 0 ] || chown "$owner" "$dir"/pooler.*
    as_owner "$(PATH=$PATH:/usr/sbin command -v pgbouncer)" -q -d "$dir/pooler.ini"
    echo "postgresql://clawnet:$(cat "$dir/password")@127.0.0.1:$port/clawnet"
}

unpool() {
    if [ -f "$dir/pooler.pid" ]; then kill "$(cat "$dir/pooler.pid")"; fi
}

bin=$(find_binaries)
if [ -z "$bin" ]; then
    if command -v brew >/dev/null; then tools/package.sh postgresql@17 >&2; else tools/package.sh postgresql >&2; fi
    bin=$(find_binaries)
fi
owner=postgres
id "$owner" >/dev/null 2>&1 || owner=nobody

case $1 in
start) start ;;
stop) unpool && crash && rm -rf "${dir:?}/data" ;;
crash) crash ;;
resume) serve "$(cat "$dir/port")" ;;
pool) pool ;;
*) usage ;;
esac
