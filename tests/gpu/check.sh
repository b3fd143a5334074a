#!/bin/sh
# Checks dlia on a machine with a GPU, in at most nine minutes; docs/gpu-check.md says what comes back.
#
#     tests/gpu/check.sh                       # on a machine with a GPU
#     tests/gpu/check.sh --device cpu --small  # tries the check itself out
#
# PYTHON names the interpreter that has torch, WHEELS a folder of packages to install from, OUT the
# folder for the results.
set -u

began=$(date +%s)
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root" || exit 1
: "${PYTHON:=python3}" "${OUT:=$root/gpu-check}" "${WHEELS:=$root/tests/gpu/wheels}"
mkdir -p "$OUT" || exit 1
log=$OUT/check.log
: >"$log"

export PYTHONPATH="$root/src:$root/tests:$root/tests/gpu${PYTHONPATH:+:$PYTHONPATH}"
export PYTHONUNBUFFERED=1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Installs what is missing; without it, what is there has to do.
if found=$(timeout -k 5 60 "$PYTHON" tests/gpu/environment.py "$WHEELS" "$scratch/venv" 2>>"$log"); then
    PYTHON=$found
fi
cat "$log"

"$PYTHON" tests/gpu/check.py --out "$OUT" --began "$began" "$@"
