"""Test photographs with the true boxes and the predicted ones, some of every class."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from dlia.data.arrays import Arrays
from dlia.evaluation.predictions import Predictions
from dlia.figures import style
from dlia.figures.class_colours import foreground_colours
from dlia.figures.samples import draw_boxes
from dlia.tasks.detection.matching import SURE, filled, matched

_EACH, _MOST = 2, 16  # photographs of a class, and in all
_COLUMNS, _GAP = 4, 0.08  # inches
_HEAD, _FOOT, _LINE, _CAPTION = 0.2, 0.1, 0.16, 0.3  # inches
_SEED = 0


def picture(predictions: Predictions, trial: int, arrays: Arrays, classes: list[str]) -> Figure:
    """Draw test photographs that are drawn at random for every class, for one trial."""
    rows = arrays.rows("test")
    truth = arrays.targets_at(rows)
    chosen = drawn(truth, len(classes))
    images = arrays.images_at(rows[chosen])
    if images.shape[-1] == 1:
        images = np.repeat(images, 3, axis=-1)
    found = predictions.logits[trial][chosen]
    return detections_of(images, truth[chosen], found, classes)


def drawn(truth: np.ndarray, classes: int) -> np.ndarray:
    """Draw ``_EACH`` images of every class, the same for all variants, and at most ``_MOST``."""
    generator = np.random.default_rng(_SEED)
    chosen: list[int] = []
    for number in range(classes):
        own = np.flatnonzero((truth[..., 4] == number).any(axis=1))
        free = np.setdiff1d(own, chosen)
        chosen += generator.permutation(free)[:_EACH].tolist()
    return np.array(sorted(generator.permutation(chosen)[:_MOST]), dtype=np.int64)


@style.applied()
def detections_of(
    images: np.ndarray, truth: np.ndarray, found: np.ndarray, classes: list[str]
) -> Figure:
    """Draw photographs: true boxes dashed, predicted ones solid, in the colours of the classes.

    Args:
        images: (n, H, W, 3), uint8.
        truth: (n, places, 5).
        found: (n, places, 6); boxes of a score below ``SURE`` are not drawn.
        classes: Their names.
    """
    if not len(images):
        return style.message("There is no test photograph with a box.")
    colours = [*foreground_colours(len(classes)), style.SILVER]
    cell = (style.COLUMN - _GAP * (_COLUMNS - 1)) / _COLUMNS
    high = cell * images.shape[1] / images.shape[2]
    pitch = high + _CAPTION
    lines = -(-(len(classes) + 2) // 6)
    grid = _HEAD + pitch * -(-len(images) // _COLUMNS)
    figure = style.blank(grid + _FOOT + _LINE * lines)
    note = f"Dashed: true boxes. Solid: predicted boxes with a score of {SURE} or more."
    style.write(figure, 0, 0.02, note, color=style.GREY)
    for number, image in enumerate(images):
        line, column = divmod(number, _COLUMNS)
        left, top = column * (cell + _GAP), _HEAD + line * pitch
        axes = style.place(figure, left, top, cell, high)
        axes.imshow(image)
        true, sure = filled(truth[number]), filled(found[number])
        sure = sure[sure[:, 4] >= SURE]
        right = len(matched(sure, true, same_class=True).true)
        draw_boxes(axes, true, colours, dashed=True)
        draw_boxes(axes, np.minimum(sure, [*[np.inf] * 5, len(classes)]), colours)
        axes.set(xlim=(-0.5, image.shape[1] - 0.5), ylim=(image.shape[0] - 0.5, -0.5))
        axes.set_axis_off()
        said = f"{right} of {len(true)} found"
        extra = len(sure) - right
        style.write(figure, left, top + high + 0.03, said + (f", {extra} others" if extra else ""))
    handles = [
        Line2D([], [], color=colour, label=name)
        for name, colour in zip(classes, colours, strict=False)
    ]
    corner = (0, 1 - grid / figure.get_size_inches()[1])
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=corner, ncols=6)
    return figure
