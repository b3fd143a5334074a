"""The folder of a build, in which a command works."""

import os
from pathlib import Path

from dlia.errors import UserError
from dlia.study.yaml_files import ROOT

# One of these is in every folder of a build: the project, a folder that was built in with
# ``snakemake --directory``, and a workflow that imports dlia as a module.
_MARKS = ("config.yaml", "studies", "Snakefile", "workflow/Snakefile", ".snakemake")


def enter(directory: str) -> None:
    """Change to the folder of a build.

    Raises:
        UserError: It does not exist, is no folder of a build, or is another copy of the project.
    """
    try:
        os.chdir(directory)
    except OSError as error:
        raise UserError(f"--directory {directory}: {error.strerror}") from None
    here = Path.cwd()
    if (here / "src/dlia").is_dir() and not (here / "src/dlia").samefile(ROOT / "src/dlia"):
        raise UserError(
            f"{here}: another copy of the project than that of this command ({ROOT}); run make "
            "setup here, then .venv/bin/dlia"
        )
    if not _is_of_a_build(here):
        near = next((parent for parent in here.parents if _is_of_a_build(parent)), ROOT)
        raise UserError(
            f"{here}: no folder of a build; run the command in {near}, or name the folder: "
            f"dlia --directory {near} ..."
        )


def snakefile(folder: Path) -> Path:
    """Return the workflow that builds in a folder: one that is there, else the project's."""
    own = (folder / name for name in ("Snakefile", "workflow/Snakefile"))
    return next((path for path in own if path.is_file()), ROOT / "Snakefile")


def _is_of_a_build(folder: Path) -> bool:
    return any((folder / mark).exists() for mark in _MARKS)
