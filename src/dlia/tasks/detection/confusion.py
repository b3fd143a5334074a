"""Confusion matrix of a detector: true classes and "nothing there", predicted ones and "missed"."""

import numpy as np
from matplotlib.figure import Figure

from dlia.data.arrays import Arrays
from dlia.evaluation.predictions import Predictions
from dlia.figures import style
from dlia.tasks.detection.matching import SURE, confusion_counts
from dlia.tasks.detection.tables import MISSED, NOTHING

_NAMES, _CELL_AT_MOST, _SIDE_AT_MOST = 1.25, 0.5, 4.6  # inches
_HEAD, _FOOT = 1.05, 0.5
_DARK = 0.55  # share from which on numbers are white


def picture(predictions: Predictions, trial: int, arrays: Arrays, classes: list[str]) -> Figure:
    """Draw the confusion matrix of one trial of a variant."""
    truth = arrays.targets_at(arrays.rows("test"))
    return box_confusion(confusion_counts(predictions.logits[trial], truth, len(classes)), classes)


@style.applied()
def box_confusion(counts: np.ndarray, classes: list[str]) -> Figure:
    """Draw the counts; the colour is the share of the true class, of "nothing there" none.

    Args:
        counts: (classes + 1, classes + 1), as ``confusion_counts`` gives them.
        classes: Their names.
    """
    number = len(counts)
    cell = min(_CELL_AT_MOST, _SIDE_AT_MOST / number)
    side = cell * number
    figure = style.blank(_HEAD + side + _FOOT)
    axes = style.place(figure, _NAMES, _HEAD, side, side)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    shares[-1] = 0
    edges = np.arange(number + 1)
    axes.pcolormesh(edges, edges, shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.argwhere(counts):
        look = "white" if shares[row, column] > _DARK else style.BLACK
        text = f"{counts[row, column]:,}"
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=look,
                  fontsize=min(style.SMALL, 60 * cell / max(len(text), 3)))  # fmt: skip
    axes.axhline(number - 1, color=style.GREY, lw=0.8)
    axes.axvline(number - 1, color=style.GREY, lw=0.8)
    middle = np.arange(number) + 0.5
    axes.set_xticks(middle, [*classes, MISSED], rotation=90)
    axes.set_yticks(middle, [*classes, NOTHING])
    axes.xaxis.tick_top()
    axes.set(ylim=(number, 0), ylabel="true class")
    axes.set_title("predicted class", fontsize=style.TEXT)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(True)
    note = (
        f"Boxes with a score of {SURE} or more; a pair has an IoU of 0.5 or more, whatever its "
        "classes. Colour: share of the true class."
    )
    lines = "\n".join(style.wrap(note, style.COLUMN - 0.2))
    style.write(figure, 0, _HEAD + side + 0.12, lines, color=style.GREY)
    return figure
