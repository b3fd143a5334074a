"""Confidence intervals and tests over trials (for methods) and over images (for networks).

The trial is the unit of every statement about a method. A percentile bootstrap over three trials
gives their smallest and largest value, which hold the mean in 75 % of the cases instead of 95 %, so
Student's t is used. The bootstrap serves for intervals over test images, which hold for the trained
networks as they are and say nothing about another training.
"""

from typing import NamedTuple

import numpy as np
from scipy import special, stats

LEVEL = 0.95
# The exact test is possible up to 13 pairs; with more, this many of their sign flips are drawn.
FLIPS = 9999
RESAMPLES = 2000
# Differences of accuracies that should be equal differ in their last bits.
DECIMALS = 9
_ROUNDING = 10.0**-DECIMALS


class Interval(NamedTuple):
    """The two ends of an interval."""

    low: float
    high: float


def t_interval(values: np.ndarray, share: bool = False, level: float = LEVEL) -> Interval | None:
    """Give Student's interval of the mean, mean ± t(n - 1) sd / sqrt(n).

    Args:
        values: One number per trial.
        share: Whether they are shares, so that the interval ends at 0 and 1.
        level: The confidence level.

    Returns:
        The interval; None for fewer than two values.
    """
    return _around_mean(values, 1 / len(values), share, level) if len(values) > 1 else None


def prediction_interval(
    values: np.ndarray, share: bool = False, level: float = LEVEL, runs: int = 1
) -> Interval | None:
    """Give the interval that the mean of k more trials falls into.

    It is mean ± t(n - 1) sd sqrt(1/k + 1/n).

    Args:
        values: One number per trial.
        share: Whether they are shares, so that the interval ends at 0 and 1.
        level: The confidence level.
        runs: k.

    Returns:
        The interval; None for fewer than two values.
    """
    if len(values) < 2:
        return None
    return _around_mean(values, 1 / runs + 1 / len(values), share, level)


def equal_variances_p(first: np.ndarray, second: np.ndarray) -> float | None:
    """Give the p-value of the two-sided F test that two normal samples have one variance.

    Returns:
        The p-value; None if a sample has fewer than three values, or all its values are equal.
    """
    samples = (first, second)
    if any(len(sample) < 3 or _are_equal(sample) for sample in samples):
        return None
    ratio = float(np.var(first, ddof=1) / np.var(second, ddof=1))
    freedom = [len(sample) - 1 for sample in samples]
    return float(2 * min(stats.f.cdf(ratio, *freedom), stats.f.sf(ratio, *freedom)))


def _are_equal(values: np.ndarray) -> bool:
    """Tell whether all values are the same but for rounding."""
    return bool(np.ptp(values) <= _ROUNDING * np.abs(values).max())


def _around_mean(values: np.ndarray, variance: float, share: bool, level: float) -> Interval:
    mean, sd = float(np.mean(values)), float(np.std(values, ddof=1))
    # Student's quantile, without the checks of scipy.stats that take most of its time.
    quantile = float(special.stdtrit(len(values) - 1, (1 + level) / 2))
    half = quantile * sd * variance**0.5
    low, high = mean - half, mean + half
    return Interval(max(low, 0.0), min(high, 1.0)) if share else Interval(low, high)


def wilson_interval(correct: int, n: int) -> Interval:
    """Give Wilson's 95 % interval (1927) of one network's accuracy over all images of its kind."""
    ends = stats.binomtest(correct, n).proportion_ci(LEVEL, method="wilson")
    return Interval(float(ends.low), float(ends.high))


def image_interval(values: np.ndarray) -> Interval | None:
    """Give the 95 % percentile bootstrap interval of the mean over images, the network fixed.

    Args:
        values: One number per image, all finite.

    Returns:
        The interval, the same for the same values; None for fewer than two images.
    """
    if len(values) < 2:
        return None
    if np.ptp(values) == 0:
        return Interval(float(values[0]), float(values[0]))
    drawn = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=RESAMPLES,
        confidence_level=LEVEL,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return Interval(float(drawn.low), float(drawn.high))


def correlation_interval(pairs: np.ndarray) -> Interval:
    """Give the 95 % percentile bootstrap interval of Spearman's correlation over images.

    Args:
        pairs: Two numbers per image, (n, 2), neither of them constant.
    """
    generator = np.random.default_rng(0)
    drawn = pairs[generator.integers(0, len(pairs), (RESAMPLES, len(pairs)))]
    ranks = stats.rankdata(drawn, axis=1)
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    norms = np.sqrt((centred**2).sum(axis=1).prod(axis=1))
    # A resample in which one of the two is constant correlates with nothing.
    found = centred.prod(axis=2).sum(axis=1) / np.where(norms > 0, norms, 1.0)
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high))


def effect_size(differences: np.ndarray) -> float | None:
    """Give Hedges' g of paired differences: mean / sd, corrected for few pairs by 1 - 3/(4n - 5).

    Source: Hedges (1981), with the standard deviation of the differences (Cohen's d_z), not to be
    compared with effects that are measured in standard deviations of a group.

    Args:
        differences: One per pair.

    Returns:
        The effect in standard deviations; None for fewer than three pairs (two leave nothing after
        the correction), and where all are equal.
    """
    n = len(differences)
    if n < 3 or _are_equal(differences):
        return None
    correction = 1 - 3 / (4 * n - 5)
    return float(np.mean(differences) / np.std(differences, ddof=1) * correction)


def smallest_p(pairs: int) -> float:
    """Give the smallest two-sided p-value that flipping the signs of this many pairs can reach."""
    return float(min(1.0, max(2.0 ** (1 - pairs), 2 / (FLIPS + 1))))


def sign_flip_p(differences: np.ndarray) -> float:
    """Test whether paired differences are symmetric about 0, by flipping their signs (two-sided).

    Exact up to 13 pairs (Fisher 1935); above, by a fixed draw of 9999 flips. Sums that differ by
    rounding alone are ties.

    Args:
        differences: One for each of at least two pairs, not all 0.
    """
    scaled = differences / np.abs(differences).max()
    result = stats.permutation_test(
        (scaled, np.zeros_like(scaled)),
        lambda x, y, axis: np.round(np.mean(x - y, axis=axis), DECIMALS),
        permutation_type="samples",
        vectorized=True,
        n_resamples=FLIPS,
        rng=np.random.default_rng(0),
    )
    return float(result.pvalue)


def holm(p_values: np.ndarray) -> np.ndarray:
    """Adjust the p-values of a family by Holm's step-down method (1979).

    Args:
        p_values: One per comparison, at least one.
    """
    order = np.argsort(p_values)
    adjusted = np.empty(len(p_values))
    stepped = p_values[order] * np.arange(len(p_values), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(stepped), 1)
    return adjusted


def mcnemar_p(only_first: int, only_second: int) -> float:
    """Give the exact p-value of McNemar's comparison (1947) of two networks on the same images.

    Args:
        only_first: Images that the first alone has right.
        only_second: Images that the second alone has right.
    """
    discordant = only_first + only_second
    return float(stats.binomtest(only_first, discordant).pvalue) if discordant else 1.0
