"""Reading of studies with all known tasks."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dlia.study.leave_out import without
from dlia.study.load import read_studies
from dlia.study.model import Study
from dlia.study.quantities import Quantity
from dlia.study.shorten import Limits, shortened
from dlia.tasks import TASK_NAMES, task_named


def all_quantities() -> dict[str, Quantity]:
    """Return all quantities that a claim of any task can be about, by name."""
    return {name: found for task in TASK_NAMES for name, found in task_named(task).known.items()}


def load_studies(names: list[str], root: Path) -> dict[str, Study]:
    """Read the studies ``names`` from the folder studies/ below ``root``.

    Raises:
        UserError: Names the file, the key and the fault, for every fault of a file.
    """
    return read_studies(names, root, {name: task_named(name) for name in TASK_NAMES})


def studies_built(
    limits: Mapping[str, Sequence[Any]], root: Path, left_out: list[str]
) -> dict[str, Study]:
    """Read studies as a build trains them.

    Args:
        limits: The entries of ``Limits`` of each study, by its name.
        root: The folder of the project.
        left_out: The keys of the variants that the build leaves out.
    """
    built = {}
    for name, study in load_studies(list(limits), root).items():
        gone = [key for key in left_out if key.split("/")[0] in study.exercises]
        built[name] = without(shortened(study, Limits(*limits[name])), gone)
    return built
