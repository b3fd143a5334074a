"""Predicted against true numbers."""

from dlia.tasks.regression.numbers import expected
from matplotlib.figure import Figure

from dlia.data.arrays import Arrays
from dlia.evaluation.predictions import Predictions
from dlia.figures import style


def picture(predictions: Predictions, trial: int, arrays: Arrays, classes: list[str]) -> Figure:
    """Draw the test images of one trial as points."""
    figure = style.blank(3)
    axes = style.place(figure, 0.6, 0.3, 3, 2.2)
    truth = arrays.targets_at(arrays.rows("test"))
    axes.plot(truth, expected(predictions.logits[trial].astype(float)), ".")
    axes.set(xlabel="true number", ylabel="predicted number")
    return figure
