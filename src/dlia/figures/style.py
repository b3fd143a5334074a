"""Style and output of all figures: the same input gives the same bytes."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.textpath import text_to_path

from dlia.runtime.files import write_bytes

COLUMN = 6.3  # width of the text column, inches
HALF = 3.08  # inches; two such figures stand side by side
TEXT = 8.0  # points
SMALL = 7.0  # points
LEADING = 1.3  # from line to line, in sizes of the font
FONT = "DejaVu Sans"  # ships with matplotlib, so every machine has the same one
STEPS = (1, 2, 2.5, 5, 10)  # between ticks
DOTS = "\N{HORIZONTAL ELLIPSIS}"

# Okabe and Ito's palette, which stays apart under the common kinds of colour blindness.
BLUE = "#0072B2"
SKY = "#56B4E9"
ORANGE = "#E69F00"
VERMILLION = "#D55E00"
GREEN = "#009E73"
BLACK = "#000000"
GREY = "#666666"
SILVER = "#949494"
PALE = "#D9D9D9"

RC: dict[str, Any] = {
    "font.family": FONT,
    "font.size": TEXT,
    "mathtext.fontset": "dejavusans",
    "axes.titlesize": TEXT,
    "axes.labelsize": TEXT,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "legend.borderpad": 0.0,
    "legend.borderaxespad": 0.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.edgecolor": GREY,
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "axes.grid": True,
    "grid.color": PALE,
    "grid.linewidth": 0.4,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": BLACK,
    "ytick.labelcolor": BLACK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "lines.linewidth": 1.2,
    # "none" keeps an image's own pixels in SVG and PDF; all others resample it.
    "image.interpolation": "none",
    # Outlines instead of text, so that the figure does not depend on installed fonts.
    "svg.fonttype": "path",
    # Without a salt, the identifiers in an SVG are random.
    "svg.hashsalt": "dlia",
}

_METRICS = {"accuracy": (100.0, "accuracy (%)"), "dice": (1.0, "Dice"), "ap50": (1.0, "AP50")}


@contextmanager
def applied() -> Iterator[None]:
    """Use this style instead of the user's matplotlib settings; also works as a decorator."""
    with matplotlib.style.context(["default", RC]):
        yield


def metric_axis(metric: str) -> tuple[float, str]:
    """Return the factor from a metric's raw values to its axis, and the axis's label."""
    return _METRICS.get(metric, (1.0, metric.replace("_", " ")))


def metric_in_words(metric: str, value: float) -> str:
    """Return ``value`` of ``metric`` as text with its unit, such as 11.4 %."""
    return f"{round(100 * value, 2):.4g} %" if metric == "accuracy" else f"{value:.3g}"


def blank(height: float, width: float = COLUMN) -> Figure:
    """Return an empty figure, as wide as the text column and ``height`` inches high."""
    return Figure(figsize=(width, height))


def place(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Add axes to ``figure``; all in inches, ``top`` from the upper edge.

    Fixed places instead of an automatic layout do not depend on the text metrics of a backend.
    """
    total_width, total_height = figure.get_size_inches()
    bottom = total_height - top - height
    return figure.add_axes(
        (left / total_width, bottom / total_height, width / total_width, height / total_height)
    )


def write(figure: Figure, left: float, top: float, text: str, **options: Any) -> None:
    """Write ``text`` with its upper left corner ``left`` and ``top`` inches into ``figure``.

    Line by line, because text aligned at its top moves with the height of its letters.
    """
    width, height = figure.get_size_inches()
    options = {"fontsize": SMALL, **options}
    for number, line in enumerate(text.split("\n")):
        baseline = top + options["fontsize"] * (0.76 + LEADING * number) / 72
        figure.text(left / width, 1 - baseline / height, line, va="baseline", **options)


def caption(
    axes: Axes, x: float, y: float, text: str, beside: bool = False, to: float | None = None
) -> None:
    """Write ``text`` beside or centred on a point, but never across the edge of ``axes``.

    Beside points from ``x`` to ``to``, it stands right of the last or left of the first.
    """
    low, high = axes.get_xlim()
    after = ((x if to is None else to) - low) / (high - low) * axes.get_position().width * COLUMN
    inches = axes.get_position().width * COLUMN
    place, width, gap = (x - low) / (high - low) * inches, text_width(text), 0.07
    start = min(max(place - width / 2, 0.03), inches - width)
    if beside:
        start = after + gap if after + gap + width <= inches else place - gap - width
    backing = {"fc": "white", "ec": "none", "pad": 0.4}
    start = low + start / inches * (high - low)
    axes.text(start, y, text, va="center", fontsize=SMALL, bbox=backing, zorder=1.5)


@lru_cache(maxsize=4096)
def text_width(text: str, size: float = SMALL) -> float:
    """Return how wide one line of ``text`` is, in inches, at ``size`` points."""
    font = FontProperties(family=FONT, size=size)
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]) / 72


def wrap(text: str, width: float, size: float = SMALL) -> list[str]:
    """Break ``text`` after blanks, underscores and hyphens into lines of ``width`` inches."""
    lines = [""] if text else []
    for word in re.findall(r"[^\s_-]+[\s_-]*|[\s_-]+", text):
        if lines[-1] and text_width(lines[-1] + word.rstrip(), size) > width:
            lines.append("")
        lines[-1] += word
        while (fits := _fitting(lines[-1].rstrip(), width, size)) < len(lines[-1].rstrip()):
            lines[-1:] = [lines[-1][:fits], lines[-1][fits:]]
    return [line.rstrip() for line in lines]


def cut_to_width(text: str, width: float, size: float = SMALL) -> str:
    """Return ``text``, with dots in place of its last letters if it is over ``width`` inches."""
    if text_width(text, size) <= width:
        return text
    return text[: _fitting(text, width - text_width(DOTS, size), size)] + DOTS


def legend(figure: Figure, handles: list[Line2D], left: float, **options: Any) -> None:
    """Explain ``handles`` in one line at the top of ``figure``, from ``left`` inches on."""
    width, height = figure.get_size_inches()
    corner = (left / width, 1 - 0.05 / height)
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=corner, ncols=4, **options)


def _fitting(line: str, width: float, size: float) -> int:
    """Return how many of the first letters of ``line`` are at most ``width`` wide, or one."""
    if text_width(line, size) <= width:
        return len(line)
    return max([n for n in range(len(line)) if text_width(line[:n], size) <= width] + [1])


def message(text: str) -> Figure:
    """Return a small figure that only shows ``text``, for use when there is nothing to draw."""
    figure = blank(0.5)
    figure.text(0.5, 0.5, text, ha="center", va="center", color=GREY)
    return figure


def save(figure: Figure, svg: Path, pdf: Path) -> None:
    """Write ``figure`` as SVG and as PDF, without dates and without versions."""
    with applied():
        drawn = io.BytesIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None, "Creator": None})
        write_bytes(svg, _rounded(drawn.getvalue()))
        drawn = io.BytesIO()
        nothing = {"CreationDate": None, "Creator": None, "Producer": None}
        figure.savefig(drawn, format="pdf", metadata=nothing)
        write_bytes(pdf, drawn.getvalue())


def _rounded(svg: bytes) -> bytes:
    """Round the coordinates of all paths to 0.01 pt, which halves long curves."""

    def path(match: re.Match[bytes]) -> bytes:
        return re.sub(rb"(\.\d\d)\d+", rb"\1", match[0])

    return re.sub(rb'(?<= d=")[^"]*', path, svg)
