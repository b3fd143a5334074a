"""Results of all trials of all variants, with reported values and baselines."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from dlia.figures import style

ROW, BREAK, HEAD, FOOT, LINE = 0.5, 0.14, 0.32, 0.46, 0.15  # inches
NAMES = 1.7  # inches for the names of the variants
FAILED_WIDTH = 0.22  # share of the width for failed trials when the axis is broken
LOOKS: dict[str, dict[str, Any]] = {
    "ok": {"marker": "o", "mfc": style.BLUE, "mec": "white", "mew": 0.4, "ms": 5},
    "collapsed": {"marker": "o", "mfc": "white", "mec": style.VERMILLION, "mew": 1.1, "ms": 4.4},
    "diverged": {"marker": "x", "mec": style.BLACK, "mew": 1.1, "ms": 4.4},
}
# Vertical offsets within a row, so that no label covers a point.
LANES = {"reported": -0.36, "diverged": -0.36, "collapsed": 0.35}
MEAN: dict[str, Any] = {"mec": style.BLACK, "marker": "|", "ms": 19, "mew": 1.5}
REPORTED: dict[str, Any] = {"marker": "D", "mfc": style.ORANGE, "mec": "black", "mew": 0.6, "ms": 4}
SLASH: dict[str, Any] = {
    "marker": [(-0.5, -1), (0.5, 1)], "ms": 7, "mec": style.GREY, "mew": 0.8, "clip_on": False,
}  # fmt: skip
_REFERENCE: dict[str, Any] = {"color": style.GREY, "linestyle": ":", "linewidth": 1.1}

Spans = list[tuple[float, float]]  # lowest and highest value of the pieces of the axis


@style.applied()
def trials(
    values: pd.DataFrame,
    metric: str,
    reported: Mapping[str, Sequence[float]],
    references: dict[str, float],
) -> Figure:
    """Draw one row per variant, with every trial in it.

    Args:
        values: Columns variant, trial, value and status (ok, collapsed or diverged).
        metric: Name of the metric; accuracy is shown in per cent.
        reported: The reported values of each variant that has any: one, or that of every run.
        references: Values of the baselines, by name.

    Returns:
        Trials as points, their mean as a tick, reported values as diamonds, baselines as lines.
    """
    factor, label = style.metric_axis(metric)
    table = values.assign(value=values["value"].astype(float) * factor)
    printed = {name: [value * factor for value in of] for name, of in reported.items()}
    all_printed = [value for of in printed.values() for value in of]
    levels = {
        f"{name.replace('_', ' ')}: {style.metric_in_words(metric, value)}": value * factor
        for name, value in references.items()
    }
    spans = axis_spans(table, all_printed, levels.values(), smallest=0.005 * factor)
    means = table[np.isfinite(table["value"])].groupby("variant")["value"].mean()
    off = [name for name, x in levels.items() if not _within(spans, x)]
    notes = [f"{name} (off the axis)" for name in off] + [
        f"mean of {name}: {style.metric_in_words(metric, x / factor)} "
        "(between the pieces of the axis)"
        for name, x in means.items()
        if not _within(spans, x)
    ]

    variants = list(dict.fromkeys([*table["variant"], *printed]))
    names = [style.wrap(name, NAMES, style.TEXT) for name in variants]
    left = 0.14 + max(style.text_width(line, style.TEXT) for name in names for line in name)
    right = 0.12 if np.isfinite(table["value"]).all() else 0.95
    places = _places(spans, left, right)
    tags = _stacked({n: x for n, x in levels.items() if n not in off}, spans, places)
    head = HEAD + LINE * max([1 + tier for *_, tier in tags], default=0)
    rows_high = ROW * len(variants)
    figure = style.blank(head + rows_high + FOOT + LINE * len(notes))
    panels = [style.place(figure, start, head, width, rows_high) for start, width in places]
    _frame(panels, spans, names)
    for text, x, where, tier in tags:
        _at(panels, x).axvline(x, zorder=1, **_REFERENCE)
        style.write(figure, where, head - LINE * (1 + tier), text, color=style.GREY)
    for row, variant in enumerate(variants):
        _trials(panels, row, table[table["variant"] == variant])
        if variant in means and _within(spans, means[variant]):
            _at(panels, means[variant]).plot([means[variant]], [row], zorder=2, **MEAN)
        for x in (found := sorted(printed.get(variant, []))):
            axes = _at(panels, x)
            axes.plot([x], [row + LANES["reported"]], zorder=4, **REPORTED)
            if x == found[-1]:
                text = "reported" if len(found) == 1 else f"reported, {len(found)} runs"
                style.caption(axes, found[0], row + LANES["reported"], text, beside=True, to=x)
    below, middle = head + rows_high, (left + style.COLUMN - right) / 2
    style.write(figure, middle, below + 0.22, label, ha="center", fontsize=style.TEXT)
    style.write(figure, left, below + FOOT, "\n".join(notes), color=style.GREY)
    _legend(figure, left)
    return figure


def axis_spans(
    table: pd.DataFrame, reported: Iterable[float], references: Iterable[float], smallest: float
) -> Spans:
    """Choose the ranges of the horizontal axis, from left to right.

    Failed trials far below the others get a separate piece of the axis, so that differences between
    the other trials stay visible. A baseline is included only if it does not compress a piece.

    Args:
        table: The trials, with the columns value and status.
        reported: Reported values.
        references: Values of the baselines.
        smallest: The smallest range of a piece.

    Returns:
        The lowest and the highest value of each of the one or two pieces.
    """
    finite = table[np.isfinite(table["value"])]
    good = [*finite["value"][finite["status"] == "ok"], *reported]
    failed = list(finite["value"][finite["status"] != "ok"])
    groups = [good + failed or list(references) or [0.0]]
    if good and failed and max(good) - min(good) < 0.05 * (max(good) - min(good + failed)):
        near = [x for x in failed if x >= min(good) - 2 * (max(good) - min(good)) - smallest]
        groups = [[x for x in failed if x not in near], good + near]
    return [_widened(group, references, smallest) for group in groups if group]


def _widened(
    group: Sequence[float], references: Iterable[float], smallest: float
) -> tuple[float, float]:
    low, high = min(group), max(group)
    # No accuracy is below zero: an axis of its smallest range begins there at the lowest.
    low = max(min(low, (low + high - smallest) / 2), min(low, 0.0))
    high = max(high, low + smallest)
    core = high - low
    for reference in sorted(references, key=lambda x: max(low - x, x - high)):
        if max(high, reference) - min(low, reference) <= 2 * core:
            low, high = min(low, reference), max(high, reference)
    pad = 0.07 * (high - low)
    return low - pad, high + pad


def _places(spans: Spans, left: float, right: float) -> list[tuple[float, float]]:
    """Return the left edge and the width of each piece of the axis, in inches."""
    inner = style.COLUMN - left - right
    if len(spans) == 1:
        return [(left, inner)]
    first = FAILED_WIDTH * inner
    return [(left, first), (left + first + BREAK, inner - first - BREAK)]


def _frame(panels: list[Axes], spans: Spans, names: list[list[str]]) -> None:
    texts = ["\n".join(name) for name in names]
    for axes, span in zip(panels, spans, strict=True):
        ticks = max(2, int(axes.get_position().width * style.COLUMN / 0.6))
        axes.xaxis.set_major_locator(MaxNLocator(ticks, steps=style.STEPS))
        axes.set_xlim(span)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_yticks(range(len(names)), texts if axes is panels[0] else [""] * len(names))
        axes.tick_params(axis="y", length=0, labelsize=style.TEXT)
        axes.grid(visible=False, axis="y")
        for between in range(1, len(names)):
            axes.axhline(between - 0.5, color=style.PALE, linewidth=0.6, zorder=0.5)
        axes.spines["left"].set_visible(axes is panels[0])
    for before, after in pairwise(panels):
        before.plot([1], [0], transform=before.transAxes, **SLASH)
        after.plot([0], [0], transform=after.transAxes, **SLASH)


def _within(spans: Spans, x: float) -> bool:
    return any(low <= x <= high for low, high in spans)


def _at(panels: list[Axes], x: float) -> Axes:
    """Return the panel that shows ``x``."""
    return next(axes for axes in panels if axes.get_xlim()[0] <= x <= axes.get_xlim()[1])


def _trials(panels: list[Axes], row: int, table: pd.DataFrame) -> None:
    # Multiples of the golden ratio keep neighbours apart without looking like a trend.
    table = table.sort_values("value", kind="stable")
    table = table.assign(y=row + 0.36 * ((np.arange(len(table)) + 1) * 0.618034 % 1 - 0.5))
    finite = np.isfinite(table["value"])
    for x, y, status in table.loc[finite, ["value", "y", "status"]].itertuples(index=False):
        _at(panels, x).plot([x], [y], linestyle="none", zorder=3, **LOOKS[status])
    for status, group in table[finite & (table["status"] != "ok")].groupby("status"):
        for axes in panels:
            low, high = axes.get_xlim()
            here = group["value"][group["value"].between(low, high)]
            text = _count(len(here), str(status))
            if len(here):
                style.caption(axes, here.mean(), row + LANES[str(status)], text)
    # Trials without a value are drawn beyond the end of the axis.
    edge, beside = panels[-1], panels[-1].get_yaxis_transform()
    for status, group in table[~finite].groupby("status"):
        look = {**LOOKS[str(status)], "clip_on": False, "transform": beside, "ls": "none"}
        edge.plot(np.full(len(group), 1.03), group["y"], **look)
        text = _count(len(group), str(status))
        edge.text(1.05, row, f" {text}", transform=beside, va="center", fontsize=style.SMALL)


def _count(number: int, word: str) -> str:
    return word if number == 1 else f"{number} {word}"


def _stacked(
    levels: dict[str, float], spans: Spans, places: list[tuple[float, float]]
) -> list[tuple[str, float, float, int]]:
    """Return (name, value, left edge in inches, tier) of baselines; no two names overlap."""
    ends: list[float] = []
    tags = []
    for name, x in sorted(levels.items(), key=lambda item: item[1]):
        piece = next(i for i, (low, high) in enumerate(spans) if low <= x <= high)
        (low, high), (start, width) = spans[piece], places[piece]
        wide = style.text_width(name) + 0.03
        begin = start + (x - low) / (high - low) * width - wide / 2
        begin = min(max(begin, 0.0), style.COLUMN - wide)
        tier = next((t for t, end in enumerate(ends) if end + 0.1 <= begin), len(ends))
        ends[tier : tier + 1] = [begin + wide]
        tags.append((name, x, begin, tier))
    return tags


def _legend(figure: Figure, left: float) -> None:
    handles = [
        Line2D([], [], linestyle="none", label="trial", **LOOKS["ok"]),
        Line2D([], [], linestyle="none", label="mean of all trials", **{**MEAN, "ms": 9}),
    ]
    style.legend(figure, handles, left, handlelength=1)
