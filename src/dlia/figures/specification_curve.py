"""Specification curve: how far a result moves with the readings of its open settings.

Source: Simonsohn, Simmons, Nelson (2020), Specification curve analysis; here, each reading replaces
one setting, so that a name takes the place of the panel of choices.
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from dlia.evaluation.readings import TAKEN
from dlia.figures import style

ROW, HEAD, TITLE, FOOT = 0.2, 0.25, 0.25, 0.5  # inches
NAMES, RIGHT = 2.4, 0.75  # inches
_TAKEN: dict[str, Any] = {"marker": "D", "ms": 5, "color": style.VERMILLION}
_OTHER: dict[str, Any] = {"marker": "o", "ms": 4, "color": style.BLUE}
_REPORTED: dict[str, Any] = {"color": style.BLACK, "linewidth": 1.0, "linestyle": "--"}


@style.applied()
def picture(table: pd.DataFrame) -> Figure:
    """Draw the mean of every reading with its interval, the lowest below, a panel for each variant.

    Args:
        table: As ``table_readings`` gives it.
    """
    panels = [panel for _, panel in table.groupby("variant", sort=False)]
    heights = [ROW * len(panel) for panel in panels]
    figure = style.blank(HEAD + sum(heights) + (TITLE + FOOT) * len(panels))
    top = HEAD
    for panel, height in zip(panels, heights, strict=True):
        style.write(figure, 0.1, top, str(panel["variant"].iloc[0]), fontsize=style.TEXT)
        width = style.COLUMN - NAMES - RIGHT
        _panel(style.place(figure, NAMES, top + TITLE, width, height), panel)
        top += TITLE + height + FOOT
    handles = [
        Line2D([], [], linestyle="none", label="taken", **_TAKEN),
        Line2D([], [], linestyle="none", label="other reading", **_OTHER),
        Line2D([], [], label="reported", **_REPORTED),
    ]
    style.legend(figure, handles, NAMES, handlelength=1.5)
    return figure


def _panel(axes: Axes, panel: pd.DataFrame) -> None:
    metric = str(panel["metric"].iloc[0])
    factor, label = style.metric_axis(metric)
    columns = ["mean", "low", "high", "reported_value"]
    numbers = panel[columns].apply(pd.to_numeric, errors="coerce") * factor
    rows = panel[["setting", "value", "failed", "taken"]].join(numbers)
    rows = rows.sort_values("mean", kind="stable", na_position="first").reset_index(drop=True)
    low, high = limits(rows, smallest=0.005 * factor)
    axes.set(xlim=(low, high), ylim=(-0.5, len(rows) - 0.5), xlabel=label)
    readings: list[Any] = list(rows.itertuples())
    axes.set_yticks(range(len(rows)), [_name(reading) for reading in readings])
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    for place, reading in enumerate(readings):
        _reading(axes, place, reading)
    reported = rows["reported_value"].dropna()
    if len(reported):
        axes.axvline(reported.iloc[0], zorder=1, **_REPORTED)


def limits(rows: pd.DataFrame, smallest: float) -> tuple[float, float]:
    """Choose the range of the axis: sound readings and the reported value decide.

    Readings with failed trials lie far off; they and wide intervals are cut at the edge.

    Args:
        rows: Columns mean, low, high, reported_value (numbers or nan) and failed.
        smallest: The smallest range.
    """
    sound = rows[(rows["failed"] == 0) & np.isfinite(rows["mean"])]
    sound = rows[np.isfinite(rows["mean"])] if sound.empty else sound
    core = pd.concat([sound["mean"], rows["reported_value"]]).dropna()
    if core.empty:
        return 0.0, 1.0
    span = max(core.max() - core.min(), smallest)
    low = max(np.nanmin([core.min(), *sound["low"]]), core.min() - span)
    high = min(np.nanmax([core.max(), *sound["high"]]), core.max() + span)
    pad = 0.05 * max(high - low, smallest)
    return float(low - pad), float(high + pad)


def _reading(axes: Axes, place: int, row: Any) -> None:
    """Draw one reading; beside it, its failed trials, and its mean if that is off the axis."""
    look = _TAKEN if row.taken else _OTHER
    low, high = axes.get_xlim()
    notes = [f"{row.failed} failed"] if row.failed else []
    if np.isfinite(row.low) and np.isfinite(row.high):
        ends = np.clip([row.low, row.high], low, high)
        axes.plot(ends, [place, place], color=look["color"], linewidth=1.2, zorder=2)
    if low <= row.mean <= high:
        axes.plot([row.mean], [place], linestyle="none", zorder=3, **look)
    else:
        text = f"{row.mean:.3g}" if np.isfinite(row.mean) else "no value"
        notes.insert(0, text)
        if np.isfinite(row.mean):
            edge, marker = (low, "<") if row.mean < low else (high, ">")
            beyond = {**look, "marker": marker, "clip_on": False}
            axes.plot([edge], [place], linestyle="none", zorder=3, **beyond)
    if notes:
        where = axes.get_yaxis_transform()
        text = " " + ", ".join(notes)
        axes.text(1.01, place, text, transform=where, va="center", fontsize=style.SMALL)


def _name(row: Any) -> str:
    """Return the setting and the value of a reading, in two lines if they are long."""
    setting = row.setting.removesuffix(".name").rpartition(".")[2].replace("_", " ")
    text = TAKEN if row.taken else f"{setting} {row.value}"
    return "\n".join(style.wrap(text, NAMES - 0.2)[:2])
