"""Installs packages that are missing from a folder of wheels; prints the interpreter to use.

Needs nothing but Python and pip. The packages go into a virtual environment that sees those that
are already there; nothing is installed beside it, and nothing is fetched.
"""

import importlib.metadata
import re
import site
import subprocess
import sys
import venv
from pathlib import Path


def main(words: list[str]) -> int:
    """Prepare the environment; on standard output goes only the path of the interpreter."""
    wheels, target = Path(words[0]), Path(words[1])
    missing = [wheel for wheel in sorted(wheels.glob("*.whl")) if not is_installed(wheel)]
    if not missing:
        there = "all packages of" if any(wheels.glob("*.whl")) else "there are no wheels in"
        say(f"{there} {wheels}; using {sys.executable}")
        print(sys.executable)
        return 0
    say(f"installing from {wheels}: {', '.join(name_of(wheel) for wheel in missing)}")
    python = make_environment(target)
    if install(python, missing):
        # One that does not fit must not keep the others away.
        for wheel in missing:
            if install(python, [wheel]):
                say(f"{wheel.name}: cannot be installed; fetch it for this Python anew")
    print(python)
    return 0


def say(text: str) -> None:
    """Tell the user something."""
    print(f"tests/gpu/check.sh: {text}", file=sys.stderr, flush=True)


def name_of(wheel: Path) -> str:
    """Give the name of the package that a wheel holds."""
    return re.sub(r"[-_.]+", "-", wheel.name.partition("-")[0]).lower()


def is_installed(wheel: Path) -> bool:
    """Tell whether the package is there, in any version."""
    try:
        importlib.metadata.version(name_of(wheel))
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def make_environment(target: Path) -> Path:
    """Make an environment that sees the packages of this interpreter; give its own interpreter.

    Where this one is of a virtual environment itself, "system site packages" are not its own but
    those of the Python below, so that the folder is named.
    """
    venv.create(target, system_site_packages=True, with_pip=False, symlinks=True)
    python = target / "bin" / "python"
    code = "import site; print(site.getsitepackages()[0])"
    own = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True)
    lines = [f"import site; site.addsitedir({folder!r})" for folder in site.getsitepackages()]
    path = Path(own.stdout.strip()) / "of_the_interpreter_below.pth"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return python


def install(python: Path, wheels: list[Path]) -> int:
    """Install wheels as they are, without looking for what they need; give pip's exit status."""
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    command += ["--no-index", "--no-deps", "--no-compile", "--disable-pip-version-check"]
    command += ["--find-links", str(wheels[0].parent), *map(str, wheels)]
    return subprocess.run(command, stdout=sys.stderr, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
