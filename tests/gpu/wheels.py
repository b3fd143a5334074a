"""Fetches the packages that a machine with a GPU may lack, as wheels to be carried there.

Run it where there is a network: python tests/gpu/wheels.py. The versions are those of
requirements.txt and benchmarks/requirements.txt, for Python 3.12 on Linux; every file is checked
against its hash there. wheels_left_out.txt names what is left out, such as torch.
"""

import argparse
import fnmatch
import re
import subprocess
import sys
from pathlib import Path

from packaging.markers import Marker

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).with_name("wheels")
PINS = (ROOT / "requirements.txt", ROOT / "benchmarks" / "requirements.txt")
MOST = 30  # MB
PYTHON = "3.12"
# Kinds of Linux that a wheel may be made for, each by itself: pip matches them by name.
PLATFORMS = [f"manylinux_2_{n}_x86_64" for n in (28, 27, 24, 17, 12, 5)]
PLATFORMS += ["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64", "linux_x86_64"]


def main(words: list[str]) -> int:
    """Fetch the wheels; give 1 if some are missing or all are too large."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help=f"default: {FOLDER}")
    folder: Path = parser.parse_args(words).folder
    folder.mkdir(exist_ok=True)
    pins = wanted()
    for name in without_wheels(folder, pins):
        if not build(folder, pins[name]):
            print(f"wheels.py: {name}: no wheel for Python {PYTHON}", file=sys.stderr)
    lacking = pins.keys() - {name_of(wheel.name) for wheel in folder.glob("*.whl")}
    size = sum(wheel.stat().st_size for wheel in folder.glob("*.whl")) / 1e6
    print(f"{folder}: {len(list(folder.glob('*.whl')))} wheels, {size:.1f} MB")
    if size > MOST:
        print(
            f"wheels.py: {size:.1f} MB, more than {MOST}: leave more out in wheels_left_out.txt",
            file=sys.stderr,
        )
    return int(bool(lacking) or size > MOST)


def wanted() -> dict[str, str]:
    """Give the pins of all packages but those that are left out: by name, with hashes."""
    lines = Path(__file__).with_name("wheels_left_out.txt").read_text(encoding="utf-8").split("\n")
    left_out = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    found: dict[str, str] = {}
    for file in PINS:
        text = file.read_text(encoding="utf-8").replace("\\\n", " ")
        for line in text.splitlines():
            name = name_of(line.partition("==")[0])
            # Of several pins, by the version of Python, the one that fits.
            if "==" in line and fits(line) and not matches(name, left_out):
                found.setdefault(name, re.sub(r"\s*;[^-]*(?=--hash)", " ", line))
    return found


def name_of(text: str) -> str:
    """Give a package's name in its usual form, from a wheel's or a pin's beginning."""
    own = text.partition("-")[0] if text.endswith(".whl") else text.strip()
    return re.sub(r"[-_.]+", "-", own).lower()


def matches(name: str, patterns: list[str]) -> bool:
    """Tell whether one of the patterns is the name's."""
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def fits(line: str) -> bool:
    """Tell whether a pin's condition holds on Linux, for the Python of the wheels."""
    condition = line.partition(";")[2].partition("--hash")[0].strip()
    if not condition:
        return True
    python = {"python_version": PYTHON, "python_full_version": f"{PYTHON}.0"}
    linux = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}
    return Marker(condition).evaluate({**python, **linux, "platform_machine": "x86_64"})


def without_wheels(folder: Path, pins: dict[str, str]) -> list[str]:
    """Fetch wheels into ``folder``; name the packages that there are none of."""
    words = ["download", "--dest", str(folder), "--only-binary=:all:", "--python-version", PYTHON]
    words += ["--implementation", "cp"]
    words += [word for name in PLATFORMS for word in ("--platform", name)]
    left, missing = dict(pins), []
    # pip ends with the first that it does not find, and has kept none.
    while failure := pip(words, folder, list(left.values())):
        found = re.search(r"No matching distribution found for ([\w.-]+)", failure)
        if not found or name_of(found[1]) not in left:
            raise SystemExit(f"wheels.py: pip failed:\n{failure}")
        missing.append(name_of(found[1]))
        del left[missing[-1]]
    return missing


def build(folder: Path, pin: str) -> bool:
    """Build a wheel from a package's source; tell whether it fits every Python."""
    before = set(folder.glob("*.whl"))
    failure = pip(["wheel", "--wheel-dir", str(folder)], folder, [pin])
    made = set(folder.glob("*.whl")) - before
    others = [wheel for wheel in made if not wheel.name.endswith("-none-any.whl")]
    for wheel in others:
        wheel.unlink()
    return not failure and not others


def pip(words: list[str], folder: Path, pins: list[str]) -> str:
    """Call pip for packages, without what they need; give its words if it failed."""
    names = folder / "names.txt"
    names.write_text("\n".join(pins) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", *words, "--quiet", "--no-deps", "--require-hashes"]
    ended = subprocess.run(
        [*command, "-r", str(names)], stderr=subprocess.PIPE, text=True, check=False
    )
    names.unlink()
    return (ended.stderr or "pip failed without a word") if ended.returncode else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
