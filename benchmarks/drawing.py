"""The figures of the benchmark: every run as a point, medians as ticks; and growth."""

import tempfile
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dlia.figures import style
from reckoning import ONE, TEN
from showing import NAMES

COLOURS = {"dlia": style.VERMILLION, "lightning": style.BLUE, "tutorial": style.GREY}
# Title, share, measure; the cases that lack one have no panel of it.
PANELS = (
    ("images per second", ONE, "images_per_second"),
    ("seconds to {level}", ONE, "seconds_to_level"),
    ("seconds of 10 trainings", TEN, "seconds"),
    ("peak memory, MiB", ONE, "peak_memory_mib"),
)
COLUMNS, ROW, HEAD, FOOT, GAP = 3, 0.2, 0.28, 0.3, 0.28  # inches but for the first
LEFT = 0.85  # inches, for the names
GROWTH = {"images": "training images", "trials": "trials", "side": "side of an image, pixels"}


@style.applied()
def races(results: dict[str, Any]) -> Figure:
    """Draw a panel for every case and measure: a row per contestant, its rounds, their median."""
    panels = [
        (case, *panel)
        for case, shares in results["medians"].items()
        for panel in PANELS
        if any(found[panel[2]] for found in shares[panel[1]].values())
    ]
    if not panels:
        return style.message("nothing was raced")
    lines = -(-len(panels) // COLUMNS)
    names = [n for n in NAMES if any(n in shares[ONE] for shares in results["medians"].values())]
    high = ROW * len(names)
    width = (style.COLUMN - LEFT - 0.1 - GAP * (COLUMNS - 1)) / COLUMNS
    foot = lines * (HEAD + high + FOOT)
    figure = style.blank(foot + FOOT)
    style.write(figure, 0, foot + 0.08, _note(results), color=style.GREY)
    for place, (case, title, share, measure) in enumerate(panels):
        line, column = divmod(place, COLUMNS)
        top = line * (HEAD + high + FOOT) + HEAD
        axes = style.place(figure, LEFT + column * (width + GAP), top, width, high)
        level = results["conditions"]["cases"][case]["level"]
        words = title.format(level=style.metric_in_words("accuracy", level) if level else "")
        axes.set_title(f"{case}: {words}", loc="left", fontsize=style.SMALL)
        found = results["medians"][case][share]
        axes.set_ylim(len(names) - 0.5, -0.5)
        shown = [NAMES[name] if column == 0 else "" for name in names]
        axes.set_yticks(range(len(names)), shown)
        _rows(axes, names, found, measure)
    return figure


def _note(results: dict[str, Any]) -> str:
    ten = [found for shares in results["medians"].values() for found in shares[TEN].values()]
    note = "Bars: medians of the rounds; lines: from the least to the greatest."
    if any(found["extrapolated"] for found in ten):
        note += " Of ten trainings, others' are ten times one."
    return note


def _rows(axes: Axes, names: list[str], found: dict[str, Any], measure: str) -> None:
    """Draw least to greatest as a line and the median as a point, from zero on."""
    top = 0.0
    for row, name in enumerate(names):
        spread = found.get(name, {}).get(measure)
        if not spread:
            continue
        look: dict[str, Any] = {"color": COLOURS[name], "clip_on": False, "zorder": 3}
        axes.barh([row], [spread["median"]], height=0.5, color=COLOURS[name], alpha=0.35)
        axes.plot([spread["min"], spread["max"]], [row, row], **look)
        axes.plot([spread["median"]], [row], marker="|", markersize=8, **look)
        top = max(top, spread["max"])
    axes.set_xlim(0, 1.05 * top or 1)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(3, steps=style.STEPS))


@style.applied()
def growth(found: dict[str, Any]) -> Figure:
    """Draw seconds and peak memory against each size, on logarithmic axes, with the exponents."""
    figure = style.blank(2.1)
    width, high, gap = 1.5, 1.35, 0.55
    for number, (kind, label) in enumerate(GROWTH.items()):
        axes = style.place(figure, 0.42 + number * (width + gap), 0.12, width, high)
        points = found[kind]["points"]
        sizes = [point["size"] for point in points]
        for name, words, colour, marker in (
            ("seconds", "seconds", style.VERMILLION, "o"),
            ("peak_memory_mib", "MiB", style.BLUE, "s"),
        ):
            power = found[kind]["exponents"][name]
            legend = words if power is None else f"{words}, exponent {power:.2f}"
            values = [point[name] for point in points]
            axes.plot(sizes, values, marker=marker, markersize=3, color=colour, label=legend)
        axes.set_xscale("log")
        axes.set_yscale("log")
        low, top = axes.get_ylim()
        axes.set_ylim(low, top * (top / low) ** 0.35)
        axes.set_xlabel(label)
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.minorticks_off()
        axes.legend(loc="upper left", handlelength=1.2, borderaxespad=0.4)
    return figure


def save(figure: Figure, svg: Path) -> None:
    """Write a figure as SVG; the house's function also wants a place for a PDF."""
    with tempfile.TemporaryDirectory() as folder:
        style.save(figure, svg, Path(folder) / "unused.pdf")
