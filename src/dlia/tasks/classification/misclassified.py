"""Misclassified test images, the most confident mistakes first."""

import numpy as np
from matplotlib.figure import Figure

from dlia.data.arrays import Arrays
from dlia.evaluation.predictions import Predictions
from dlia.figures import style
from dlia.tasks.classification.side_by_side import are_narrow

_COLUMNS, _COLUMNS_OF_HALF = 6, 4
_GAP = 0.1  # inches between cells
HEAD, LINE = 0.14, 0.14  # inches: above the images, and of a line of the heading


def picture(predictions: Predictions, trial: int, arrays: Arrays, classes: list[str]) -> Figure:
    """Draw the most confident mistakes of one trial of a variant."""
    rows = arrays.rows("test")
    truth, predicted = arrays.targets_at(rows), predictions.classes(trial)
    wrong = np.flatnonzero(truth != predicted)
    # Confident networks give many mistakes a probability of exactly 1; logits still rank them.
    ranked = np.sort(predictions.logits[trial][wrong], axis=1)
    wrong = wrong[np.argsort(ranked[:, -2] - ranked[:, -1], kind="stable")]
    return misclassified(
        arrays.images[rows[wrong]],
        truth[wrong],
        predicted[wrong],
        predictions.probabilities(trial)[wrong, predicted[wrong]],
        classes,
        wide=style.HALF if are_narrow(classes) else style.COLUMN,
    )


@style.applied()
def misclassified(
    images: np.ndarray,
    truth: np.ndarray,
    predicted: np.ndarray,
    probability: np.ndarray,
    classes: list[str],
    limit: int = 12,
    wide: float = style.COLUMN,
) -> Figure:
    """Draw the ``limit`` most confident mistakes, the most confident first.

    Args:
        images: All misclassified images, (n, H, W) or (n, H, W, 3), uint8.
        truth: True class of each, (n,), an index into ``classes``.
        predicted: Predicted class of each, (n,), an index into ``classes``.
        probability: Predicted probability of the predicted class, (n,), 0..1.
        classes: The names of the classes.
        limit: How many images to show at most.
        wide: The width of the figure in inches.

    Returns:
        A grid of images, each with its true and its predicted class.
    """
    if len(images) == 0:
        return style.message("No test image was misclassified.")
    # Stable, so that equally confident mistakes keep the order of the test set.
    shown = np.argsort(-np.asarray(probability), kind="stable")[:limit]
    columns = _COLUMNS if wide > style.HALF else _COLUMNS_OF_HALF
    cell = (wide - _GAP * (columns - 1)) / columns
    captions = [
        style.wrap(f"true {classes[int(truth[i])]},", cell)
        + style.wrap(f"as {classes[int(predicted[i])]} ({probability[i]:.2f})", cell)
        for i in shown
    ]
    high = cell * min(images.shape[1] / images.shape[2], 1.0)
    pitch = high + style.SMALL * style.LEADING / 72 * max(map(len, captions)) + 0.14
    # Grey images are drawn as RGB, because a colour map would round some of the levels.
    coloured = images if images.ndim == 4 else np.stack([images] * 3, axis=-1)
    heading = style.wrap(_heading(len(shown), len(images)), wide)
    head = HEAD + LINE * len(heading)
    figure = style.blank(head + pitch * -(-len(shown) // columns), wide)
    style.write(figure, 0, 0.04, "\n".join(heading))
    for place, (index, caption) in enumerate(zip(shown, captions, strict=True)):
        row, column = divmod(place, columns)
        left, top = column * (cell + _GAP), head + row * pitch
        axes = style.place(figure, left, top, cell, high)
        axes.imshow(coloured[index])
        axes.set_axis_off()
        style.write(figure, left + cell / 2, top + high + 0.04, "\n".join(caption), ha="center")
    return figure


_BELOW = "below each its true class, and the predicted one with its probability"


def _heading(shown: int, total: int) -> str:
    if total == 1:
        return f"The only misclassified test image; {_BELOW}."
    count = f"All {total}" if shown == total else f"{shown} of the {total}"
    return f"{count} misclassified test images, the most confident first; {_BELOW}."
