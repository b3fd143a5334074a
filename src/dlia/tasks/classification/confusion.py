"""Confusion matrix of a network."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.figure import Figure

from dlia.data.arrays import Arrays
from dlia.evaluation.predictions import Predictions
from dlia.figures import style
from dlia.tasks.classification.pairs import count_pairs
from dlia.tasks.classification.side_by_side import are_narrow

COUNTS_UP_TO = 20  # classes; beyond, a cell is too small for a number
_NAMES = 0.21  # of the width of the figure, at most for the name of a class
TITLE, GAP, ACCURACY, TOTAL, BAR, TICKS = 0.22, 0.06, 0.52, 0.28, 0.1, 0.26  # inches
_SMALLEST = 6.5  # points
# The lightest colour is clearly not white, so that a single mistake is visible.
MISTAKES = LinearSegmentedColormap.from_list("mistakes", ["#F9D9C2", style.VERMILLION, "#4A1F00"])
NEUTRAL = "#E6E6E6"
CORNERS = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])


def picture(predictions: Predictions, trial: int, arrays: Arrays, classes: list[str]) -> Figure:
    """Draw the confusion matrix of one trial of a variant on the test images or their pixels."""
    truth, predicted = arrays.targets_at(arrays.rows("test")), predictions.classes(trial)
    counts = count_pairs(truth.ravel(), predicted.ravel(), len(classes))
    return confusion(counts, classes, style.HALF if are_narrow(classes) else style.COLUMN)


@style.applied()
def confusion(counts: np.ndarray, classes: list[str], wide: float = style.COLUMN) -> Figure:
    """Draw a confusion matrix in which the mistakes are coloured.

    Args:
        counts: Number of images or pixels of each pair, (K, K); rows are the true classes.
        classes: The K names of the classes.
        wide: The width of the figure in inches.

    Returns:
        The matrix, and to its right the accuracy of every class and in total.
    """
    number = len(classes)
    side = min(0.8 * number, 3.1 + 0.13 * max(number - 10, 0), 5.3)
    size = min(style.SMALL, 0.75 * 72 * side / number)
    names = [_shortened(name, size, _NAMES * wide) for name in classes]
    widest = max(style.text_width(name, size) for name in names)
    side = min(side, wide - TITLE - widest - GAP - ACCURACY)
    cell = side / number
    left = TITLE + widest + GAP
    left += (wide - left - side - ACCURACY) / 2
    upright = widest > 0.85 * cell
    top = TITLE + GAP + max(widest if upright else 0.0, 0.28)

    shares = _mistakes(counts)
    notes = style.wrap(_note(counts, shares), wide - 0.3)
    bar = TOTAL + BAR + TICKS if shares.any() else TOTAL
    figure = style.blank(top + side + bar + 0.14 * len(notes) + 0.04, wide)
    axes = style.place(figure, left, top, side, side)
    _matrix(axes, shares)
    if number <= COUNTS_UP_TO:
        _annotate(axes, counts, shares, cell)
    _name(axes, names, size, upright)
    middle = left + side / 2
    style.write(figure, middle, 0.04, "predicted class", ha="center", fontsize=style.TEXT)
    beside = (-(GAP + widest + 0.12) / side, 0.5)
    axes.text(
        *beside, "true class", transform=axes.transAxes, rotation=90, ha="center", va="center"
    )
    _accuracies(figure, counts, left + side, top, cell, size)
    if shares.any():
        _bar(figure, _scale(shares), left, top + side + TOTAL, side)
    style.write(figure, 0, top + side + bar, "\n".join(notes), color=style.GREY)
    return figure


def _shortened(name: str, size: float, most: float) -> str:
    kept = name
    while style.text_width(name, size) > most:
        kept = kept[:-1].rstrip()
        name = f"{kept}\N{HORIZONTAL ELLIPSIS}"
    return name


def _mistakes(counts: np.ndarray) -> np.ndarray:
    """Return the share of each true class predicted as each other one, (K, K), in per cent."""
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    np.fill_diagonal(shares, 0.0)
    return np.asarray(shares)


def _scale(shares: np.ndarray) -> PowerNorm:
    """Choose a scale up to the next of 1, 2, 5, 10 ... that grows fast near zero."""
    largest = float(shares.max())
    decade = 10 ** np.floor(np.log10(largest))
    # Not exactly, because 100 * 0.002 is a little more than 0.2.
    end = next(step * decade for step in (1, 2, 5, 10) if step * decade >= largest * (1 - 1e-9))
    return PowerNorm(0.5, 0.0, float(end))


def _matrix(axes: Axes, shares: np.ndarray) -> None:
    number = len(shares)
    axes.set(xlim=(-0.5, number - 0.5), ylim=(number - 0.5, -0.5))
    axes.grid(visible=False)
    axes.spines[:].set_visible(True)
    thin = 0.4 if number <= COUNTS_UP_TO else 0.2
    for between in np.arange(number - 1) + 0.5:
        axes.axhline(between, color=style.PALE, linewidth=thin)
        axes.axvline(between, color=style.PALE, linewidth=thin)
    mistakes = np.argwhere(shares)
    colours = [NEUTRAL] * number
    if len(mistakes):
        colours += list(MISTAKES(_scale(shares)(shares[tuple(mistakes.T)])))
    centers = [*np.argwhere(np.eye(number)), *mistakes]
    # As outlines and not as an image: some readers of PDF blur the pixels of an image.
    outlines = [np.array([column, row]) + CORNERS for row, column in centers]
    axes.add_collection(PolyCollection(outlines, fc=colours, ec=style.PALE, lw=thin))


def _annotate(axes: Axes, counts: np.ndarray, shares: np.ndarray, cell: float) -> None:
    shown = [(row, column) for row, column in np.argwhere(counts)]
    mistakes = [(row, column) for row, column in shown if row != column]
    # Where cells are small, the share of correct ones beside the matrix stands for their count.
    for places, write in ((shown, _grouped), (shown, _brief), (mistakes, _brief)):
        texts = [write(int(counts[place])) for place in places]
        if (size := _fitting(texts, cell)) >= _SMALLEST:
            break
    else:
        return
    for (row, column), text in zip(places, texts, strict=True):
        share = shares[row, column]
        dark = share > 0 and _is_dark(MISTAKES(_scale(shares)(share)))
        look: dict[str, Any] = {"color": "white" if dark else "black", "fontsize": size}
        axes.text(column, row, text, ha="center", va="center_baseline", **look)


def _fitting(texts: list[str], width: float) -> float:
    """Return the size in points at which all ``texts`` fit into cells of ``width`` inches."""
    widest = max((style.text_width(text) for text in texts), default=width)
    return style.SMALL * min(1.0, 0.92 * width / widest)


def _grouped(count: int) -> str:
    return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}") if count >= 10_000 else str(count)


def _brief(count: int) -> str:
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if count >= size:
            return f"{count / size:.{1 if count < 9.95 * size else 0}f}{unit}"
    return str(count)


def _is_dark(colour: tuple[float, float, float, float]) -> bool:
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2] < 0.5


def _name(axes: Axes, names: list[str], size: float, upright: bool) -> None:
    axes.set_xticks(range(len(names)), names, rotation=90 if upright else 0)
    axes.set_yticks(range(len(names)), names)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, pad=72 * GAP / 2, labelsize=size)


def _accuracies(
    figure: Figure, counts: np.ndarray, left: float, top: float, cell: float, size: float
) -> None:
    middle = left + ACCURACY / 2
    style.write(figure, middle, top - 0.3, "accuracy\n(%)", ha="center")
    sums, hits = counts.sum(axis=1), counts.diagonal()
    for row, (hit, of) in enumerate(zip(hits, sums, strict=True)):
        center = top + cell * (row + 0.5)
        text = _per_cent(int(hit), int(of))
        style.write(figure, middle, center - 0.4 * size / 72, text, ha="center", fontsize=size)
    below = top + cell * len(counts) + GAP
    total = _per_cent(int(hits.sum()), int(sums.sum()), digits=2)
    style.write(figure, left - GAP, below, "in total", ha="right")
    style.write(figure, middle, below, total, ha="center", fontweight="bold")


def _per_cent(hits: int, of: int, digits: int = 1) -> str:
    """Return a percentage that is rounded to 100 or 0 only if it is exact."""
    if of == 0:
        return "\N{EN DASH}"
    text, least = f"{100 * hits / of:.{digits}f}", 10.0**-digits
    if float(text) == 100 and hits < of:
        return f">{100 - least:.{digits}f}"
    return f"<{least:.{digits}f}" if float(text) == 0 and hits else text


def _bar(figure: Figure, scale: PowerNorm, left: float, top: float, width: float) -> None:
    axes = style.place(figure, left, top, width, BAR)
    steps = np.linspace(0.0, 1.0, 65)
    colours = (steps[np.newaxis, 1:] + steps[np.newaxis, :-1]) / 2
    # Edges in the colours of the faces close the seams between the steps.
    axes.pcolormesh(steps, [0.0, 1.0], colours, cmap=MISTAKES, vmin=0, vmax=1, edgecolors="face")
    # A step on the bar is the square root of its share.
    end = float(scale.vmax or 1.0)
    ticks = [0.0, 0.1 * end, 0.4 * end, end]
    axes.set_xticks(scale(ticks), [f"{tick:.3g} %" for tick in ticks])
    axes.set(xlim=(0, 1), ylim=(0, 1), yticks=[])
    axes.grid(visible=False)
    axes.spines[:].set_visible(True)


def _note(counts: np.ndarray, shares: np.ndarray) -> str:
    note = "No mistakes. "
    if shares.any():
        note = (
            "Colour: share of the true class that was mistaken for the predicted one, on a"
            " square-root scale; white: none; grey: correct. "
        )
    if (counts.sum(axis=1) == 0).any():
        note += "\N{EN DASH}: the class does not occur in the test part."
    return note
