"""The figure of the differences of two variants along the true contours.

Contours are those of the foreground: of more than two classes, all but the background are one.
Ignored pixels are background in all masks.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from dlia.data.arrays import Arrays
from dlia.data.class_shares import IGNORED
from dlia.evaluation.predictions import Predictions
from dlia.figures import style
from dlia.figures.trials import MEAN
from dlia.tasks.segmentation import boundary_maps as maps
from dlia.tasks.segmentation.boundary import WIDTHS, contour_distance
from dlia.tasks.segmentation.boundary_maps import NEAR, Case

REACH = 10  # pixels from the contour, on either side
MEASURES = {f"boundary_dice_{width}": f"within {width} px" for width in WIDTHS}
RANKED_BY = f"boundary_dice_{NEAR}"
MEASURES["dice"] = "whole image"
_SMALLEST = 0.01  # range of the differences of Dice on their axis
HEAD, FOOT, LINE, HEIGHT, LOWER, BETWEEN = 0.22, 0.22, 0.15, 1.6, 0.52, 0.1  # inches
RATES, CHANGES, BESIDE = (0.55, 2.15), (3.6, 1.74), 0.05  # inches: left edge and width; to counts
_LOOKS: tuple[dict[str, Any], ...] = (
    {"color": style.ORANGE, "linestyle": (0, (3, 1)), "zorder": 4},
    {"color": style.BLUE, "linestyle": "-", "zorder": 3},
)
THIN: dict[str, Any] = {"linewidth": 0.5, "linestyle": "-", "zorder": 2}
BOLD: dict[str, Any] = {"linewidth": 1.6}
ZERO: dict[str, Any] = {"color": style.GREY, "linewidth": 0.6, "zorder": 1}
POINTS = {-1: style.ORANGE, 0: style.GREY, 1: style.BLUE}  # by the sign of the difference


@dataclass(frozen=True)
class Comparison:
    """Two variants on all test images.

    Attributes:
        names: The reference and the compared variant.
        failed: The trials that are not ok, in words.
        rates: Share of wrong pixels of either variant, (trials, 2 * REACH), from inside the true
            contour outwards; NaN where there are no pixels.
        differences: Columns of ``MEASURES``, one row per image: compared - reference, mean of the
            trials.
        several_classes: Whether there is more than one class of foreground.
    """

    names: tuple[str, str]
    failed: list[str]
    rates: tuple[np.ndarray, np.ndarray]
    differences: pd.DataFrame
    several_classes: bool = False


def picture(
    names: tuple[str, str],
    predictions: tuple[Predictions, Predictions],
    results: pd.DataFrame,
    arrays: Arrays,
) -> Figure:
    """Draw where one variant is better than another, over the trials that both have.

    Args:
        names: The reference and the compared variant.
        predictions: Of both, for the same test images in the same order.
        results: Columns variant, trial, image and those of ``MEASURES``.
        arrays: The data set.
    """
    first, second = (
        results[results["variant"] == name].set_index(["image", "trial"])[list(MEASURES)]
        for name in names
    )
    paired = (second - first).dropna()  # without trials that only one of them has
    trials = sorted(set(paired.index.get_level_values("trial")))
    if not trials:
        return style.message(f"{names[0]} and {names[1]} have no trial in common.")
    ids, rows = predictions[0].ids, arrays.rows("test")
    # If gains and losses of the trials cancel out, only a rounding error is left.
    differences = paired.groupby("image").mean().loc[ids].round(9)
    # The images are ranked by their means; the trial nearest to the mean stands for the others.
    ranked = differences[RANKED_BY].to_numpy()
    by_trial = [paired[RANKED_BY].xs(trial, level="trial").loc[ids].round(9) for trial in trials]
    of_trials = np.stack(by_trial, axis=1)
    nearest = np.abs(of_trials - ranked[:, np.newaxis]).round(9).argmin(axis=1)
    targets = arrays.targets_at(rows)
    known = targets != IGNORED
    truth = (targets != 0) & known
    masks = {
        trials[place]: [(each.classes(trials[place]) != 0) & known for each in predictions]
        for place in {int(nearest[image]) for image in maps.extremes(ranked)}
    }
    cases = [
        Case(
            label,
            ids[image],
            arrays.images[rows[image]],
            truth[image],
            (masks[trial][0][image], masks[trial][1][image]),
            float(ranked[image]),
            trial,
            float(of_trials[image, nearest[image]]),
        )
        for image, label in maps.extremes(ranked).items()
        for trial in [trials[nearest[image]]]
    ]
    failed = [
        f"trial {entry['trial']} of {name} {entry['status']}"
        for name, each in zip(names, predictions, strict=True)
        for entry in each.trials
        if entry["trial"] in trials and entry["status"] != "ok"
    ]
    first_rates, second_rates = (error_rates(each, targets, trials) for each in predictions)
    several = predictions[0].logits.shape[2] > 2
    return boundary(
        cases, Comparison(names, failed, (first_rates, second_rates), differences, several)
    )


def error_rates(predictions: Predictions, targets: np.ndarray, trials: list[int]) -> np.ndarray:
    """Compute the share of wrong pixels by their signed distance to the true contour.

    Args:
        predictions: For n images.
        targets: True masks, class numbers and ``IGNORED``, (n, H, W); ignored pixels do not count.
        trials: The numbers of the trials.

    Returns:
        (trials, 2 * REACH): the last pixels inside are at REACH - 1, the first outside at REACH;
        NaN where there are no pixels.
    """
    known = targets != IGNORED
    truth = (targets != 0) & known
    distance = np.stack([contour_distance(mask) for mask in truth])
    near = (distance <= REACH) & known
    steps = np.ceil(distance[near]).astype(np.int64)  # the pixels that a band adds to a narrower
    bins = np.where(truth[near], REACH - steps, REACH - 1 + steps)
    pixels = np.bincount(bins, minlength=2 * REACH).astype(np.float64)
    pixels[pixels == 0] = np.nan
    wrong = [((predictions.classes(trial) != 0) != truth)[near] for trial in trials]
    return np.stack([np.bincount(bins, each, 2 * REACH) for each in wrong]) / pixels


@style.applied()
def boundary(cases: list[Case], comparison: Comparison) -> Figure:
    """Draw a row of maps per case, and below them error rates and differences of all images."""
    if not cases:
        return style.message("There is no test image to compare.")
    several = len(comparison.rates[0]) > 1
    colours, lines = maps.handles(comparison.names), _handles(comparison.names, several)
    # The colours are explained beside the maps, or below them if a name is too long.
    beside = maps.fits_beside(colours)
    first = HEAD + sum(case.height + maps.GAP for case in cases) + 0.02
    second = first + (0.06 if beside else LINE * maps.tiers(colours) + 0.2)
    top = second + LINE * maps.tiers(lines) + 0.1
    titles = _titles(comparison.names)
    foot = top + HEIGHT + FOOT + LINE * max(map(len, titles)) + 0.08
    notes = style.wrap(_note(comparison), style.COLUMN - 0.3)
    figure = style.blank(foot + LINE * len(notes))
    maps.draw_heads(figure)
    upper = HEAD
    for case in cases:
        maps.draw_row(figure, case, upper, several)
        upper += case.height + maps.GAP
    if beside:
        maps.draw_legend(figure, colours, maps.BESIDE, HEAD, 1)
    else:
        maps.draw_legend(figure, colours, maps.LEFT, first)
    maps.draw_legend(figure, lines, RATES[0], second)
    _rates(figure, comparison, top)
    _differences(style.place(figure, CHANGES[0], top, CHANGES[1], HEIGHT), comparison.differences)
    for (left, width), title in zip((RATES, CHANGES), titles, strict=True):
        middle, words = left + width / 2, "\n".join(title)
        style.write(figure, middle, top + HEIGHT + FOOT, words, ha="center", fontsize=style.TEXT)
    style.write(figure, 0, foot, "\n".join(notes), color=style.GREY)
    return figure


def _rates(figure: Figure, comparison: Comparison, top: float) -> None:
    reference, compared = (100 * rates for rates in comparison.rates)
    left, width = RATES
    upper = style.place(figure, left, top, width, HEIGHT - LOWER - BETWEEN)
    lower = style.place(figure, left, top + HEIGHT - LOWER, width, LOWER)
    _lines(upper, reference, _LOOKS[0])
    _lines(upper, compared, _LOOKS[1])
    _lines(lower, compared - reference, {"color": style.BLACK})
    highest = np.nan_to_num(np.maximum(reference, compared)).max()
    upper.set(ylim=(0, 1.05 * highest or 1), ylabel="wrong pixels (%)")
    upper.tick_params(labelbottom=False)
    farthest = np.abs(np.nan_to_num(compared - reference)).max()
    lower.set(ylim=(-1.1 * farthest or -1, 1.1 * farthest or 1), ylabel="difference")
    lower.axhline(0, **ZERO)
    lower.yaxis.set_major_locator(MaxNLocator(4, steps=style.STEPS))
    for axes in (upper, lower):
        axes.yaxis.set_label_coords(-0.38 / width, 0.5)
        if not np.isfinite(reference).any():
            text = "no true contour"  # above the line at zero
            axes.text(0.5, 0.6, text, transform=axes.transAxes, ha="center", color=style.GREY)


def _lines(axes: Axes, rates: np.ndarray, look: dict[str, Any]) -> None:
    distances = np.arange(-REACH, REACH) + 0.5
    axes.axvline(0, **ZERO)
    for trial in rates if len(rates) > 1 else ():
        axes.plot(distances, trial, **{**look, **THIN})
    axes.plot(distances, rates.mean(axis=0), **{**look, **BOLD})
    axes.set_xlim(-REACH, REACH)


def _differences(axes: Axes, differences: pd.DataFrame) -> None:
    low, high = min(differences.min().min(), 0.0), max(differences.max().max(), 0.0)
    pad = max(_SMALLEST - (high - low), 0.0) / 2 + 0.07 * (high - low)
    axes.set_xlim(low - pad, high + pad)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=style.STEPS))
    axes.axvline(0, **ZERO)
    for row, measure in enumerate(MEASURES):
        values = np.sort(differences[measure].to_numpy())
        # Multiples of the golden ratio keep neighbours apart without looking like a trend.
        lanes = row + 0.5 * ((np.arange(len(values)) + 1) * 0.618034 % 1 - 0.5)
        for sign, colour in POINTS.items():
            here = np.sign(values) == sign
            axes.plot(values[here], lanes[here], "o", mfc=colour, mec="white", mew=0.3, ms=3)
        axes.plot([values.mean()], [row], zorder=4, **MEAN)
        across, end = axes.get_yaxis_transform(), 1 + BESIDE / CHANGES[1]
        axes.text(end, row, _counts(values), transform=across, va="center", fontsize=style.SMALL)
    axes.set_ylim(len(MEASURES) - 0.5, -0.5)
    axes.set_yticks(range(len(MEASURES)), list(MEASURES.values()))
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")


def _counts(values: np.ndarray) -> str:
    if not values.any():
        return "identical"
    better, worse = (values > 0).sum(), (values < 0).sum()
    return f"mean {maps.signed(values.mean(), 4)}\n{better} images better\n{worse} worse"


def _titles(names: tuple[str, str]) -> list[list[str]]:
    parts = (
        ("signed distance to the true contour (px),", "negative inside"),
        (f"{names[1]} \N{MINUS SIGN} {names[0]}, Dice", f"(positive: {names[1]} is better)"),
    )
    return [[line for part in two for line in style.wrap(part, 2.5, style.TEXT)] for two in parts]


def _handles(names: tuple[str, str], several: bool) -> list[Artist]:
    bold = [Line2D([], [], label=n, **k, **BOLD) for n, k in zip(names, _LOOKS, strict=True)]
    thin = Line2D([], [], label="single trials", color=style.GREY, **THIN)
    mean = Line2D([], [], label="mean of the images", linestyle="none", **{**MEAN, "ms": 9})
    return [*bold, thin, mean] if several else [*bold, mean]


def _note(comparison: Comparison) -> str:
    reference, compared = comparison.names
    trials, images = len(comparison.rates[0]), len(comparison.differences)
    mean = f", mean of {trials} trials" if trials > 1 else ""
    shown = f"{mean}; each shows the trial whose difference is nearest to it" if mean else ""
    failed = f" Failed but counted: {', '.join(comparison.failed)}." if comparison.failed else ""
    classes = " Contours enclose all foreground classes together." * comparison.several_classes
    return (
        f"Maps: ranked by the difference in Dice within {NEAR} px{shown}. Curves: all pixels of "
        f"{images} test image{'s' * (images > 1)}; below them {compared} \N{MINUS SIGN} "
        f"{reference}, negative where {compared} makes fewer errors. Points: images{mean}; better "
        f"and worse: by any amount, however small.{classes}{failed}"
    )
