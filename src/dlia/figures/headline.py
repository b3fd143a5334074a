"""All results of a study at a glance: what sources report, and what the build finds."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from string import ascii_letters
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from dlia.figures import style
from dlia.study.origins import REAL_BUT_WEIGHTS, STANDIN_WEIGHTS
from dlia.study.part_names import TEST
from dlia.study.tally import head

HEAD, FOOT, RIGHT = 0.54, 0.4, 0.2  # inches
NAMES, WIDE_NAMES, BESIDE_NAME = 1.2, 1.75, 0.08  # inches
# Inches; rows are as high as ROWS allows, so that figures that stand side by side end together.
ROW, LOW_ROW, ROWS = 0.2, 0.098, 2.7
LETTERS = 6.5  # points
_ARROW, _APART = 0.05, 0.05  # inches: half of the arrow at an edge; from a mark to a text
UNCLAIMED = "no reported result"
OTHER_WEIGHTS_MARK = " \N{DAGGER}"  # of a variant that began with stand-in weights
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
        mean: The mean on the images of the part that is shown.
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
    tables: Sequence[str | Path],
    claims: str | Path,
    about: Mapping[str, str],
    metric: str,
    part: str,
) -> list[ResultRow]:
    """Read the results of a study; variants that are no training of their own are left out.

    Args:
        tables: The summary.csv of every exercise, or its parts.csv where another part than the test
            part is shown, in a folder with the exercise's name.
        claims: The table of claims with their verdicts.
        about: The claim about the reported value of each variant, by the variant's key.
        metric: The metric that is shown.
        part: The part of the data that is shown.
    """
    judged = pd.read_csv(claims, keep_default_na=False, dtype=str)
    verdicts = dict(zip(judged["claim"], judged["verdict"], strict=True))
    found = []
    files = [Path(table) for table in tables]
    numbers = _numbers_of(file.parent.name for file in files)
    for file in files:
        exercise = file.parent.name
        table = pd.read_csv(file, keep_default_na=False, dtype=str)
        asked = {"kind": "variant"} if part == TEST else {"part": part, "metric": metric}
        trained = table[(table[[*asked]] == [*asked.values()]).all(axis=1) & (table.same_as == "")]
        for row in trained.to_dict("records"):
            claim = about.get(f"{exercise}/{row['variant']}", "")
            mean, low, high = (_number(row[key]) for key in ("mean", "low", "high"))
            verdict = head(verdicts.get(claim, UNCLAIMED))
            failed = any(word in row["status"] for word in ("collapsed", "diverged"))
            marked = row["data"] == REAL_BUT_WEIGHTS
            name = f"{numbers[exercise]}  {row['variant']}{OTHER_WEIGHTS_MARK * marked}"
            reported = _number(row["reported_value"])
            found.append(ResultRow(name, mean, low, high, reported, verdict, failed))
    return found


def _numbers_of(exercises: Iterable[str]) -> dict[str, str]:
    """Return what is left of each exercise's name without the letters that all begin with."""
    rests = {name: name.lstrip(ascii_letters) for name in exercises}
    letters = {name.removesuffix(rest) for name, rest in rests.items()}
    numbered = len(letters) == 1 and all(rest[:1].isdigit() for rest in rests.values())
    return {name: (rests[name] if numbered else name).replace("_", ".") for name in rests}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


@style.applied()
def headline(title: str, metric: str, rows: Sequence[ResultRow], part: str) -> Figure:
    """Draw one row per variant: the reported value as a mark, the build's as dot and interval.

    A value beyond an edge is an arrow there, with the value and its interval in words; an interval
    that goes on beyond an edge ends in an arrow, too.

    Args:
        title: The study.
        metric: Its metric; accuracy is shown in per cent.
        rows: The results, from top to bottom.
        part: The part of the data that they are measured on.
    """
    factor, label = style.metric_axis(metric)
    label = f"{label}, {part}"
    low, high = limits(rows)
    count = max(len(rows), 1)
    height = count * min(ROW, max(LOW_ROW, ROWS / count))
    figure = style.blank(HEAD + height + FOOT, style.HALF)
    names = [style.cut_to_width(row.name, WIDE_NAMES - BESIDE_NAME, LETTERS) for row in rows]
    widest = max((style.text_width(name, LETTERS) for name in names), default=0.0)
    left = max(NAMES, widest + BESIDE_NAME)
    axes = style.place(figure, left, HEAD, style.HALF - left - RIGHT, height)
    axes.set(xlim=(low * factor, high * factor), ylim=(len(rows) - 0.5, -0.5), xlabel=label)
    axes.set_yticks(range(len(rows)), names)
    axes.tick_params(axis="y", length=0, labelsize=LETTERS, pad=2)
    ticks = 4 if left == NAMES else 3
    axes.xaxis.set_major_locator(MaxNLocator(ticks, steps=style.STEPS))
    for place, row in enumerate(rows):
        _row(axes, place, row, metric, factor)
    style.write(figure, 0.05, 0.04, title, fontsize=style.TEXT, weight="bold")
    _legend(figure, rows)
    return figure


