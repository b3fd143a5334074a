"""Tasks: one folder for each task, with modules that are imported by name.

A folder has ``task.py``, which describes the task and imports quickly. Other modules are imported
when they are needed: ``curves``, ``tables`` and figures.
"""

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from dlia.evaluation.summary import Tables
    from dlia.figures.exercise import Picture
    from dlia.study.task import Task
    from dlia.training.measures import Curves

    Predictor = Callable[..., None]
    Balance = Callable[..., pd.DataFrame]

# All tasks, by the names of their folders.
TASK_NAMES = ("classification", "segmentation", "volume_segmentation", "detection")


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


def predictor_of(task: str) -> "Predictor":
    """Return the function that writes the predictions of a task's networks."""
    if "predict" in task_named(task).own_modules:
        own: Predictor = import_module(f"dlia.tasks.{task}.predict").predict_volumes
        return own
    found: Predictor = import_module("dlia.training.predict").predict
    return found


def description_of(task: str) -> tuple["Balance", "Picture"]:
    """Return the functions that count the classes of a task's data, and that draw some of it."""
    if "describe" in task_named(task).own_modules:
        module = import_module(f"dlia.tasks.{task}.describe")
        return module.count_voxels, module.draw_volumes
    return (
        import_module("dlia.evaluation.balance").balance,
        import_module("dlia.figures.samples").picture,
    )


def module_of(task: str, name: str) -> ModuleType:
    """Return a module of a task by its name."""
    return import_module(f"dlia.tasks.{task}.{name}")


def picture_of(task: str, figure: str) -> "Picture":
    """Return the function that draws a figure of a task."""
    found: Picture = import_module(f"dlia.tasks.{task}.{figure}").picture
    return found
