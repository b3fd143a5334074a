"""Learning curves of loss and metrics for every variant of an exercise."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

from dlia.figures import style

_PARTS: dict[str, dict[str, Any]] = {
    "train": {
        "color": style.VERMILLION, "linestyle": (0, (4, 1.6)), "marker": "s", "mfc": "white",
        "markersize": 2.6, "linewidth": 1.0, "zorder": 3,
    },
    "validation": {
        "color": style.BLUE, "linestyle": "-", "marker": "o", "markersize": 4.2, "linewidth": 1.6,
    },
    "test": {
        "color": style.GREEN, "linestyle": "-", "marker": "^", "markersize": 4.4, "linewidth": 1.6,
    },
}  # fmt: skip
# The thin dashes of the training lie on the thick line of the other part, where they are equal.
_LABELS = {"test": "test, as in the source; nothing is chosen by it"}
CROSS: dict[str, Any] = {
    "color": style.BLACK, "marker": "x", "markersize": 4.5, "linestyle": "none",
}  # fmt: skip
LOG_FROM = 100.0  # ratio of the largest to the smallest loss
ROOM_AT_ZERO = 0.05  # of the axis, so that a line at zero is seen; values below it do not exist
NARROW = 1.5  # inches of a panel with fewer ticks
MARKERS_UP_TO = 12  # epochs; more markers are too close together
PAGE = 8.8  # inches; rows shrink rather than leave the page
ROW_OF_TWO, LOW_ROW, ROWS = 0.96, 0.92, 4.4  # inches; rows shrink to the low one to fit into ROWS
HEAD, TITLE, ROW, LEFT, RIGHT, BETWEEN = 0.26, 0.22, 1.4, 0.6, 0.1, 0.68  # inches
LABEL = 0.46  # inches: from an axis to its label
LEFT_OF_TWO, BETWEEN_OF_TWO = 0.45, 0.45  # inches; two a row have their labels above the columns
LINE = 0.14  # inches
OUTSIDE = 0.09  # inches: from an axis to the labels of its ticks
BESIDE_LABEL = 0.02  # inches
LOG = ", log scale"  # after the label of a logarithmic axis
SAME = " = "  # between the titles of variants with the same curves


@style.applied()
def curves(histories: dict[str, pd.DataFrame], metrics: list[str]) -> Figure:
    """Draw one row of panels per variant and one column per metric.

    Variants of one or two metrics are drawn two a row, to be read at the width of a page.
    Variants with the same history share a row, and a single epoch is no curve: a variant with one
    is left out and named, unless all have one.

    Args:
        histories: For each variant, by its title, a table with the columns trial, epoch, part
            (train, validation or test), metric and value; values that are not finite come from
            diverged trials.
        metrics: The metrics to show, from left to right.

    Returns:
        The mean over the trials as a line, and a band from the smallest to the largest.
    """
    histories, left_out = _drawn(histories)
    logs = {metric: _wants_log(histories, metric) for metric in metrics}
    notes = style.wrap(_note(histories, metrics, logs, left_out), style.COLUMN - LEFT - RIGHT)
    foot = 0.38 + LINE * len(notes)
    ranges = {
        (int(table["epoch"].min()), int(table["epoch"].max())) for table in histories.values()
    }
    shared = len(ranges) == 1
    # In all panels or in none, so that one legend holds for all.
    most = max(table["epoch"].nunique() for table in histories.values())
    marked = most <= MARKERS_UP_TO
    abreast = 1 if len(histories) == 1 or len(metrics) > 2 else 2
    rows, columns = -(-len(histories) // abreast), abreast * len(metrics)
    first, between = (LEFT, BETWEEN) if abreast == 1 else (LEFT_OF_TWO, BETWEEN_OF_TWO)
    head = HEAD if abreast == 1 else HEAD + LINE + 0.05
    width = (style.COLUMN - first - RIGHT - between * (columns - 1)) / columns
    # Bold letters are wider than the regular ones that wrap measures.
    room = 0.88 * (width * len(metrics) + between * (len(metrics) - 1))
    titles = [style.wrap(variant, room, style.TEXT) for variant in histories]
    more = LINE * (max(map(len, titles)) - 1)
    gap = TITLE + more + (0.08 if shared else 0.24)
    high = ROW if 1 in (abreast, rows) else min(ROW_OF_TWO, max(ROWS / rows, LOW_ROW))
    pitch = min(high + more, (PAGE - head - foot) / rows)
    bottom = head + pitch * rows - gap + TITLE + more
    figure = style.blank(bottom + foot)
    labels = {metric: f"{style.metric_axis(metric)[1]}{LOG * logs[metric]}" for metric in metrics}
    # A label that is longer than its panel is high would run across the title.
    longest = max(style.text_width(label, style.TEXT) for label in labels.values())
    size = style.TEXT if longest <= pitch - gap + 0.05 else style.SMALL - 0.5
    for number, (title, table) in enumerate(zip(titles, histories.values(), strict=True)):
        row, place = divmod(number, abreast)
        start = first + place * len(metrics) * (width + between)
        top = head + row * pitch + TITLE + more
        above = top - 0.18 - LINE * (len(title) - 1)
        name = {"fontsize": style.TEXT, "fontweight": "bold"}
        style.write(figure, start, above, "\n".join(title), **name)
        last = number + abreast >= len(histories)
        for column, metric in enumerate(metrics):
            left = start + column * (width + between)
            axes = style.place(figure, left, top, width, pitch - gap)
            if abreast == 1:
                axes.set_ylabel(labels[metric], fontsize=size)
                axes.yaxis.set_label_coords(-LABEL / width, 0.5)
            elif row == 0:
                style.write(figure, left, HEAD, labels[metric], fontsize=style.TEXT)
            _panel(axes, table, metric, logs[metric], marked)
            beside = LABEL - BESIDE_LABEL if abreast == 1 else first if left == first else between
            _widen(axes, beside - OUTSIDE)
            axes.set_xlabel("epoch" if last else "", labelpad=2)
            axes.tick_params(labelbottom=last or not shared)
    _legend(figure, histories, metrics, first, marked)
    style.write(figure, first, bottom + 0.38, "\n".join(notes), color=style.GREY)
    return figure


def _drawn(histories: dict[str, pd.DataFrame]) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return the histories that are drawn, equal ones once, and the titles of those left out."""
    short = [title for title, table in histories.items() if table["epoch"].nunique() < 2]
    left_out = short if len(short) < len(histories) else []
    found: list[tuple[list[str], pd.DataFrame]] = []
    for title, table in histories.items():
        if title in left_out:
            continue
        same = next((titles for titles, other in found if other.equals(table)), None)
        if same is None:
            found.append(([title], table))
        else:
            same.append(title)
    return {SAME.join(titles): table for titles, table in found}, left_out


