"""All results of a study at a glance: what sources report, and what the build finds."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from dlia.data.choice import REAL_BUT_WEIGHTS
from dlia.figures import style
from dlia.study.shorten import STANDIN_WEIGHTS
from dlia.study.tally import head

HEAD, FOOT, NAMES, RIGHT = 0.62, 0.4, 1.2, 0.2  # inches
ROW, LOW_ROW, ROWS = 0.135, 0.095, 2.95  # inches; rows shrink to the low one to fit into ROWS
LETTERS = 6.0  # points
_CROSSED = 0.45  # of the axis, from the left: marks that a text from the edge would run across
UNCLAIMED = "no claim"
OTHER_WEIGHTS_MARK = " \N{DAGGER}"  # of a variant that began with stand-in weights
ARROW = "\N{LEFTWARDS ARROW}"
# Colour and marker: they stay apart without colours, too.
LOOKS = {
    "reproduced": (style.GREEN, "o"),
    "compatible": (style.SKY, "D"),
    "not reproduced": (style.VERMILLION, "X"),
    "undecided": (style.GREY, "s"),
    "not tested": (style.SILVER, "v"),
    UNCLAIMED: (style.BLACK, "."),
}
REPORTED: dict[str, Any] = {"marker": "|", "ms": 9, "mew": 1.6, "mec": style.BLUE, "ls": "none"}


class ResultRow(NamedTuple):
    """A row of the figure.

    Attributes:
        name: The variant, with the number of its exercise.
        mean: The mean on the test images.
        low, high: The ends of its interval; NaN if there is none.
        reported: The reported value; NaN if there is none.
        verdict: The verdict on the reported value, without what it depends on.
        failed: Whether a trial collapsed or diverged.
    """

    name: str
    mean: float
    low: float
    high: float
    reported: float
    verdict: str
    failed: bool


def rows_of(
    summaries: Sequence[str | Path], claims: str | Path, about: Mapping[str, str]
) -> list[ResultRow]:
    """Read the results of a study; variants that are no training of their own are left out.

    Args:
        summaries: The summary.csv of every exercise, in a folder with the exercise's name.
        claims: The table of claims with their verdicts.
        about: The claim about the reported value of each variant, by the variant's key.
    """
    judged = pd.read_csv(claims, keep_default_na=False, dtype=str)
    verdicts = dict(zip(judged["claim"], judged["verdict"], strict=True))
    found = []
    for file in map(Path, summaries):
        exercise = file.parent.name
        table = pd.read_csv(file, keep_default_na=False, dtype=str)
        trained = table[(table["kind"] == "variant") & (table["same_as"] == "")]
        for row in trained.to_dict("records"):
            claim = about.get(f"{exercise}/{row['variant']}", "")
            mean, low, high = (_number(row[key]) for key in ("mean", "low", "high"))
            verdict = head(verdicts.get(claim, UNCLAIMED))
            failed = any(word in row["status"] for word in ("collapsed", "diverged"))
            number = exercise.removeprefix("ex").replace("_", ".")
            marked = row["data"] == REAL_BUT_WEIGHTS
            name = f"{number}  {row['variant']}{OTHER_WEIGHTS_MARK * marked}"
            reported = _number(row["reported_value"])
            found.append(ResultRow(name, mean, low, high, reported, verdict, failed))
    return found


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


@style.applied()
def headline(title: str, metric: str, rows: Sequence[ResultRow]) -> Figure:
    """Draw one row per variant: the reported value as a mark, the build's as dot and interval.

    A value far below the others is written at the left edge, with an arrow; an interval that goes
    on beyond an edge ends in one.

    Args:
        title: The study.
        metric: Its metric; accuracy is shown in per cent.
        rows: The results, from top to bottom.
    """
    factor, label = style.metric_axis(metric)
    low, high = limits(rows)
    count = max(len(rows), 1)
    height = count * min(ROW, max(LOW_ROW, ROWS / count))
    figure = style.blank(HEAD + height + FOOT, style.HALF)
    axes = style.place(figure, NAMES, HEAD, style.HALF - NAMES - RIGHT, height)
    axes.set(xlim=(low * factor, high * factor), ylim=(len(rows) - 0.5, -0.5), xlabel=label)
    axes.set_yticks(range(len(rows)), [row.name for row in rows])
    axes.tick_params(axis="y", length=0, labelsize=LETTERS)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=style.STEPS))
    for place, row in enumerate(rows):
        _row(axes, place, row, metric, factor)
    style.write(figure, 0.05, 0.04, title, fontsize=style.TEXT, weight="bold")
    _legend(figure, {row.verdict for row in rows}, any(OTHER_WEIGHTS_MARK in r.name for r in rows))
    return figure


def limits(rows: Sequence[ResultRow]) -> tuple[float, float]:
    """Return the ends of the axis, for reported values and for means without failed trials."""
    good = [row.mean for row in rows if not row.failed] or [row.mean for row in rows]
    values = [x for x in (*good, *(row.reported for row in rows)) if math.isfinite(x)] or [0.0, 1.0]
    # Single results far below the others would hide all differences between these.
    middle = sorted(values)[len(values) // 2]
    near = [x for x in values if x >= middle - 4 * max(max(values) - middle, 0.005)]
    pad = 0.08 * max(max(near) - min(near), 0.005)
    return min(near) - pad, min(max(near) + pad, 1.0 + pad / 4)


def _row(axes: Axes, place: int, row: ResultRow, metric: str, factor: float) -> None:
    colour, marker = LOOKS.get(row.verdict, LOOKS["undecided"])
    low, right = axes.get_xlim()
    x, reported = row.mean * factor, row.reported * factor
    edge, middle = low, low + _CROSSED * (right - low)
    if reported < low:
        said = f"{ARROW} reported {style.metric_in_words(metric, row.reported)}"
        # Not across the rebuilt value; min and max keep it where there is no interval.
        covers = low <= x and min(x, row.low * factor) < middle
        at = max(x, row.high * factor) if covers else low
        _beside(axes, at, place, said, style.BLUE)
        edge = middle
    elif math.isfinite(reported):
        axes.plot([reported], [place], zorder=3, **REPORTED)
    if not math.isfinite(x) or x < low:
        said = f"mean {style.metric_in_words(metric, row.mean)}" if math.isfinite(x) else "no value"
        # Not across the mark of the reported value.
        at = reported if low <= reported <= middle else edge
        _beside(axes, at, place, f"{ARROW} {said}", colour)
        return
    if math.isfinite(row.low):
        ends = max(row.low * factor, low), min(row.high * factor, right)
        axes.plot(ends, [place, place], color=colour, linewidth=1.0, solid_capstyle="butt")
        for end, whole, arrow in zip(ends, (row.low, row.high), "<>", strict=True):
            if end != whole * factor:
                look: dict[str, Any] = {"marker": arrow, "mfc": colour, "mec": "none", "ms": 4}
                axes.plot([end], [place], clip_on=False, **look)
    size = 5 if marker == "." else 3.6
    axes.plot([x], [place], marker=marker, ms=size, mfc=colour, mec="none", zorder=4)


def _beside(axes: Axes, x: float, place: int, text: str, colour: str) -> None:
    """Write right of a mark at ``x``, or from the edge."""
    options: dict[str, Any] = {"xytext": (3, 0), "textcoords": "offset points"}
    axes.annotate(text, (x, place), va="center", color=colour, fontsize=LETTERS, **options)


def _legend(figure: Figure, verdicts: set[str], other_weights: bool) -> None:
    shown = [name for name in LOOKS if name in verdicts]
    others = sorted(verdicts - LOOKS.keys())
    handles = [Line2D([], [], label="reported", **{**REPORTED, "ms": 6})]
    for name in [*shown, *others]:
        colour, marker = LOOKS.get(name, LOOKS["undecided"])
        look: dict[str, Any] = {
            "marker": marker,
            "mfc": colour,
            "mec": "none",
            "ls": "none",
            "ms": 4,
        }
        handles.append(Line2D([], [], label=name, linestyle="none", **look))
    if other_weights:
        label = f"{OTHER_WEIGHTS_MARK} {STANDIN_WEIGHTS}"
        handles.append(Line2D([], [], label=label.strip(), linestyle="none"))
    corner = (0.05 / style.HALF, 1 - 0.2 / figure.get_size_inches()[1])
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=corner,
        fontsize=LETTERS,
        ncols=3,
        handlelength=1,
        columnspacing=1,
    )
