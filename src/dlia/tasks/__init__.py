"""What depends on what is learnt: one folder for each task, and its modules by their names.

A folder has ``task.py``, which is light and says what others ask about the task, and modules that
are imported when they are asked for: ``curves``, ``tables`` and figures.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlia.evaluation.summary import Tables
    from dlia.figures.exercise import Picture
    from dlia.study.task import Task
    from dlia.training.measures import Curves

# All tasks, by the names of their folders.
TASK_NAMES = ("classification", "segmentation")


def task_named(name: str) -> "Task":
    """Give what others ask about a task."""
    found: Task = import_module(f"dlia.tasks.{name}.task").TASK
    return found


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
