"""Training images as the networks see them, with their true class or the true contours."""

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from dlia.data.arrays import Arrays
from dlia.data.boxes import holds_boxes
from dlia.data.class_shares import IGNORED
from dlia.evaluation.balance import samples
from dlia.figures import style
from dlia.figures.class_colours import IGNORED_COLOUR, foreground_colours, rgb

EACH, RANDOM_EACH = 12, 10  # images of a class, side by side
_COLUMNS = 6  # images with a mask, side by side
COUNT = 12
_GAP = 0.04  # inches
ABREAST = (1, 2, 3)  # classes side by side
HIGH = 2.4  # inches of the figure, if possible
SMALLEST, LARGEST = 0.19, 0.45  # inches of an image
_LEGEND, _LINE = 0.06, 0.16  # inches: above the legend, and each of its lines


@style.applied()
def picture(arrays: Arrays, classes: list[str], seed: int | None = None) -> Figure:
    """Draw some training images: one row per class, or images with their true contours.

    Args:
        arrays: The data set.
        classes: Names of the classes.
        seed: Draws random images of every class; without it, the first ones are shown.
    """
    each = EACH if seed is None else RANDOM_EACH
    rows = samples(arrays, classes, each, COUNT, seed)
    images, targets = arrays.images_at(rows), arrays.targets_at(rows)
    if images.shape[-1] == 1:  # a colour map would round some of the levels
        images = np.repeat(images, 3, axis=-1)
    if holds_boxes(targets):
        return _boxes(images, targets, classes)
    if targets.ndim > 1:
        return _contours(images, targets, classes)
    return _lines(images, targets, classes, each)


