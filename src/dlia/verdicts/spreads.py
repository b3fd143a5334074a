"""How much trials vary: ours, those of a source, and both beside other spreads."""

import numpy as np
from numpy.typing import NDArray

from dlia.evaluation.statistics import equal_variances_p, wilson_interval
from dlia.formatting import metric_text, range_text
from dlia.study.printed import parse_reported
from dlia.verdicts.quantities_of_trials import Spread
from dlia.verdicts.rules import Scale

ALPHA = 0.05  # of the F test


def spreads_in_words(
    own: NDArray[np.float64], runs: tuple[float, ...], spread: Spread, scale: Scale
) -> str:
    """Compare standard deviations: between trials, between images and between variants.

    Args:
        own: The values of our trials.
        runs: The values of the source's runs, two or more.
        spread: The spreads between images and variants.
        scale: The scale of the values.
    """
    theirs = np.asarray(runs)
    parts = [f"{scale.amount(float(np.std(theirs, ddof=1)))} between the source's {len(runs)} runs"]
    if len(own) > 1:
        ours = f"{scale.amount(float(np.std(own, ddof=1)))} between our {len(own)} trials"
        p = equal_variances_p(own, theirs)
        if p is not None:
            differ = "differ" if p < ALPHA else "are not shown to differ"
            ours = f"{ours} (these two {differ}, F test, p = {p:.2g})"
        parts.append(ours)
    if spread.images is not None:
        parts.append(f"{scale.amount(spread.images)} by the choice of the test images")
    if spread.variants is not None:
        what = f"between the means of the {spread.compared} variants of the exercise"
        parts.append(f"{scale.amount(spread.variants)} {what}")
    return f"standard deviations: {', '.join(parts)}"


def single_runs_in_words(printed: tuple[str, ...], images: int) -> str:
    """Say whether two accuracies that a source prints, of one run each, can be told apart.

    Args:
        printed: The two texts.
        images: The number of test images.
    """
    intervals = []
    for text in printed:
        correct = round((parse_reported(text).value or 0.0) * images)
        intervals.append(wilson_interval(correct, images))
    low, high = (
        f"{text} ({range_text(*(metric_text('accuracy', end) for end in interval))})"
        for text, interval in zip(printed, intervals, strict=True)
    )
    first, second = intervals
    apart = first.low > second.high or second.low > first.high
    found = "do not overlap" if apart else "overlap, so that these runs alone show no difference"
    return (
        f"the source's two runs on {images:,} images have {low} and {high}, whose intervals {found}"
    )
