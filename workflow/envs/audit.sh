#!/bin/sh
# Checks every package that requirements.txt pins for known vulnerabilities. Needs the network, to
# install pip-audit and to query its database.
set -eu

say() { printf 'dlia: %s\n' "$*" >&2; }
tool=$VENV/audit

if [ ! -x "$tool/bin/pip-audit" ]; then
    say "setting up pip-audit in $tool"
    "$VENV/bin/python" -m venv "$tool"
    "$tool/bin/python" -m pip install --quiet --disable-pip-version-check pip-audit
fi
for file in requirements.txt benchmarks/requirements.txt; do
    say "checking the packages of $file"
    # --strict: a package that cannot be checked is an error.
    "$tool/bin/pip-audit" --requirement "$file" --require-hashes --disable-pip --strict \
        --progress-spinner off
done