def _panel(axes: Axes, table: pd.DataFrame, metric: str, log: bool, marked: bool) -> None:
    factor, _ = style.metric_axis(metric)
    first, last = int(table["epoch"].min()), int(table["epoch"].max())
    margin = 0.03 * (last - first) or 0.5
    axes.set_xlim(first - margin, last + margin)
    ticks = 6 if axes.get_position().width * style.COLUMN > NARROW else 4
    axes.xaxis.set_major_locator(MaxNLocator(ticks, integer=True, min_n_ticks=1))
    rows = table[table["metric"] == metric]
    if not np.isfinite(rows["value"]).any():
        text = "not recorded" if rows.empty else "no finite values"
        axes.set_yticks([])
        axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", color=style.GREY)
    elif log:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(numticks=5))
    else:
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=style.STEPS))
    for part, look in _PARTS.items():
        _part(axes, rows[rows["part"] == part], factor, look, marked)
    if axes.get_yscale() == "log":
        _label_logarithm(axes)
    elif rows["value"].min() >= 0:
        _, high = axes.get_ylim()
        axes.set_ylim(bottom=max(axes.get_ylim()[0], -ROOM_AT_ZERO * high))
    _mark_diverged(axes, rows)


def _widen(axes: Axes, room: float) -> None:
    """Widen a linear axis until the labels of its ticks are at most ``room`` inches wide.

    A loss that stays at 2.3026 needs no digits for what changes beyond these. Where values differ
    by more than a twentieth, the digits of their differences are not what makes labels wide.
    """
    low, high = axes.get_ylim()
    while (
        axes.get_yscale() == "linear"
        and high - low < max(abs(low), abs(high)) / 20
        and _widest_label(axes) > room
    ):
        low, high = axes.set_ylim(low - (high - low) / 2, high + (high - low) / 2)


def _widest_label(axes: Axes) -> float:
    labels = axes.yaxis.get_major_formatter().format_ticks(axes.get_yticks().tolist())
    return max((style.text_width(label) for label in labels), default=0.0)


