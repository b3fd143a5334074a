"""``dlia verify``: rebuilds everything in a temporary folder and compares the results."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from dlia.commands.build_diff import differences, files_of
from dlia.commands.folder import snakefile
from dlia.data.choice import DEFAULT_FOLDER
from dlia.errors import UserError, listing
from dlia.study.config import config_with, resolve_config
from dlia.study.yaml_files import ROOT

# Folders that need no copy: those anywhere, and the products of the build.
_NOWHERE = (".snakemake", ".git", ".venv", "__pycache__")
_LEFT_OUT = ("results", "checkpoints", "logs", "data", *_NOWHERE)


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
    words = with_archives([word for word in arguments.words if word != "--"], root)
    with tempfile.TemporaryDirectory(prefix="dlia-verify-") as folder:
        again = Path(folder) / "dlia"
        build_again(root, again, words)
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
    """Copy the folder ``root`` of a build to ``target``, and build there with the same code."""
    shutil.copytree(
        root, target, ignore=lambda folder, _: _LEFT_OUT if Path(folder) == root else _NOWHERE
    )
    if (root / "data").exists():
        (target / "data").symlink_to((root / "data").resolve())
    workflow = ["--snakefile", str(snakefile(root)), "--directory", str(target)]
    command = [sys.executable, "-P", "-m", "snakemake", *targets(root), *workflow]
    print(f"dlia: rebuilding in {target}", file=sys.stderr, flush=True)
    with subprocess.Popen([*command, *words], cwd=root) as snakemake:  # noqa: S603
        try:
            status = snakemake.wait()
        except KeyboardInterrupt:  # Snakemake got it, too; its trainings end in their own time.
            snakemake.wait()
            raise
    if status:
        raise UserError("the new build failed; see the messages of Snakemake above")


def targets(root: Path) -> list[str]:
    """Return what to build; nothing for the default targets, as of a workflow that imports dlia."""
    latex = _is_own(root) and (root / "results/report.tex").is_file()
    return ["all", "results/report.tex"] if latex else []


def with_archives(words: list[str], root: Path) -> list[str]:
    """Return arguments for Snakemake whose data_dir is valid in another folder than ``root``.

    The default one is linked into that folder, and a workflow that imports dlia sets its own.

    Raises:
        UserError: The configuration is invalid.
    """
    words = [
        each
        for word in words
        for each in (("--config", word[9:]) if word.startswith("--config=") else (word,))
    ]
    given = [word for word in words if word.startswith("data_dir=")]
    folder = resolve_config(config_with(given, root)).data_dir
    if folder == DEFAULT_FOLDER or not (given or _is_own(root)):
        return words
    kept = [word for word in words if word not in given]
    # Of several --config Snakemake heeds the last one only.
    at = next((i for i, word in enumerate(kept, 1) if word in ("--config", "-C")), None)
    if at is None:
        at = len(kept) + 1
        kept.append("--config")
    return [*kept[:at], f"data_dir={(root / folder).resolve()}", *kept[at:]]


def _is_own(root: Path) -> bool:
    return snakefile(root).samefile(ROOT / "Snakefile")
