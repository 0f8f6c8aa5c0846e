#!/usr/bin/env bash
# Makes the virtual environment and fills it from a hash-pinned lock: tools/environment.sh run|dev
set -euo pipefail
cd "$(dirname "$0")/.."

find_python() {
    for name in python3.13 python3.12 python3.11 python3; do
        if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "ClawNet needs Python 3.11 or newer; none was found." >&2
    exit 1
}

make_venv() {
    local python
    python=$(find_python)
    # Debian keeps ensurepip in a package of its own.
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
        tools/package.sh python3-venv
    fi
    "$python" -m venv .venv
}

[ -x .venv/bin/python ] || make_venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "requirements/$1.txt"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
touch ".venv/.$1"
[ "$1" != dev ] || touch .venv/.run
