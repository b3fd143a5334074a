#!/bin/sh
# Puts what dlia is raced against into the environment in $VENV: with uv where it is there, else with
# pip. Every file is checked against its hash.
set -eu

printf 'dlia: adding what dlia is raced against to %s\n' "$VENV" >&2
if command -v uv >/dev/null 2>&1; then
    uv pip install --quiet --python "$VENV/bin/python" --require-hashes -r benchmarks/requirements.txt
    exit 0
fi
"$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
    -r benchmarks/requirements.txt
