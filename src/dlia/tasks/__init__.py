"""Tasks: one folder for each task, with modules that are imported by name.

A folder has ``task.py``, which describes the task and imports quickly. Other modules are imported
when they are needed: ``curves``, ``tables`` and figures.
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
    """Return the description of a task."""
    found: Task = import_module(f"dlia.tasks.{name}.task").TASK
    return found


def curves_of(task: str) -> "Curves":
    """Return the measures of a task during training."""
    found: Curves = import_module(f"dlia.tasks.{task}.curves").CURVES
    return found


def tables_of(task: str) -> "Tables":
    """Return the module that compares predictions of a task with the ground truth."""
    found: Tables = import_module(f"dlia.tasks.{task}.tables")
    return found


def picture_of(task: str, figure: str) -> "Picture":
    """Return the function that draws a figure of a task."""
    found: Picture = import_module(f"dlia.tasks.{task}.{figure}").picture
    return found