def limits(rows: Sequence[ResultRow]) -> tuple[float, float]:
    """Return the ends of the axis; low means of variants with failed trials may lie outside."""
    good = [row.mean for row in rows if not row.failed] or [row.mean for row in rows]
    highest = [max((row.mean for row in rows if math.isfinite(row.mean)), default=math.nan)]
    # Beside others, an interval may go on beyond the axis; alone, it is all that there is to show.
    alone = [end for row in rows for end in (row.low, row.high)] if len(rows) == 1 else []
    known = (*good, *highest, *alone, *(row.reported for row in rows))
    values = [x for x in known if math.isfinite(x)] or [0.0, 1.0]
    # Single results far below the others would hide all differences between these.
    middle = sorted(values)[len(values) // 2]
    near = [x for x in values if x >= middle - 4 * max(max(values) - middle, 0.005)]
    pad = 0.08 * max(max(near) - min(near), 0.005)
    return min(near) - pad, min(max(near) + pad, 1.0 + pad / 4)


def _row(axes: Axes, place: int, row: ResultRow, metric: str, factor: float) -> None:
    colour, _ = LOOKS.get(row.verdict, LOOKS["undecided"])
    low, right = axes.get_xlim()
    x, reported = row.mean * factor, row.reported * factor
    taken: list[tuple[float, float]] = []  # what a text must not cover, on the axis
    told: list[tuple[str, str]] = []
    inch = (right - low) / (axes.get_position().width * style.HALF)
    if reported < low:
        told.append((f"reported {style.metric_in_words(metric, row.reported)}", style.BLUE))
    elif math.isfinite(reported):
        axes.plot([reported], [place], zorder=3, **REPORTED)
        taken.append((reported, reported))
    if low <= x <= right:
        taken.append(_dot_and_interval(axes, place, row, factor))
    else:
        room = (1 - axes.get_position().x0) * style.HALF - 2 * _ARROW
        told.append((_in_words(metric, row, room), colour))
    for text, look in told:
        _arrow(axes, low + _ARROW * inch, place, "<", look)
        start = low + 2 * _ARROW * inch
        wide = (style.text_width(text, LETTERS) + _APART) * inch
        for begin, end in sorted(taken):
            if begin - _APART * inch < start + wide and end > start - _APART * inch:
                start = end + _APART * inch
        taken.append((start, start + wide))
        backing = {"fc": "white", "ec": "none", "pad": 0.3}
        options: dict[str, Any] = {"va": "center", "fontsize": LETTERS, "bbox": backing}
        axes.text(start, place, text, color=look, zorder=2.5, **options)


def _in_words(metric: str, row: ResultRow, room: float) -> str:
    """Return a mean that is beyond the axis, and its interval if ``room`` inches are enough."""
    if not math.isfinite(row.mean):
        return "no value"
    number = style.metric_in_words(metric, row.mean)
    if not math.isfinite(row.low):
        return f"mean {number}"
    factor, digits = (100.0, 1) if metric == "accuracy" else (1.0, 2)
    low, high = (f"{factor * end:.{digits}f}" for end in (row.low, row.high))
    full = f"mean {number} ({low} to {high})".replace("-", "\N{MINUS SIGN}")
    return full if style.text_width(full, LETTERS) <= room else f"mean {number}"


def _dot_and_interval(axes: Axes, place: int, row: ResultRow, factor: float) -> tuple[float, float]:
    """Draw a mean and its interval; return where they begin and end on the axis."""
    colour, marker = LOOKS.get(row.verdict, LOOKS["undecided"])
    low, right = axes.get_xlim()
    x, ends = row.mean * factor, (row.mean * factor, row.mean * factor)
    if math.isfinite(row.low):
        ends = max(row.low * factor, low), min(row.high * factor, right)
        axes.plot(ends, [place, place], color=colour, linewidth=1.0, solid_capstyle="butt")
        inch = (right - low) / (axes.get_position().width * style.HALF)
        if ends[0] != row.low * factor:
            _arrow(axes, low + _ARROW * inch, place, "<", colour)
        if ends[1] != row.high * factor:
            _arrow(axes, right - _ARROW * inch, place, ">", colour)
    size = 5 if marker == "." else 3.6
    axes.plot([x], [place], marker=marker, ms=size, mfc=colour, mec="none", zorder=4)
    return ends


def _arrow(axes: Axes, x: float, place: int, direction: str, colour: str) -> None:
    look: dict[str, Any] = {"marker": direction, "mfc": colour, "mec": "none", "ms": 4.5}
    axes.plot([x], [place], ls="none", zorder=3, **look)


def _legend(figure: Figure, rows: Sequence[ResultRow]) -> None:
    verdicts = {row.verdict for row in rows}
    shown = [name for name in LOOKS if name in verdicts]
    others = sorted(verdicts - LOOKS.keys())
    handles = []
    if any(math.isfinite(row.reported) for row in rows):
        handles.append(Line2D([], [], label="reported", **{**REPORTED, "ms": 6}))
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
    if any(OTHER_WEIGHTS_MARK in row.name for row in rows):
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
