"""Speed of learning of every variant of an exercise."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator, StrMethodFormatter

from dlia.figures import style
from dlia.figures.trials import LOOKS, MEAN, NAMES

ROW, HEAD, FOOT, LINE = 0.27, 0.3, 0.22, 0.15  # inches; rows with more lines are higher
BETWEEN, BEYOND, EDGE = 0.2, 0.12, 0.08  # inches; beyond its end the axis has no values
LOG_FROM = 20.0  # ratio of the largest to the smallest number of epochs
_SMALLEST = 0.005  # range of the metric on the right axis
_NEVER: dict[str, Any] = {
    "marker": ">", "mfc": "white", "mec": style.BLACK, "mew": 0.9, "ms": 4.6,
}  # fmt: skip
OFF_AXIS = {"never": _NEVER, "no value": LOOKS["ok"], **LOOKS}


@style.applied()
def speed(table: pd.DataFrame, metric: str, level: float, area_epochs: int) -> Figure:
    """Draw one row per variant, with the speed of every trial in it.

    Args:
        table: Columns variant, trial, epochs (how many the variant trains), epochs_asked (how many
            the study asks for, which is more if the build is shortened), epochs_to_level (NaN
            where the level was never reached), area (mean of the validation metric over the first
            ``area_epochs`` epochs) and status (ok, collapsed or diverged). A slash in a variant's
            name says that it belongs to another exercise.
        metric: accuracy, which is shown in per cent, or dice.
        level: The value of the metric to reach.
        area_epochs: How many epochs the area covers.

    Returns:
        Left the epochs until the level, right the area; trials as points, their mean as a tick.
    """
    factor, _ = style.metric_axis(metric)
    variants = list(dict.fromkeys(table["variant"]))
    names = [style.wrap(name, NAMES, style.TEXT) for name in variants]
    panels = [_reaching(table), _areas(table, factor)]
    words = [[_words(panel[panel["variant"] == name]) for name in variants] for panel in panels]
    rooms = [_room(texts) for texts in words]
    left = 0.14 + max(style.text_width(line, style.TEXT) for name in names for line in name)
    width = (style.COLUMN - left - BETWEEN - sum(rooms)) / 2
    titles = [_balanced(title, width) for title in _titles(metric, level, area_epochs)]
    notes = style.wrap(_note(table, panels, area_epochs), style.COLUMN - 0.3)

    lines = max(text.count("\n") + 1 for texts in words for text in texts)
    row_height = max(ROW, 0.03 + 0.13 * max(lines, *map(len, names)))
    below = HEAD + row_height * len(variants)
    foot = below + FOOT + LINE * max(map(len, titles)) + 0.04
    figure = style.blank(foot + LINE * len(notes))
    for number, (panel, title) in enumerate(zip(panels, titles, strict=True)):
        start = left + number * (width + rooms[0] + BETWEEN)
        axes = style.place(figure, start, HEAD, width, row_height * len(variants))
        _frame(axes, variants, [[""]] * len(names) if number else names)
        values = panel["value"][panel["on_axis"]]
        _area_axis(axes, values, factor) if number else _epochs_axis(axes, values, table["epochs"])
        for row, (name, text) in enumerate(zip(variants, words[number], strict=True)):
            _trials(axes, row, panel[panel["variant"] == name], text)
        middle, below_axis = start + width / 2, "\n".join(title)
        style.write(figure, middle, below + FOOT, below_axis, ha="center", fontsize=style.TEXT)
    style.write(figure, 0, foot, "\n".join(notes), color=style.GREY)
    _legend(figure, panels)
    return figure


def _reaching(table: pd.DataFrame) -> pd.DataFrame:
    """Return value, on_axis and kind (a key of OFF_AXIS) of each trial for the left panel."""
    value = table["epochs_to_level"].astype(float)
    return table.assign(value=value, on_axis=np.isfinite(value), kind="never")


def _areas(table: pd.DataFrame, factor: float) -> pd.DataFrame:
    """Return the same for the right panel; failed trials far below the others are off its axis."""
    value = table["area"].astype(float) * factor
    good = value[(table["status"] == "ok") & np.isfinite(value)]
    spread = max(good.max() - good.min(), _SMALLEST * factor) if len(good) else 0.0
    lowest = good.min() - 2 * spread if len(good) else -np.inf
    on_axis = np.isfinite(value) & ((table["status"] == "ok") | (value >= lowest))
    kind = table["status"].replace("ok", "no value")
    return table.assign(value=value, on_axis=on_axis, kind=kind)


def _words(rows: pd.DataFrame) -> str:
    """Return the number of trials of a variant off the axis with the reason, such as "2 never"."""
    short, full = [], []
    for kind, group in rows[~rows["on_axis"]].groupby("kind"):
        short.append(f"{len(group)} {kind}")
        values = group["value"][np.isfinite(group["value"])]
        ends = list(dict.fromkeys(f"{value:.3g}" for value in (values.min(), values.max())))
        full += [short[-1], *([f"at {' to '.join(ends)}"] if len(values) else [])]
    return "\n".join(full if len(full) <= 3 else short)


def _room(words: list[str]) -> float:
    """Return how many inches the trials off the axis need beyond its end."""
    widest = max(style.text_width(line) for text in words for line in text.split("\n"))
    return BEYOND + EDGE + widest + 0.05 if widest else 0.12


def _titles(metric: str, level: float, area_epochs: int) -> tuple[str, str]:
    _, label = style.metric_axis(metric)
    word, reached = label.split(" (")[0], style.metric_in_words(metric, level)
    first = "epoch" if area_epochs == 1 else f"{area_epochs} epochs"
    return (
        f"epochs until validation {word} reaches {reached}",
        f"mean validation {label} over the first {first}",
    )


def _balanced(text: str, width: float) -> list[str]:
    """Break ``text`` into as few lines as ``width`` allows, all about as long."""
    lines = style.wrap(text, width, style.TEXT)
    while len(narrower := style.wrap(text, width := width - 0.05, style.TEXT)) == len(lines) > 1:
        lines = narrower
    return lines


def _frame(axes: Axes, variants: list[str], names: list[list[str]]) -> None:
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks(range(len(names)), ["\n".join(name) for name in names])
    for text, variant in zip(axes.get_yticklabels(), variants, strict=True):
        text.set_color(style.GREY if "/" in variant else style.BLACK)
    axes.tick_params(axis="y", length=0, labelsize=style.TEXT)
    axes.grid(visible=False, axis="y")
    for between in range(1, len(names)):
        axes.axhline(between - 0.5, color=style.PALE, linewidth=0.6, zorder=0.5)


def _epochs_axis(axes: Axes, values: pd.Series, epochs: pd.Series) -> None:
    low, high = (values.min(), values.max()) if len(values) else (0.0, epochs.max())
    if 0 < LOG_FROM * low < high:
        axes.set_xscale("log")
        axes.set_xlim(low / 1.2, high * 1.2)
        steps = (1.0, 2.0, 5.0) if high < 1000 * low else (1.0,)
        axes.xaxis.set_major_locator(LogLocator(subs=steps, numticks=12))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    else:
        axes.set_xlim(0, 1.06 * max(high, 1))
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True, steps=style.STEPS))


def _area_axis(axes: Axes, values: pd.Series, factor: float) -> None:
    if values.empty:
        axes.set_xticks([])
        return
    short = max(_SMALLEST * factor - (values.max() - values.min()), 0.0) / 2
    pad = short + 0.07 * (values.max() - values.min())
    axes.set_xlim(values.min() - pad, values.max() + pad)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=style.STEPS))


def _trials(axes: Axes, row: int, rows: pd.DataFrame, words: str) -> None:
    on = rows[rows["on_axis"]].sort_values("value", kind="stable")
    # Multiples of the golden ratio keep neighbours apart without looking like a trend.
    lanes = row + 0.36 * ((np.arange(len(on)) + 1) * 0.618034 % 1 - 0.5)
    for x, y, status in zip(on["value"], lanes, on["status"], strict=True):
        axes.plot([x], [y], linestyle="none", zorder=3, clip_on=False, **LOOKS[status])
    if len(on) == len(rows):
        axes.plot([on["value"].mean()], [row], zorder=2, clip_on=False, **MEAN)
        return
    inch, beside = 1 / (axes.get_position().width * style.COLUMN), axes.get_yaxis_transform()
    kinds = sorted(rows["kind"][~rows["on_axis"]])
    lanes = row + 0.66 * ((np.arange(len(kinds)) + 0.5) / len(kinds) - 0.5)
    for y, kind in zip(lanes, kinds, strict=True):
        look = {**OFF_AXIS[kind], "clip_on": False, "transform": beside, "linestyle": "none"}
        axes.plot([1 + BEYOND * inch], [y], **look)
    place = 1 + (BEYOND + EDGE) * inch
    axes.text(place, row, words, transform=beside, va="center", fontsize=style.SMALL)


def _legend(figure: Figure, panels: list[pd.DataFrame]) -> None:
    looks = {"trial": LOOKS["ok"]}
    if any(panel.groupby("variant")["on_axis"].all().any() for panel in panels):
        looks["mean, where all trials are on the axis"] = {**MEAN, "ms": 9}
    if not panels[0]["on_axis"].all():
        looks["never reached the level"] = _NEVER
    statuses = set(panels[0]["status"])
    looks |= {status: look for status, look in LOOKS.items() if status in statuses - {"ok"}}
    handles = [Line2D([], [], linestyle="none", label=n, **look) for n, look in looks.items()]
    corner = (0, 1 - 0.05 / figure.get_size_inches()[1])
    close: dict[str, Any] = {"handlelength": 1, "handletextpad": 0.4, "columnspacing": 1.4}
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=corner, ncols=5, **close)


def _note(table: pd.DataFrame, panels: list[pd.DataFrame], area_epochs: int) -> str:
    by_variant = table.groupby("variant", sort=False)
    epochs, asked = by_variant["epochs"].max(), by_variant["epochs_asked"].max()
    run = {
        name: f"{number} of {full}" if full > number else str(number)
        for (name, number), full in zip(epochs.items(), asked, strict=True)
    }
    counts = list(dict.fromkeys(run.values()))
    note = f"Every trial ran {counts[0]} epochs. "
    if len(counts) > 1:
        each = ", ".join(f"{name} {number}" for name, number in run.items())
        note = f"Epochs that were run: {each}. "
    if epochs.min() < area_epochs:
        note += f"Where these are fewer than {area_epochs}, the mean covers all of them. "
    areas = panels[1]
    if (np.isfinite(areas["value"]) & ~areas["on_axis"]).any():
        note += "Failed trials far below the others are shown beside the axis. "
    if table["variant"].str.contains("/").any():
        note += "Grey names: variants of other exercises, for comparison."
    return note
