"""The figures of the benchmark: the speed of all contestants, and the growth of dlia."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dlia.figures import style
from report import NAMES, runs_of, spread

COLOURS = {"dlia": style.VERMILLION, "lightning": style.BLUE, "tutorial": style.GREY}
PANELS = (
    ("images per second", 1, "images_per_second"),
    ("seconds to {level}", 1, "seconds_to_level"),
    ("seconds of 10 trainings", 10, "seconds"),
    ("peak memory, MiB", 1, "peak_memory_mib"),
)
COLUMNS, ROW, HEAD, FOOT, GAP, LEFT = 3, 0.2, 0.28, 0.3, 0.28, 0.85  # inches but for the first
WIDTH = (style.COLUMN - LEFT - 0.1 - GAP * (COLUMNS - 1)) / COLUMNS
NOTE = (
    "Bars: medians of the rounds; lines: from the least to the greatest. "
    "Of ten trainings, others' are ten times one."
)
LINES = (("seconds", "seconds", "o", style.VERMILLION), ("peak_memory_mib", "MiB", "s", style.BLUE))
GROWTH = {"images": "training images", "trials": "trials", "side": "side of an image, pixels"}


def save_figures(results: dict[str, Any], output: Path) -> None:
    """Draw what has been measured as SVG, beside the file of results."""
    with TemporaryDirectory() as folder:
        for part, draw in {"runs": draw_speed, "growth": draw_growth}.items():
            if part in results:
                name = f"{output.stem}_{draw.__name__.removeprefix('draw_')}.svg"
                style.save(draw(results), output.with_name(name), Path(folder) / "unused.pdf")


@style.applied()
def draw_speed(results: dict[str, Any]) -> Figure:
    """Draw a panel per case and measure: a bar per contestant, and its least and greatest."""
    panels = {}
    for case, facts in results["conditions"]["cases"].items():
        level = style.metric_in_words("accuracy", facts["level"] or 0)
        for title, trainings, measure in PANELS:
            runs = runs_of(results, case, trainings)
            spreads = {name: found for name in runs if (found := spread(runs[name][measure]))}
            if spreads:
                panels[f"{case}: {title.format(level=level)}"] = spreads
    names = list(next(iter(panels.values())))
    height = HEAD + ROW * len(names) + FOOT
    foot = -(-len(panels) // COLUMNS) * height
    figure = style.blank(foot + FOOT)
    style.write(figure, 0, foot + 0.08, NOTE, color=style.GREY)
    for place, (title, spreads) in enumerate(panels.items()):
        line, column = divmod(place, COLUMNS)
        left, top = LEFT + column * (WIDTH + GAP), line * height + HEAD
        axes = style.place(figure, left, top, WIDTH, ROW * len(names))
        axes.set_title(title, loc="left", fontsize=style.SMALL)
        axes.set_yticks(range(len(names)), [NAMES[name] if column == 0 else "" for name in names])
        for name, (median, low, high) in spreads.items():
            row = names.index(name)
            look: dict[str, Any] = {"color": COLOURS[name], "clip_on": False, "zorder": 3}
            axes.barh([row], [median], height=0.5, alpha=0.35, color=COLOURS[name])
            axes.plot([low, high], [row, row], **look)
            axes.plot([median], [row], marker="|", markersize=8, **look)
        greatest = max(high for _, _, high in spreads.values())
        axes.set(xlim=(0, 1.05 * greatest), ylim=(len(names) - 0.5, -0.5))
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_locator(MaxNLocator(3, steps=style.STEPS))
    return figure


@style.applied()
def draw_growth(results: dict[str, Any]) -> Figure:
    """Draw seconds and peak memory against each size, on logarithmic axes, with the exponents."""
    figure = style.blank(2.1)
    for column, (kind, label) in enumerate(GROWTH.items()):
        axes = style.place(figure, 0.42 + column * 2.05, 0.12, 1.5, 1.35)
        points, exponents = results["growth"][kind]["points"], results["growth"][kind]["exponents"]
        sizes = [point["size"] for point in points]
        for measure, words, marker, colour in LINES:
            values = [point[measure] for point in points]
            words += f", exponent {exponents[measure]:.2f}"
            axes.plot(sizes, values, marker=marker, markersize=3, color=colour, label=words)
        axes.set(xscale="log", yscale="log", xlabel=label)
        low, top = axes.get_ylim()
        axes.set_ylim(low, top * (top / low) ** 0.35)
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.minorticks_off()
        axes.legend(loc="upper left", handlelength=1.2, borderaxespad=0.4)
    return figure
