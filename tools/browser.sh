#!/usr/bin/env bash
# Makes sure that there is a Chromium for the browser tests: the system's, or else Playwright's own.
set -euo pipefail
cd "$(dirname "$0")/.."
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null && exit 0
done
if .venv/bin/python -m e2e.browser 2>/dev/null; then
    exit 0
fi
if command -v apt-get >/dev/null && tools/package.sh chromium fonts-dejavu-core; then
    exit 0
fi
.venv/bin/python -m playwright install chromium
