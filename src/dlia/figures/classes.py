"""Training and validation results of all variants, class by class, beside reported values."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import AutoMinorLocator, MaxNLocator

from dlia.figures import style
from dlia.figures.parts import (
    FOOT,
    HEAD,
    LINE,
    RIGHT,
    ROW,
    TITLE,
    best_first,
    dots_look,
    draw_rows,
    legend_of_parts,
    note_on_trials,
    wrapped_names,
)

BESIDE, GAP = 3, 0.15  # panels, inches
MOST_TICKS, FEWEST_TICKS, APART = 7, 3, 0.1  # and inches between their labels


@style.applied()
def dots_by_class(table: pd.DataFrame, classes: list[str], metric: str) -> Figure:
    """Draw a panel per class with a row per variant, the best on validation first.

    Args:
        table: Columns variant, class, part, trials, mean, low, high, reported_value (numbers or
            nan), status; no row with a value if nothing is measured on these parts.
        classes: Names of the classes.
        metric: accuracy or dice.

    Returns:
        The means over the trials on each part as dots with intervals, reported values as marks.
    """
    if table.empty:
        return style.message("There are no curves of single classes.")
    factor, label = style.metric_axis(metric)
    order = best_first(table)
    left, names = wrapped_names(table, order)
    beside = min(BESIDE, len(classes))
    width = (style.COLUMN - left - RIGHT - GAP * (beside - 1)) / beside
    height, lines = ROW * len(order), -(-len(classes) // beside)
    notes = style.wrap(note_on_trials(table, "dot", "95 % interval"), style.COLUMN - left - RIGHT)
    bottom = HEAD + lines * (TITLE + height + FOOT)
    figure = style.blank(bottom + LINE * len(notes))
    panels = []
    for place, name in enumerate(classes):
        line, column = divmod(place, beside)
        top = HEAD + line * (TITLE + height + FOOT)
        start = left + column * (width + GAP)
        style.write(figure, start, top, name, fontsize=style.TEXT, fontweight="bold")
        axes = style.place(figure, start, top + TITLE, width, height)
        draw_rows(axes, table[table["class"] == name], order, factor)
        axes.set_yticks(range(len(order)), names)
        axes.tick_params(axis="y", length=0, labelsize=style.TEXT, labelleft=column == 0)
        axes.set_xlabel(label, labelpad=2)
        panels.append(axes)
    ends = [axes.get_xlim() for axes in panels]
    for axes in panels:
        axes.set_xlim(min(low for low, _ in ends), max(high for _, high in ends))
        _set_ticks(axes, width)
    legend_of_parts(figure, table, left, dots_look(table))
    style.write(figure, left, bottom, "\n".join(notes), color=style.GREY)
    return figure


def _set_ticks(axes: Axes, width: float) -> None:
    """Set as many ticks as have room for their labels, with smaller ones halfway between."""
    low, high = axes.get_xlim()
    for count in range(MOST_TICKS, FEWEST_TICKS - 1, -1):
        locator = MaxNLocator(count, steps=style.STEPS)
        ticks = [tick for tick in locator.tick_values(low, high) if low <= tick <= high]
        labels = max(style.text_width(f"{tick:g}", style.SMALL) for tick in ticks)
        if (labels + APART) * len(ticks) <= width:
            break
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_minor_locator(AutoMinorLocator(2))
