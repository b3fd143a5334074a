#!/bin/sh
# Sets up the environment in $VENV from requirements.txt, with uv if it is installed, otherwise with
# pip. Every downloaded file is checked against its hash.
set -eu

say() { printf 'dlia: %s\n' "$*" >&2; }
needed=6 # GB, most of it for torch's CUDA libraries

space=$(df -Pk . | awk 'NR == 2 { print int($4 / 1048576) }')
if [ ! -d "$VENV" ] && [ "$space" -lt "$needed" ]; then
    say "the environment needs $needed GB of disk, and this folder has $space GB; free some space"
    exit 1
fi

if command -v uv >/dev/null 2>&1; then
    say "setting up $VENV with uv"
    uv venv --quiet --allow-existing --python '>=3.11' "$VENV"
    uv pip install --quiet --python "$VENV/bin/python" --require-hashes -r requirements.txt
    uv pip install --quiet --python "$VENV/bin/python" --no-deps --no-build-isolation --editable .
    exit 0
fi

if ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    say "Python 3.11 or newer is missing (or uv): sudo apt install python3 python3-venv"
    say "to use another interpreter, run make PYTHON=/path/to/python3.12"
    exit 1
fi
if ! "$PYTHON" -c 'import venv, ensurepip' 2>/dev/null; then
    say "Python's venv is missing: sudo apt install python3-venv"
    exit 1
fi
say "setting up $VENV with pip; this takes some minutes (uv is faster if it is installed)"
"$PYTHON" -m venv "$VENV"
"$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
"$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
