"""Training and validation results of all variants: dots in order, or lines over a setting."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from dlia.figures import style
from dlia.study.part_names import TRAIN, VALIDATION

LOOKS: dict[str, dict[str, Any]] = {
    TRAIN: {"color": style.VERMILLION, "marker": "s", "ls": (0, (4, 1.6)), "ms": 3.6},
    VALIDATION: {"color": style.BLUE, "marker": "o", "ls": "-", "ms": 4},
}
WORDS = {TRAIN: "training", VALIDATION: "validation"}
REPORTED: dict[str, Any] = {"marker": "D", "mfc": "white", "mew": 1.0, "ms": 4.6, "ls": "none"}
ROW, HEAD, FOOT, LINE = 0.3, 0.34, 0.5, 0.14  # inches
PANEL, TITLE, LEFT, RIGHT, BETWEEN = 2.1, 0.2, 0.55, 0.1, 0.15  # inches
INTERVAL = 1.4  # points, the width of an interval's line
LANES = {TRAIN: -0.16, VALIDATION: 0.16}  # heights within a row


class Point(NamedTuple):
    """Where a variant stands in a sweep.

    Attributes:
        at: The value of the swept setting.
        line: The line that it belongs to; "" for all of them.
    """

    at: float
    line: str


@style.applied()
def dots(table: pd.DataFrame, metric: str) -> Figure:
    """Draw a row per variant, the best on validation first.

    Args:
        table: Columns variant, part, mean, low, high, reported_value (numbers or nan), status.
        metric: accuracy or dice.

    Returns:
        The mean over the trials on each part as a dot with its interval, reported values as marks.
    """
    factor, label = style.metric_axis(metric)
    order = best_first(table)
    left, names = wrapped_names(table, order)
    notes = style.wrap(note_on_trials(table, "dot", "95 % interval"), style.COLUMN - left - RIGHT)
    bottom = HEAD + ROW * len(order)
    figure = style.blank(bottom + FOOT + LINE * len(notes))
    axes = style.place(figure, left, HEAD, style.COLUMN - left - RIGHT, bottom - HEAD)
    draw_rows(axes, table, order, factor)
    axes.set_yticks(range(len(order)), names)
    axes.tick_params(axis="y", length=0, labelsize=style.TEXT)
    axes.xaxis.set_major_locator(MaxNLocator(7, steps=style.STEPS))
    axes.set_xlabel(label, labelpad=2)
    legend_of_parts(figure, table, left, dots_look(table))
    style.write(figure, left, bottom + FOOT, "\n".join(notes), color=style.GREY)
    return figure


def dots_look(table: pd.DataFrame) -> dict[str, Any]:
    """Return how a dot differs in a legend from a line: with its interval, if any has one."""
    has_interval = bool(table[["low", "high"]].notna().all(axis=1).any())
    return {"ls": "-", "lw": INTERVAL} if has_interval else {"ls": "none"}


def best_first(table: pd.DataFrame) -> list[str]:
    """Return the variants by their means on validation, the highest first; then all others."""
    means = table[table["part"] == VALIDATION].groupby("variant", sort=False)["mean"].mean()
    ranked = [str(name) for name in means.sort_values(ascending=False, kind="stable").index]
    return ranked + [str(name) for name in table["variant"].unique() if name not in ranked]


def wrapped_names(table: pd.DataFrame, order: list[str]) -> tuple[float, list[str]]:
    """Return how wide the variants' titles are, in inches, and the titles in lines."""
    names = [style.wrap(_named(table, name), 1.9, style.TEXT) for name in order]
    widest = max(style.text_width(line, style.TEXT) for name in names for line in name)
    return 0.14 + widest, ["\n".join(name) for name in names]


