#!/bin/sh
# Looks up every package that requirements.txt pins among those with known vulnerabilities. Needs
# the network, for pip-audit itself and for the database that it asks.
set -eu

say() { printf 'dlia: %s\n' "$*" >&2; }
tool=$VENV/audit

if [ ! -x "$tool/bin/pip-audit" ]; then
    say "setting up pip-audit in $tool"
    "$VENV/bin/python" -m venv "$tool"
    "$tool/bin/python" -m pip install --quiet --disable-pip-version-check pip-audit
fi
for file in requirements.txt benchmarks/requirements.txt; do
    say "looking up the packages of $file"
    # Strict: a package that cannot be looked up is no package without vulnerabilities.
    "$tool/bin/pip-audit" --requirement "$file" --require-hashes --disable-pip --strict \
        --progress-spinner off
done
