#!/usr/bin/env bash
# Installs packages of the system where that is possible without asking: tools/package.sh NAME...
set -euo pipefail
if command -v apt-get >/dev/null; then
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    $as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends "$@" >/dev/null
elif command -v brew >/dev/null; then
    brew install --quiet "$@"
else
    echo "Install by hand, please: $*" >&2
    exit 1
fi
