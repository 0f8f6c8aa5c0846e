#!/usr/bin/env bash
# Installs the real OpenClaw from its lock into a cache folder, once, and prints where it is.
set -euo pipefail
cd "$(dirname "$0")/../e2e/openclaw"
mark=$(cksum <package-lock.json | cut -d' ' -f1)
folder="${XDG_CACHE_HOME:-$HOME/.cache}/clownet/openclaw-$mark"
if [ ! -e "$folder/.done" ]; then
    echo "Installing OpenClaw (about 650 MB, once)…" >&2
    mkdir -p "$folder"
    cp package.json package-lock.json "$folder"
    npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --silent >&2
    touch "$folder/.done"
fi
echo "$folder"
