#!/usr/bin/env bash
# Resolves pyproject.toml into the two locks: versions and hashes only, no address of any registry.
set -euo pipefail
cd "$(dirname "$0")/.."
flags=(--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet)
uv pip compile pyproject.toml --group build "${flags[@]}" -o requirements/run.txt
uv pip compile pyproject.toml --group build --group dev "${flags[@]}" -c requirements/run.txt -o requirements/dev.txt
