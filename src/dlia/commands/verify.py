"""``dlia verify``: rebuilds everything in a temporary folder and compares the results."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from dlia.commands.build_diff import differences, files_of
from dlia.errors import UserError, listing

# Products of a build, and folders that need no copy.
_LEFT_OUT = ("results", "checkpoints", "logs", "data", ".snakemake", ".git", ".venv", "__pycache__")


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the parser of ``dlia``."""
    parser = commands.add_parser(
        "verify",
        help="rebuild everything in a temporary folder and compare with results/",
        description="Rebuilds everything in a temporary folder, and lists the files that differ\n"
        "from those in results/.",
        epilog="example: %(prog)s -- --config trials=1",
    )
    parser.add_argument(
        "words",
        nargs=argparse.REMAINDER,
        help="arguments for Snakemake: the same as in the build of results/",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Rebuild everything and print the differences.

    Raises:
        UserError: There is nothing to compare, the build failed, or something differs.
    """
    root = Path.cwd()
    if not (root / "results").is_dir():
        raise UserError("results: there is nothing to compare with; build first")
    with tempfile.TemporaryDirectory(prefix="dlia-verify-") as folder:
        again = Path(folder) / "dlia"
        words = [word for word in arguments.words if word != "--"]
        build_again(root, again, [_absolute(word) for word in words])
        found = differences(root / "results", again / "results")
        count = len(files_of(again / "results"))
    if found:
        differ = (
            "1 file differs from that"
            if len(found) == 1
            else f"{len(found)} files differ from those"
        )
        raise UserError(f"{differ} of a new build:\n{listing(found)}")
    print(f"dlia: {count} files are equal byte by byte, apart from run times, dates and hosts")


def build_again(root: Path, target: Path, words: list[str]) -> None:
    """Copy the project below ``root`` to ``target`` and build it there."""
    shutil.copytree(root, target, ignore=lambda folder, _: _LEFT_OUT if _is(folder, root) else ())
    if (root / "data").exists():
        (target / "data").symlink_to((root / "data").resolve())
    asked = [f for f in ("results/report.tex",) if (root / f).is_file()]
    command = [sys.executable, "-m", "snakemake", "all", *asked, *words]
    path = os.pathsep.join([str(target / "src"), os.environ.get("PYTHONPATH", "")])
    print(f"dlia: rebuilding in {target}", file=sys.stderr, flush=True)
    environment = {**os.environ, "PYTHONPATH": path}
    with subprocess.Popen(command, cwd=target, env=environment) as snakemake:  # noqa: S603
        try:
            status = snakemake.wait()
        except KeyboardInterrupt:  # Snakemake got it, too; its trainings end in their own time.
            snakemake.wait()
            raise
    if status:
        raise UserError("the new build failed; see the messages of Snakemake above")


def _is(folder: str, other: Path) -> bool:
    return Path(folder) == other


def _absolute(word: str) -> str:
    """Return an argument with an absolute data_dir, so that it is valid in another folder."""
    key, _, value = word.partition("=")
    return f"{key}={Path(value).resolve()}" if key == "data_dir" else word
