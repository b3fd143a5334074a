"""Training images as the networks see them, with their true class or the true contour."""

import numpy as np
from matplotlib.figure import Figure

from dlia.data.arrays import Arrays
from dlia.evaluation.balance import samples
from dlia.figures import style

EACH = 12  # images of a class, side by side
_COLUMNS = 6  # images with a mask, side by side
COUNT = 12
_GAP = 0.04  # inches


@style.applied()
def picture(arrays: Arrays, classes: list[str]) -> Figure:
    """Draw some training images: one row per class, or images with their true contours.

    Args:
        arrays: The data set.
        classes: Names of the classes.
    """
    rows = samples(arrays, classes, EACH, COUNT)
    images, targets = arrays.images_at(rows), arrays.targets_at(rows)
    if images.shape[-1] == 1:  # a colour map would round some of the levels
        images = np.repeat(images, 3, axis=-1)
    return _lines(images, targets, classes) if targets.ndim == 1 else _contours(images, targets)


def _lines(images: np.ndarray, labels: np.ndarray, classes: list[str]) -> Figure:
    label = 0.1 + 0.07 * max(map(len, classes))
    cell = (style.COLUMN - label - _GAP * (EACH - 1)) / EACH
    high = cell * images.shape[1] / images.shape[2]
    figure = style.blank((high + _GAP) * len(classes) - _GAP)
    for line, name in enumerate(classes):
        top = line * (high + _GAP)
        style.write(figure, 0, top + high / 2 - 0.06, name, fontsize=style.TEXT)
        for column, image in enumerate(images[labels == line]):
            axes = style.place(figure, label + column * (cell + _GAP), top, cell, high)
            axes.imshow(image)
            axes.set_axis_off()
    return figure


def _contours(images: np.ndarray, masks: np.ndarray) -> Figure:
    cell = (style.COLUMN - _GAP * (_COLUMNS - 1)) / _COLUMNS
    high = cell * images.shape[1] / images.shape[2]
    figure = style.blank((high + _GAP) * -(-len(images) // _COLUMNS) - _GAP)
    for number, (image, mask) in enumerate(zip(images, masks, strict=True)):
        line, column = divmod(number, _COLUMNS)
        axes = style.place(figure, column * (cell + _GAP), line * (high + _GAP), cell, high)
        axes.imshow(image)
        if mask.any() and not mask.all():
            # A dark line under a light one, so that it is visible on every stain.
            axes.contour(mask, levels=[0.5], colors=[style.BLACK], linewidths=1.8)
            axes.contour(mask, levels=[0.5], colors=[style.ORANGE], linewidths=0.9)
        axes.set(xticks=[], yticks=[])
        axes.set_axis_off()
    return figure