def _lines(images: np.ndarray, labels: np.ndarray, classes: list[str], each: int) -> Figure:
    label = 0.1 + max(style.text_width(name, style.TEXT) for name in classes)
    shape = images.shape[1] / images.shape[2]
    sizes = {abreast: _cells(len(classes), abreast, label, shape, each) for abreast in ABREAST}
    fitting = [abreast for abreast, (high, _, _) in sizes.items() if high <= HIGH]
    abreast = fitting[0] if fitting else min(sizes, key=lambda number: sizes[number][0])
    height, cell, each = sizes[abreast]
    lines = -(-len(classes) // abreast)
    figure = style.blank(height)
    for number, name in enumerate(classes):
        block, line = divmod(number, lines)
        left, top = block * style.COLUMN / abreast, line * (height + _GAP) / lines
        middle = top + cell * shape / 2
        style.write(figure, left, middle - 0.06, name, fontsize=style.TEXT)
        for column, image in enumerate(images[labels == number][:each]):
            start = left + label + column * (cell + _GAP)
            axes = style.place(figure, start, top, cell, cell * shape)
            axes.imshow(image)
            axes.set_axis_off()
    return figure


def _cells(
    classes: int, abreast: int, label: float, shape: float, each: int
) -> tuple[float, float, int]:
    """Return the height of the figure, the width of an image, and the number of images a class.

    Args:
        classes: The number of classes.
        abreast: How many classes stand side by side.
        label: The width of a name in inches.
        shape: Height of an image by its width.
        each: The largest number of images of a class.
    """
    room = style.COLUMN / abreast - label - 2 * _GAP * (abreast > 1)
    each = max(1, min(each, int(room / (SMALLEST + _GAP))))
    cell = min(room / each - _GAP, LARGEST)
    lines = -(-classes // abreast)
    return lines * max(cell * shape + _GAP, style.TEXT * style.LEADING / 72) - _GAP, cell, each


def _boxes(images: np.ndarray, boxes: np.ndarray, classes: list[str]) -> Figure:
    cell = (style.COLUMN - _GAP * (_COLUMNS - 1)) / _COLUMNS
    high = cell * images.shape[1] / images.shape[2]
    grid = (high + _GAP) * -(-len(images) // _COLUMNS) - _GAP
    colours = foreground_colours(len(classes))
    handles = [
        Line2D([], [], color=colour, label=name)
        for name, colour in zip(classes, colours, strict=True)
    ]
    figure = style.blank(grid + _LEGEND + _LINE * -(-len(handles) // _COLUMNS))
    for number, (image, own) in enumerate(zip(images, boxes, strict=True)):
        line, column = divmod(number, _COLUMNS)
        axes = style.place(figure, column * (cell + _GAP), line * (high + _GAP), cell, high)
        axes.imshow(image)
        draw_boxes(axes, own[own[:, 4] >= 0], colours)
        axes.set_axis_off()
    corner = (0, 1 - (grid + _LEGEND) / figure.get_size_inches()[1])
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=corner, ncols=_COLUMNS)
    return figure


def draw_boxes(axes: Axes, boxes: np.ndarray, colours: list[str], dashed: bool = False) -> None:
    """Draw boxes, (n, 5 or 6) with their class last, each in the colour of its class."""
    for box in boxes:
        corner, sides = (box[0], box[1]), (box[2] - box[0], box[3] - box[1])
        line: Any = (0, (2, 1)) if dashed else "-"
        # A dark line under a light one, so that it is visible on every ground.
        axes.add_patch(Rectangle(corner, *sides, ec=style.BLACK, lw=1.6, fill=False))
        axes.add_patch(
            Rectangle(corner, *sides, ec=colours[int(box[-1])], lw=0.9, ls=line, fill=False)
        )


def _contours(images: np.ndarray, masks: np.ndarray, classes: list[str]) -> Figure:
    cell = (style.COLUMN - _GAP * (_COLUMNS - 1)) / _COLUMNS
    high = cell * images.shape[1] / images.shape[2]
    grid = (high + _GAP) * -(-len(images) // _COLUMNS) - _GAP
    handles = _handles(classes, bool((masks == IGNORED).any()))
    lines = -(-len(handles) // _COLUMNS)
    figure = style.blank(grid + (_LEGEND + _LINE * lines if handles else 0))
    for number, (image, mask) in enumerate(zip(images, masks, strict=True)):
        line, column = divmod(number, _COLUMNS)
        axes = style.place(figure, column * (cell + _GAP), line * (high + _GAP), cell, high)
        axes.imshow(image)
        _draw_classes(axes, mask, len(classes))
        axes.set(xticks=[], yticks=[])
        axes.set_axis_off()
    if handles:
        corner = (0, 1 - (grid + _LEGEND) / figure.get_size_inches()[1])
        figure.legend(handles=handles, loc="upper left", bbox_to_anchor=corner, ncols=_COLUMNS)
    return figure


def _draw_classes(axes: Axes, mask: np.ndarray, classes: int) -> None:
    """Draw the contours of every foreground class, and ignored pixels in grey."""
    ignored = mask == IGNORED
    if ignored.any():
        layer = np.zeros((*mask.shape, 4), dtype=np.uint8)
        layer[ignored] = (*rgb(IGNORED_COLOUR), 255)
        axes.imshow(layer)
    colours = foreground_colours(classes - 1) if classes > 2 else [style.ORANGE]
    for number, colour in enumerate(colours, 1):
        own = mask == number
        if own.any() and not own.all():
            # A dark line under a light one, so that it is visible on every stain.
            axes.contour(own, levels=[0.5], colors=[style.BLACK], linewidths=1.8)
            axes.contour(own, levels=[0.5], colors=[colour], linewidths=0.9)


def _handles(classes: list[str], ignored: bool) -> list[Artist]:
    """Explain the colours; a single foreground class needs no word."""
    handles: list[Artist] = []
    if len(classes) > 2:
        colours = foreground_colours(len(classes) - 1)
        handles += [
            Line2D([], [], color=colour, label=name)
            for name, colour in zip(classes[1:], colours, strict=True)
        ]
    if ignored:
        handles.append(Patch(fc=IGNORED_COLOUR, label="ignored"))
    return handles
