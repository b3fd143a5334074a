"""What depends on what is learnt: one folder for each task, and its modules by their names.

A folder has ``task.py``, which is light and says what others ask about the task, and modules that
are imported when they are asked for: ``curves``, ``tables`` and figures.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlia.evaluation.summary import Tables
    from dlia.figures.exercise import Picture
    from dlia.study.model import Study
    from dlia.study.quantities import Quantity
    from dlia.study.task import Task
    from dlia.training.measures import Curves

# All tasks, by the names of their folders.
TASK_NAMES = ("classification", "segmentation")


def task_named(name: str) -> "Task":
    """Give what others ask about a task."""
    found: Task = import_module(f"dlia.tasks.{name}.task").TASK
    return found


def all_quantities() -> "dict[str, Quantity]":
    """Give what claims of any task may be about, by name."""
    return {name: found for task in TASK_NAMES for name, found in task_named(task).known.items()}


def load_studies(names: list[str], root: Path) -> "dict[str, Study]":
    """Read the studies ``names`` from the folder studies/ below ``root``.

    Raises:
        UserError: Names the file, the key and the fault, for every fault of a file.
    """
    from dlia.study.load import read_studies

    return read_studies(names, root, {name: task_named(name) for name in TASK_NAMES})


def studies_built(names: list[str], root: Path, left_out: list[str]) -> "dict[str, Study]":
    """Read studies without the variants that a build left out, by their keys."""
    from dlia.study.leave_out import without

    studies = load_studies(names, root)
    return {
        name: without(study, [key for key in left_out if key.split("/")[0] in study.exercises])
        for name, study in studies.items()
    }


def curves_of(task: str) -> "Curves":
    """Give what is measured of a task's networks while they are trained."""
    found: Curves = import_module(f"dlia.tasks.{task}.curves").CURVES
    return found


def tables_of(task: str) -> "Tables":
    """Give the tables that compare a task's predictions with the truth."""
    found: Tables = import_module(f"dlia.tasks.{task}.tables")
    return found


def picture_of(task: str, figure: str) -> "Picture":
    """Give what draws one of a task's own figures."""
    found: Picture = import_module(f"dlia.tasks.{task}.{figure}").picture
    return found
