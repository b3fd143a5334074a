"""What depends on what is learnt: one folder for each task, and its modules by their names.

A task's modules are imported when they are asked for: a step needs one of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlia.evaluation.summary import Tables
    from dlia.figures.exercise import Picture
    from dlia.training.measures import Curves


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