def _label_logarithm(axes: Axes) -> None:
    """Label more than the decades if an axis covers few of them, so that values can be read."""
    axes.yaxis.set_minor_formatter(NullFormatter())
    low, high = axes.get_ylim()
    if high < 100 * low:
        steps = LogLocator(subs=(1.0, 2.0, 5.0)) if high > 4 * low else MaxNLocator(4)
        axes.yaxis.set_major_locator(steps)
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))  # exponents would be too small


def _wants_log(histories: dict[str, pd.DataFrame], metric: str) -> bool:
    """Choose one scale for a whole column, so that its panels can be compared."""
    if metric != "loss":
        return False
    values = pd.concat([table["value"][table["metric"] == metric] for table in histories.values()])
    positive = values[np.isfinite(values) & (values > 0)]
    return bool(len(positive)) and float(positive.max()) > LOG_FROM * float(positive.min())


def _part(
    axes: Axes, rows: pd.DataFrame, factor: float, look: dict[str, Any], marked: bool
) -> None:
    finite = rows[np.isfinite(rows["value"])]
    if finite.empty:
        return
    by_epoch = finite.groupby("epoch")["value"].agg(["mean", "min", "max"]) * factor
    # Epochs without any finite value stay in, as gaps in the line.
    by_epoch = by_epoch.reindex(sorted(rows["epoch"].unique()))
    epochs = by_epoch.index.to_numpy()
    if len(rows["trial"].unique()) > 1:
        low, high = by_epoch["min"].to_numpy(), by_epoch["max"].to_numpy()
        edge = {"ec": (look["color"], 0.55), "linewidth": 0.4, "linestyle": look["linestyle"]}
        axes.fill_between(epochs, low, high, fc=(look["color"], 0.2), **edge)
    # A single value gives no line and would be invisible without a marker.
    lone = len(finite["epoch"].unique()) == 1
    own = look if lone or marked else {**look, "marker": ""}
    axes.plot(epochs, by_epoch["mean"].to_numpy(), **own)


def _first_lost(rows: pd.DataFrame) -> pd.Series:
    """Return the first epoch without a finite value, for every trial that has one."""
    return rows[~np.isfinite(rows["value"])].groupby("trial")["epoch"].min()


def _mark_diverged(axes: Axes, rows: pd.DataFrame) -> None:
    lost = _first_lost(rows)
    if lost.empty:
        return
    # Room above the curves, so that no cross lies on one.
    scale = axes.yaxis.get_transform()
    low, high = scale.transform(np.asarray(axes.get_ylim()))
    axes.set_ylim(top=float(scale.inverted().transform(np.array([high + 0.2 * (high - low)]))[0]))
    height = np.full(len(lost), 0.93)
    axes.plot(lost, height, transform=axes.get_xaxis_transform(), **CROSS)


def _shown(histories: dict[str, pd.DataFrame], metrics: list[str]) -> list[pd.DataFrame]:
    return [table[table["metric"].isin(metrics)] for table in histories.values()]


def _any_lost(tables: list[pd.DataFrame]) -> bool:
    return any(not np.isfinite(table["value"]).all() for table in tables)


def _legend(
    figure: Figure,
    histories: dict[str, pd.DataFrame],
    metrics: list[str],
    left: float,
    marked: bool,
) -> None:
    tables = _shown(histories, metrics)
    marker = {} if marked else {"marker": ""}
    handles = [
        Line2D([], [], label=_LABELS.get(part, part), **{**look, **marker})
        for part, look in _PARTS.items()
        if any((table["part"] == part).any() for table in tables)
    ]
    if _any_lost(tables):
        handles.append(Line2D([], [], label="a trial's first value that is not finite", **CROSS))
    style.legend(figure, handles, left, handlelength=2.6)


def _note(
    histories: dict[str, pd.DataFrame],
    metrics: list[str],
    logs: dict[str, bool],
    left_out: list[str],
) -> str:
    counts = [int(table["trial"].nunique()) for table in histories.values()]
    fewest, most = min(counts), max(counts)
    note = ""
    if most > 1:
        number = f"{most} trials" if fewest == most else f"a variant's {fewest} to {most} trials"
        note += f"Line: mean; band: smallest to largest of {number}. "
    if _any_lost(_shown(histories, metrics)):
        note += "Values that are not finite (diverged trials) are left out of both. "
    if len(histories) > 1:
        note += "Every panel has its own range. "
    if any(logs.values()):
        note += f"Axes of {' and '.join(name for name in metrics if logs[name])}: logarithmic. "
    if any(SAME in title for title in histories):
        note += f"{SAME.strip()}: the same results in every trial and epoch. "
    if left_out:
        note += f"Not drawn, as they have only one epoch: {', '.join(left_out)}."
    return note
