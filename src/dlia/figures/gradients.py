"""Gradient norm of every layer during training, for every variant of an exercise."""

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

from dlia.figures import style

PREFIX = "gradient_norm."
PAGE, LOWEST = 9.4, 0.4  # inches; panels shrink to this rather than leave the page
FEW_LAYERS = 6  # layers; more lines cannot be told apart by a legend
STRIP = 1.3  # inches of the strip of colours
PANEL, GAP, FOOT, LEFT, RIGHT, BETWEEN, LINE = 0.9, 0.27, 0.4, 0.6, 0.1, 0.25, 0.15  # inches
_HANDLE = 0.42  # inches of a legend's entry beside its words
LIGHTEST = 0.8  # of viridis; lighter colours are hard to see on white
FIRST: dict[str, Any] = {"linestyle": (0, (4, 1.6)), "linewidth": 1.6, "zorder": 3}
LAST: dict[str, Any] = {"linestyle": (0, (1, 1)), "linewidth": 2.2, "zorder": 3}
NOTE = (
    "Mean over the epoch's steps of the L2 norm of each layer's weight gradient; line: mean of the"
    " trials. Dark to light: from the first layer (dashed) to the last (dotted)."
)
GAPS = " Values that are zero or not finite leave gaps."
OF_LAYERS = (
    "Mean over the steps of the only epoch of the L2 norm of each layer's weight gradient, and"
    " over the trials. From left to right: from the first layer to the last."
)
OF_VARIANTS = (style.BLUE, style.VERMILLION, style.GREEN, style.ORANGE, style.SKY, style.BLACK)
MARKERS = "osD^vP"


