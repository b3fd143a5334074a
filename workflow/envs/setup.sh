#!/bin/sh
# Sets up the environment in $VENV from requirements.txt, with uv if it is installed, otherwise with
# pip. Every downloaded file is checked against its hash. Does nothing if all of it is there.
set -eu

say() { printf 'dlia: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

# What the environment is made of; file times do not matter. Then the place, because Python's own
# activate scripts contain it.
state=$(cat requirements.txt pyproject.toml workflow/envs/setup.sh workflow/envs/relocatable.py | cksum)
place=$(pwd -P) # the same through any link
done_in() { [ "$(sed -n "$1p" "$VENV/.ready" 2>/dev/null)" = "$2" ]; }
# Other packages than those of the environment, and other places for it.
unset PYTHONHOME PYTHONPATH PYTHONOPTIMIZE PYTHONWARNINGS PYTHONHASHSEED PYTHONSTARTUP
unset PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT PIP_REQUIREMENT PIP_CONSTRAINT PIP_NO_BINARY PIP_NO_DEPS
if done_in 1 "$state" && "$VENV/bin/python" -c '' 2>/dev/null; then
    done_in 2 "$place" && exit 0
    say "this folder was moved or copied; renewing the paths in $VENV"
    "$VENV/bin/python" workflow/envs/relocatable.py
    printf '%s\n' "$state" "$place" >"$VENV/.ready"
    exit 0
fi

# Limits that would show only after the installation.
line='
'
case $PWD in
*[:{}]* | *"$line"*)
    fail "$PWD: Python and Snakemake cannot work in a folder with : or { or } or a line break in" \
        "its path; rename or move it" ;;
esac
[ "${#PWD}" -lt 3500 ] || fail "the path of this folder is too long; move it"
mkdir -p "$VENV" 2>/dev/null && [ -w "$VENV" ] && [ -w . ] ||
    fail "$PWD: not writable; fix the permissions or use a writable copy"
needed=9 # GB: 6 for the environment, most of it torch's CUDA libraries, and 3 while it is set up
free=$(df -Pk . | awk 'NR == 2 { print $4 }')
there=$(du -sk "$VENV" | cut -f 1)
if [ "$(((free + there) / 1048576))" -lt "$needed" ]; then
    fail "the environment needs $needed GB of disk ($((needed - 3)) when it is complete), and this" \
        "folder has $((free / 1048576)) GB; free some space"
fi
rm -f "$VENV/.ready"

# Downloads are unpacked beside the environment: /tmp is often too small.
TMPDIR=$(cd "$VENV" && pwd)/tmp
export TMPDIR
rm -rf "$TMPDIR"
mkdir "$TMPDIR"
log=$VENV/setup.log

explain() {
    grep -v '^ *$' "$log" | tail -n 5 >&2
    if grep -qE 'No space left|Disk quota' "$log"; then
        say "the disk is full; free some space, then run make again"
    elif grep -qiE 'Temporary failure in name|Name or service|NewConnection|Connection (refused|reset|broken)|ConnectTimeout|ReadTimeout|timed out|ProxyError|unreachable|dns error|error sending request|SSLError|certificate' "$log"; then
        say "the package index cannot be reached; check the network and the proxy (HTTPS_PROXY," \
            "pip's own settings), then run make again"
    elif grep -qE 'No matching distribution|no wheels|not find a version|No solution found' "$log"; then
        say "the package index has no file of this package for this Python and machine" \
            "($("$VENV/bin/python" -c 'import platform as p; print(p.python_version(), p.platform())'))"
    elif grep -qiE 'do not match the hash|hash mismatch' "$log"; then
        say "a download is damaged or was replaced; run make again, and if that does not help," \
            "pip cache purge"
    else
        say "the packages could not be installed; $log has the details"
    fi
    exit 1
}
run() { "$@" >"$log" 2>&1 || explain; }
# The installation says nothing itself; ended with this script, however that ends.
progress() {
    while sleep 20; do
        say "$(du -sm "$VENV" | awk '{ printf "%.1f", $1 / 1000 }') GB so far; up to 10 while packages are unpacked, 6 in the end"
    done
}
progress &
watching=$!
trap 'kill "$watching" 2>/dev/null || :' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

if command -v uv >/dev/null 2>&1; then
    say "setting up $VENV with uv"
    run uv venv --allow-existing --python '>=3.11' "$VENV"
    run uv pip install --python "$VENV/bin/python" --require-hashes -r requirements.txt
    run uv pip install --python "$VENV/bin/python" --no-deps --no-build-isolation --editable .
else
    found=
    # First that of an environment which is there and only needs other packages.
    for python in "$VENV/bin/python" "$PYTHON" python3.14 python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            found=$python
            break
        fi
    done
    if [ -z "$found" ]; then
        say "Python 3.11 or newer is missing (or uv): sudo apt install python3 python3-venv"
        fail "to use another interpreter, run make PYTHON=/path/to/python3.12"
    fi
    "$found" -c 'import venv, ensurepip' 2>/dev/null ||
        fail "Python's venv is missing: sudo apt install python3-venv"
    say "setting up $VENV with pip; this takes some minutes (uv is faster if it is installed)"
    if ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
        # Packages of another Python would be in the way.
        rm -rf "$VENV/bin" "$VENV/lib" "$VENV/lib64" "$VENV/include"
        run "$found" -m venv "$VENV"
    fi
    run "$VENV/bin/python" -m pip install --no-user --no-compile --disable-pip-version-check \
        --progress-bar off --require-hashes -r requirements.txt
    run "$VENV/bin/python" -m pip install --no-user --no-compile --disable-pip-version-check \
        --no-deps --no-build-isolation --editable .
fi
# Compiled here, on all cores: where PYTHONDONTWRITEBYTECODE is set, every job would compile PyTorch
# again. Some files are for other versions of Python, which is no error.
say "compiling the packages"
packages=$("$VENV/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$VENV/bin/python" -m compileall -q -j 0 -x '/tests?/' "$packages" >"$log" 2>&1 || true
"$VENV/bin/python" workflow/envs/relocatable.py
rm -rf "$TMPDIR"
printf '%s\n' "$state" "$place" >"$VENV/.ready"
