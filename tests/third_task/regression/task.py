"""Regression of one number: each class is a number, and the prediction their mean."""

from dlia.study.part_names import CURVE_PARTS, TEST
from dlia.study.quantities import Quantity
from dlia.study.task import Task

TASK = Task(
    name="regression",
    package=__package__,
    metric="r2",
    targets="labels",
    per_pixel=False,
    tables=("r2",),
    per_trial="r2",
    reported=("r2",),
    quantities={"r2": Quantity("coefficient of determination", "ratio", (TEST, *CURVE_PARTS))},
    pictures={"scatter": "Predicted against true numbers of {}."},
    picture_of_best_only=True,
    layouts={"class_folders": "digits"},
    balance_caption="Images of each number, and their share of the part.",
    samples_caption="Training images of every number.",
)