@style.applied()
def gradients(histories: dict[str, pd.DataFrame]) -> Figure:
    """Draw one panel per variant with one line per layer; after a single epoch, layers as places.

    Args:
        histories: For each variant a table with the columns trial, epoch, part, metric and value;
            only metrics ``gradient_norm.<layer>`` are used.

    Returns:
        At most two panels per row, with one logarithmic axis; colours follow the depth of layers.
        A legend names few layers; of many, a strip shows the colours from the first to the last.
    """
    norms = {variant: layer_norms(table) for variant, table in histories.items()}
    looks = _looks([list(map(str, table.columns)) for table in norms.values()])
    if not looks:
        return style.message("No gradient norms were recorded.")
    if max(map(len, norms.values())) == 1:
        return _by_layer(norms, list(looks))
    columns = min(2, len(norms))
    width = (style.COLUMN - LEFT - RIGHT - BETWEEN * (columns - 1)) / columns
    # Bold letters are wider than the regular ones that wrap measures.
    titles = [style.wrap(variant, 0.88 * width, style.TEXT) for variant in norms]
    notes = style.wrap(_note(norms), style.COLUMN - LEFT - 0.3)
    tiers = _tiers(list(looks)) if len(looks) <= FEW_LAYERS else 1
    head, title = 0.12 + LINE * tiers, 0.08 + LINE * max(map(len, titles))
    rows, foot = -(-len(norms) // columns), FOOT + LINE * len(notes)
    pitch = title + GAP + max(min(PANEL, (PAGE - head - foot) / rows - title - GAP), LOWEST)
    bottom = head + pitch * rows - GAP
    figure = style.blank(bottom + foot)
    limits = _limits(list(norms.values()))
    for number, table in enumerate(norms.values()):
        row, column = divmod(number, columns)
        left, top = LEFT + column * (width + BETWEEN), head + row * pitch + title
        name = {"fontsize": style.TEXT, "fontweight": "bold"}
        above = top - 0.04 - LINE * len(titles[number])
        style.write(figure, left, above, "\n".join(titles[number]), **name)
        axes = style.place(figure, left, top, width, pitch - title - GAP)
        _panel(axes, table, looks, limits)
        axes.tick_params(labelleft=column == 0)
        if number + columns >= len(norms):
            axes.set_xlabel("epoch", labelpad=2)
    middle = 1 - (head + title + bottom) / 2 / (bottom + foot)
    figure.text(0.08 / style.COLUMN, middle, "gradient norm", rotation=90, ha="center", va="center")
    if len(looks) <= FEW_LAYERS:
        handles = [Line2D([], [], label=layer, **look) for layer, look in looks.items()]
        _legend(figure, handles, tiers)
    else:
        _strip(figure, looks)
    style.write(figure, LEFT, bottom + FOOT, "\n".join(notes), color=style.GREY)
    return figure


def _by_layer(norms: dict[str, pd.DataFrame], layers: list[str]) -> Figure:
    """Draw the norms of a single epoch, the layers side by side."""
    missing = [variant for variant, table in norms.items() if table.empty]
    notes = style.wrap(_note(norms, OF_LAYERS, missing), style.COLUMN - LEFT - 0.3)
    names = [variant for variant in norms if variant not in missing]
    tiers, width = _tiers(names), style.COLUMN - LEFT - RIGHT
    widest = max(style.text_width(layer) for layer in layers)
    upright = widest > 0.95 * width / len(layers)
    top, foot = 0.16 + LINE * tiers, 0.12 + (widest + 0.05 if upright else LINE)
    figure = style.blank(top + 1.5 * PANEL + foot + LINE * len(notes))
    axes = style.place(figure, LEFT, top, width, 1.5 * PANEL)
    _log_axis(axes, _limits(list(norms.values())))
    axes.set_ylabel("gradient norm")
    axes.set(xlim=(-0.5, len(layers) - 0.5))
    axes.set_xticks(range(len(layers)), layers, rotation=90 if upright else 0)
    handles = []
    for number, name in enumerate(names):
        look: dict[str, Any] = {
            "color": OF_VARIANTS[number % len(OF_VARIANTS)],
            "marker": MARKERS[number // len(OF_VARIANTS) % len(MARKERS)],
            "ms": 5, "mec": "white", "mew": 0.4, "ls": "none",
        }  # fmt: skip
        # Side by side, so that equal values do not hide each other.
        shift = 0.5 * ((number + 0.5) / len(names) - 0.5)
        values = norms[name].iloc[0].reindex(layers).to_numpy(dtype=float)
        axes.plot(np.arange(len(layers)) + shift, values, **look)
        handles.append(Line2D([], [], label=name, **look))
    _legend(figure, handles, tiers)
    style.write(figure, LEFT, top + 1.5 * PANEL + foot, "\n".join(notes), color=style.GREY)
    return figure


def layer_norms(history: pd.DataFrame) -> pd.DataFrame:
    """Return the mean norm over the trials, NaN where there is none above zero.

    Args:
        history: Columns trial, epoch, metric and value.

    Returns:
        One row per epoch, and one column per layer in the order of the history.
    """
    rows = history[history["metric"].str.startswith(PREFIX)]
    values = rows["value"].astype(float)
    layers = rows["metric"].str.removeprefix(PREFIX)
    rows = rows.assign(value=values.where(np.isfinite(values)), layer=layers)
    means = rows.pivot_table("value", "epoch", "layer", aggfunc="mean", dropna=False)
    return means.where(means > 0).reindex(columns=layers.unique())


def depths(networks: list[list[str]]) -> dict[str, int]:
    """Count the layers before each layer: the largest number in any of the networks.

    Args:
        networks: The names of the layers of each network, in order.

    Returns:
        Every layer, ordered by depth.
    """
    found = list(dict.fromkeys(layer for layers in networks for layer in layers))
    before: dict[str, set[str]] = {layer: set() for layer in found}
    for layers in networks:
        for earlier, later in pairwise(layers):
            before[later].add(earlier)
    sorter = TopologicalSorter(before)
    try:
        sorter.prepare()
    except CycleError:  # two networks order the same names differently
        return {layer: place for place, layer in enumerate(found)}
    result: dict[str, int] = {}
    depth = 0
    while sorter.is_active():
        ready = sorter.get_ready()
        result |= dict.fromkeys(sorted(ready, key=found.index), depth)
        sorter.done(*ready)
        depth += 1
    return result


def _looks(networks: list[list[str]]) -> dict[str, dict[str, Any]]:
    """Return how the line of every layer looks, ordered by depth."""
    colours = matplotlib.colormaps["viridis"]
    by_depth = depths(networks)
    deepest = max([*by_depth.values(), 1])
    looks = {n: {"color": colours(LIGHTEST * d / deepest)} for n, d in by_depth.items()}
    for layer, look in looks.items():
        # Only if the layer is first (or last) in all networks that have it, as looks are shared.
        holders = [layers for layers in networks if layer in layers]
        if all(layers[0] == layer for layers in holders):
            look |= FIRST
        elif all(layers[-1] == layer for layers in holders):
            look |= LAST
    return looks


def _limits(norms: list[pd.DataFrame]) -> tuple[float, float]:
    values = np.concatenate([table.to_numpy(dtype=float).ravel() for table in norms])
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.1, 1.0
    low, high = float(values.min()) / 1.3, float(values.max()) * 1.3
    if high < 10 * low:  # only whole decades have labels
        low, high = 10 ** np.floor(np.log10(low)), 10 ** np.ceil(np.log10(high))
    return low, high


def _panel(
    axes: Axes,
    table: pd.DataFrame,
    looks: dict[str, dict[str, Any]],
    limits: tuple[float, float],
) -> None:
    _log_axis(axes, limits)
    if not np.isfinite(table.to_numpy(dtype=float)).any():
        text = "not recorded" if table.empty else "no finite values above zero"
        axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", color=style.GREY)
        axes.set_xticks([])
        return
    for layer, values in table.items():
        known = np.isfinite(values.to_numpy())
        # A value without a neighbour gives no line and would be invisible without a marker.
        padded = np.concatenate([[False], known, [False]])
        lone = np.flatnonzero(known & ~padded[:-2] & ~padded[2:])
        dot: dict[str, Any] = {"marker": "o", "markersize": 3, "markevery": lone.tolist()}
        axes.plot(table.index, values, label=str(layer), **dot, **looks[str(layer)])
    first, last = int(table.index.min()), int(table.index.max())
    margin = 0.03 * (last - first) or 0.5
    axes.set_xlim(first - margin, last + margin)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))


