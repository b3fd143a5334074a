"""Precision of the predicted boxes at every recall, for each class."""

import numpy as np
from matplotlib.figure import Figure

from dlia.data.arrays import Arrays
from dlia.evaluation.predictions import Predictions
from dlia.figures import style
from dlia.figures.class_colours import foreground_colours
from dlia.tasks.detection.average_precision import (
    RECALLS,
    AveragePrecision,
    average_precision,
    mean_of_classes,
)

_LEFT, _TOP, _WIDTH, _HEIGHT, _FOOT = 0.55, 0.15, 3.6, 3.0, 0.45  # inches


def picture(predictions: Predictions, trial: int, arrays: Arrays, classes: list[str]) -> Figure:
    """Draw the curves of one trial of a variant."""
    truth = arrays.targets_at(arrays.rows("test"))
    measured = average_precision(predictions.logits[trial], truth, len(classes))
    return precision_recall(measured, classes)


@style.applied()
def precision_recall(measured: AveragePrecision, classes: list[str]) -> Figure:
    """Draw a line for each class that has a true box, at an IoU of 0.5.

    Args:
        measured: What was measured.
        classes: Their names.
    """
    figure = style.blank(max(_TOP + _HEIGHT + _FOOT, 0.4 + 0.17 * len(classes)))
    axes = style.place(figure, _LEFT, _TOP, _WIDTH, _HEIGHT)
    for number, colour in enumerate(foreground_colours(len(classes))):
        known = not np.isnan(measured.ap50[number])
        value = f"{measured.ap50[number]:.3f}" if known else "no box in the test part"
        curve = measured.precision[:, number] if known else np.full(len(RECALLS), np.nan)
        axes.plot(RECALLS, curve, color=colour, label=f"{classes[number]}: {value}")
    mean = mean_of_classes(measured.ap50)
    axes.set(
        xlim=(0, 1), ylim=(0, 1.02), xlabel="recall", ylabel="precision (highest from here on)"
    )
    title = f"AP50, mean {mean:.3f}" if not np.isnan(mean) else "no true box"
    axes.legend(loc="upper left", bbox_to_anchor=(1.03, 1), title=title, alignment="left")
    return figure
