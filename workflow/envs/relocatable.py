"""Removes the path of this environment from its scripts, so that it works in a moved checkout.

Run with the environment's own Python after every installation.
"""

import os
import re
import shlex
import sys
import sysconfig
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
# A shell runs the second line; for Python, lines two and three are a text. Without PYTHONHOME,
# because Python would not find its own library.
HEAD = """#!/bin/sh
'''exec' env -u PYTHONHOME "$(dirname -- "$(realpath -- "$0")")/python" "$0" "$@"
' '''
"""
SNAKEMAKE = """#!/bin/sh
# -E: variables such as PYTHONPATH must not bring other packages.
exec "$(dirname -- "$(realpath -- "$0")")/python" -E -m dlia.runtime.start snakemake "$@"
"""
# bash and zsh tell the path of a file that they read; other shells look beside the current folder.
BASH = """{indent}{export}VIRTUAL_ENV="$(
    folder=$(dirname -- "${{BASH_SOURCE:-$0}}")/..
    [ -f "$folder/pyvenv.cfg" ] || folder=.venv
    [ -f "$folder/pyvenv.cfg" ] || folder={path}
    CDPATH= cd -- "$folder" && pwd
)"
"""
FISH = "set -gx VIRTUAL_ENV (realpath (dirname (status -f))/..)\n"


def script(text: str) -> str:
    """Return a Python script of the environment with a head that finds the interpreter."""
    lines = text.splitlines(keepends=True)
    known = lines[0].startswith("#!/bin/sh") and lines[1].startswith("'''exec'")
    return HEAD + "".join(lines[3 if known else 1 :])


def is_script(text: str) -> bool:
    """Return whether a file is a Python script: its first lines name an interpreter."""
    return bool(re.match(r"#!.*/python[0-9.]*\n|#!/bin/sh\n'''exec' ", text))


def activation(text: str, venv: Path) -> str:
    """Return an activate script for bash, zsh or fish that finds its own folder."""
    path = shlex.quote(str(venv))
    whole = r"^([ \t]*)(export )?VIRTUAL_ENV=(?!\$\(cygpath|\"\$\(\n)(?=.*/).*\n"
    text = re.sub(
        whole, lambda m: BASH.format(indent=m[1], export=m[2] or "", path=path), text, flags=re.M
    )
    # The last line of BASH that a former call has written.
    text = re.sub(r"^(    \[ -f .* folder=)(?!\.venv$).*$", lambda m: m[1] + path, text, flags=re.M)
    return re.sub(r"^set -gx VIRTUAL_ENV .*\n", lambda _: FISH, text, flags=re.M)


def search_path(text: str, packages: Path) -> str:
    """Return a .pth file whose paths into the checkout are relative to its own folder."""
    lines = []
    for line in text.splitlines():
        place = Path(line).resolve()
        inside = line.startswith("/") and place.is_relative_to(CHECKOUT)
        lines.append(os.path.relpath(place, packages.resolve()) if inside else line)
    return "".join(f"{line}\n" for line in lines)


def rewrite(path: Path, text: str) -> None:
    """Replace a file by ``text``, if it differs."""
    if path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def main() -> None:
    """Rewrite all scripts and search paths."""
    venv, packages = Path(sys.prefix), Path(sysconfig.get_path("purelib"))
    for path in sorted((venv / "bin").iterdir()):
        if path.is_symlink() or not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:  # a program
            continue
        if path.name.startswith("activate"):
            rewrite(path, activation(text, venv))
        elif path.name == "snakemake":
            rewrite(path, SNAKEMAKE)
        elif is_script(text):
            rewrite(path, script(text))
    for path in sorted(packages.glob("*.pth")):
        rewrite(path, search_path(path.read_text(encoding="utf-8"), packages))


if __name__ == "__main__":
    main()