def _log_axis(axes: Axes, limits: tuple[float, float]) -> None:
    axes.set_yscale("log")
    axes.set_ylim(limits)
    axes.yaxis.set_major_locator(LogLocator(numticks=6))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))  # exponents would be too small
    axes.yaxis.set_minor_formatter(NullFormatter())


def _tiers(layers: list[str]) -> int:
    """Return how many lines the legend needs."""
    widest = _HANDLE + max(style.text_width(layer) for layer in layers)
    return -(-len(layers) // max(1, int((style.COLUMN - LEFT) / widest)))


def _legend(figure: Figure, handles: list[Line2D], tiers: int) -> None:
    corner = (LEFT / style.COLUMN, 1 - 0.05 / figure.get_size_inches()[1])
    close = {"handlelength": 2.4, "labelspacing": 0.35, "columnspacing": 1.2, "handletextpad": 0.5}
    columns = -(-len(handles) // tiers)
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=corner, ncols=columns, **close)


def _strip(figure: Figure, looks: dict[str, dict[str, Any]]) -> None:
    """Show the colours of all layers in their order, and name the first and the last."""
    names = list(looks)
    first, last = f"first layer: {names[0]}", f"last layer: {names[-1]}"
    start = LEFT + style.text_width(first) + 0.08
    style.write(figure, LEFT, 0.06, first)
    axes = style.place(figure, start, 0.06, STRIP, 0.1)
    axes.imshow([[look["color"] for look in looks.values()]], aspect="auto")
    axes.set_axis_off()
    style.write(figure, start + STRIP + 0.08, 0.06, last)


def _note(norms: dict[str, pd.DataFrame], note: str = NOTE, missing: Sequence[str] = ()) -> str:
    gaps = GAPS if any(table.isna().any(axis=None) for table in norms.values()) else ""
    return note + gaps + (f" Not recorded: {', '.join(missing)}." if missing else "")