def draw_rows(axes: Axes, table: pd.DataFrame, order: list[str], factor: float) -> None:
    """Draw a row per variant: the mean on each part, its interval, and the reported value.

    Args:
        axes: Where it is drawn.
        table: Columns variant, part, mean, low, high, reported_value (numbers or nan).
        order: The variants, from the top.
        factor: From the values to the axis.
    """
    for row, name in enumerate(order):
        for part, look in LOOKS.items():
            own = table[(table["variant"] == name) & (table["part"] == part)]
            numbers = own[["mean", "low", "high", "reported_value"]].to_numpy(dtype=float) * factor
            for mean, low, high, printed in numbers:  # at most one, and without those that are nan
                y = row + LANES[part]
                axes.plot([low, high], [y, y], color=look["color"], lw=INTERVAL)
                dot = {**look, "ls": "none", "mec": "white", "mew": 0.3, "zorder": 3}
                axes.plot([mean], [y], **dot)
                axes.plot([printed], [y], **{**REPORTED, "mec": look["color"], "zorder": 2})
    for between in range(1, len(order)):
        axes.axhline(between - 0.5, color=style.PALE, linewidth=0.6, zorder=0.5)
    axes.set_ylim(len(order) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")


@style.applied()
def sweep(
    table: pd.DataFrame,
    metric: str,
    places: Mapping[str, Point],
    over: str,
    by: str,
    apart: Mapping[str, str] = MappingProxyType({}),
) -> Figure:
    """Draw a panel per line of a sweep, with training and validation results over the setting.

    Args:
        table: Columns variant, part, values (all trials, as text), mean, reported_value (numbers or
            nan), status.
        metric: accuracy or dice.
        places: Where each variant of the sweep stands; others are left out.
        over: The swept setting, in words.
        by: What tells the lines apart, in words; "" for a single line.
        apart: What was shortened or replaced in variants, by their names.

    Returns:
        The mean over the trials as a line, a band from the smallest to the largest, and reported
        values as marks.
    """
    factor, label = style.metric_axis(metric)
    lines = list(dict.fromkeys(place.line for place in places.values() if place.line)) or [""]
    notes = style.wrap(
        note_on_trials(table, "line", "band: smallest to largest")
        + _note_on(apart, table["variant"].nunique())
        + _note_on(_failures(table), table["variant"].nunique()),
        style.COLUMN - LEFT,
    )
    bottom = HEAD + TITLE + PANEL
    figure = style.blank(bottom + FOOT + LINE * len(notes))
    width = (style.COLUMN - LEFT - RIGHT - BETWEEN * (len(lines) - 1)) / len(lines)
    shown = table[table["part"].isin(LOOKS) & table["variant"].isin(places.keys())]
    panels = []
    for number, line in enumerate(lines):
        left = LEFT + number * (width + BETWEEN)
        axes = style.place(figure, left, HEAD + TITLE, width, PANEL)
        title = {"fontsize": style.TEXT, "fontweight": "bold"}
        style.write(figure, left, HEAD, f"{by}: {line}" if number == 0 and by else line, **title)
        own = [name for name, place in places.items() if place.line in ("", line)]
        for part, look in LOOKS.items():
            rows = shown[(shown["part"] == part) & shown["variant"].isin(own)]
            at = rows["variant"].map(lambda name: places[name].at)
            _line(axes, rows.assign(at=at).sort_values("at"), factor, look)
        axes.set_xlabel(over, labelpad=2)
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=style.STEPS))
        axes.tick_params(labelleft=number == 0)
        panels.append(axes)
    low = min(axes.get_ylim()[0] for axes in panels)
    high = max(axes.get_ylim()[1] for axes in panels)
    for axes in panels:
        axes.set_ylim(low, high)
    panels[0].set_ylabel(label)
    legend_of_parts(figure, shown, LEFT, {})
    style.write(figure, LEFT, bottom + FOOT, "\n".join(notes), color=style.GREY)
    return figure


def _line(axes: Axes, rows: pd.DataFrame, factor: float, look: dict[str, Any]) -> None:
    trials = [np.array(str(text).split(), dtype=float) * factor for text in rows["values"]]
    at = rows["at"].to_numpy(dtype=float)
    if max(map(len, trials), default=0) > 1:
        low, high = ([end(own) for own in trials] for end in (np.min, np.max))
        axes.fill_between(at, low, high, fc=(look["color"], 0.2), ec=(look["color"], 0.5), lw=0.4)
    axes.plot(at, rows["mean"] * factor, **{**look, "mec": "white", "mew": 0.3})
    printed = rows["reported_value"].to_numpy(dtype=float) * factor
    axes.plot(at, printed, **{**REPORTED, "mec": look["color"], "zorder": 2})


def _named(table: pd.DataFrame, name: str) -> str:
    """Return the title of a variant, with the trials that failed."""
    status = str(table.loc[table["variant"] == name, "status"].iloc[0])
    failed = [part for part in status.split(", ") if not part.endswith(" ok")]
    return f"{name} ({', '.join(failed)})" if failed else name


def note_on_trials(table: pd.DataFrame, mean: str, spread: str) -> str:
    """Return what dots or lines and their spread are."""
    trials = int(table["trials"].max())
    return f"{mean.capitalize()}: mean of {trials} trials; {spread}. " if trials > 1 else ""


def _failures(table: pd.DataFrame) -> dict[str, str]:
    failed = table.loc[~table["status"].str.fullmatch(r"\d+ ok"), "variant"].unique()
    return dict.fromkeys(map(str, failed), "with failed trials")


def _note_on(apart: Mapping[str, str], variants: int) -> str:
    """Return what is to be said of some or of all ``variants``, where no row has their names."""
    note = ""
    for said in dict.fromkeys(apart.values()):
        own = [name for name in apart if apart[name] == said]
        names = "all variants" if 1 < len(own) == variants else ", ".join(own)
        note += f"{said.capitalize()}: {names}. "
    return note


def legend_of_parts(
    figure: Figure, table: pd.DataFrame, left: float, drawn: Mapping[str, Any]
) -> None:
    """Explain the looks of the parts and, if there are any, of reported values.

    Args:
        figure: Where they are drawn.
        table: As in ``draw_rows``.
        left: Where the legend begins, in inches.
        drawn: How the looks differ from those of lines, see ``dots_look``.
    """
    handles = [
        Line2D([], [], label=WORDS[part], **{**look, **drawn, "mec": "white", "mew": 0.3})
        for part, look in LOOKS.items()
    ]
    if table["reported_value"].notna().any():
        look = {**REPORTED, "mec": style.GREY}
        handles.append(Line2D([], [], label="reported, in the colour of its part", **look))
    style.legend(figure, handles, left, handlelength=2.4)
