"""The rules by which a claim is called reproduced, not reproduced or undecided.

Let x_1 ... x_n be what the n trials reached, m their mean, s their standard deviation, t the
97.5 % point of Student's distribution with n - 1 degrees of freedom, and d the margin of
config.yaml. Of two lines that hold, the first counts.

    value v        reproduced       |m - v| <= max(d, half of v's last digit)
                   not reproduced   v, give or take half its last digit, lies outside of
                                    m ± t s sqrt(1 + 1/n), where one more trial would fall
    comparison     with the paired differences, counted in the claimed direction,
                   not reproduced   all differences are 0
                   reproduced       m - t s / sqrt(n) > 0
                   not reproduced   m + t s / sqrt(n) < d
    equality       with the paired differences,
                   reproduced       all are 0, or m ± t s / sqrt(n) lies within ± d
                   not reproduced   m ± t s / sqrt(n) lies beyond d on one side
    threshold      reproduced       m ± t s / sqrt(n) lies wholly on the claimed side of it
                   not reproduced   it lies wholly on the other side
    count, word    reproduced       it is as claimed; else not reproduced

Whatever is neither is undecided. Two more rules: how much two variants differ (|a - b|) is
positive by noise alone, so that one such difference has to exceed another by d, not by 0; and what
is said of all images of a kind is judged by what the interval over trials and a bootstrap interval
over images span together.

What would be *not reproduced* is undecided all the same

    (collapsed)               if a trial collapsed or diverged: trials are then far from normal,
    (too few trials)          if there are fewer than three,
    (settings not reported)   if it rests on settings that the source leaves open, or on another
                              part of the training images than the source used,
    (other images)            if it is read on validation images and the source used its test part,
    (other machine)           if it is about seconds.

What is *reproduced* says whether it rests on such settings (assumed settings), or on this machine.
Counts have no such doubts; nor, but for the number and the outcome of trials, has what is the same
function in both variants: identical in every trial, to the last digit of the loss.

For normal trials a true value is called not reproduced in at most 5 % of all cases, a true
threshold in at most 2.5 %, and so is a comparison whose true difference is at least the margin.
These rates are for each claim; words have none.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dlia.evaluation.statistics import Interval, prediction_interval, t_interval
from dlia.formatting import amount_text, metric_text, range_text
from dlia.study.printed import Reported

REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
UNDECIDED = "undecided"
NOT_TESTED = "not tested (stand-in)"
LEFT_OUT = "not tested (needs a GPU)"
ENOUGH_TRIALS = 3
_ROUNDING = 1e-12


class Finding(NamedTuple):
    """What the numbers alone say, and why."""

    outcome: str
    reason: str


@dataclass(frozen=True)
class Scale:
    """What is measured.

    Attributes:
        family: How it is written: accuracy, dice, loss, seconds ...
        margin: How near counts as the same.
        share: Whether it lies between 0 and 1.
    """

    family: str
    margin: float = 0.0
    share: bool = False

    def amount(self, value: float) -> str:
        """Write a difference."""
        return amount_text(self.family, value)

    def text(self, value: float) -> str:
        """Write a value."""
        return metric_text(self.family, value)


@dataclass(frozen=True)
class Caveats:
    """What keeps a failed claim from counting as not reproduced.

    Attributes:
        trials: How many trials there are.
        failed: Which trials collapsed or diverged, in words.
        open_settings: Settings that the source leaves open, and this rests on.
        other_training: It trains on other images than the source did.
        other_images: It is read on validation images where the source used its test part.
        other_machine: It is about seconds.
        identical: Both variants are the same function.
    """

    trials: int
    failed: str = ""
    open_settings: list[str] = field(default_factory=list)
    other_training: bool = False
    other_images: bool = False
    other_machine: bool = False
    identical: bool = False

    def holding(self) -> list[tuple[str, str]]:
        """Give the doubts that there are, each with its word and its sentence."""
        settings = [f"not reported: {', '.join(self.open_settings)}"] if self.open_settings else []
        if self.other_training:
            settings.append("trained on other images than the source: some are kept for validation")
        count = f"only {self.trials} trial{'s' if self.trials > 1 else ''}"
        doubts = [
            (bool(self.failed), "collapsed", self.failed),
            (self.trials < ENOUGH_TRIALS, "too few trials", count),
            (bool(settings) and not self.identical, "settings not reported", "; ".join(settings)),
            (
                self.other_images and not self.identical,
                "other images",
                "the source used its test images",
            ),
            (self.other_machine, "other machine", "seconds depend on the machine"),
        ]
        return [(word, text) for holds, word, text in doubts if holds]


def judge_value(values: NDArray[np.float64], claimed: Reported, scale: Scale) -> Finding:
    """Judge a value as printed by what the trials reached."""
    if claimed.value is None or claimed.half_digit is None:
        raise ValueError(f"{claimed.text!r} is no number")
    mean, away = float(np.mean(values)), float(np.mean(values)) - claimed.value
    margin = max(scale.margin, claimed.half_digit)
    away = 0.0 if abs(away) < _ROUNDING else away
    side = f"{scale.amount(abs(away))} {'above' if away > 0 else 'below'}" if away else "exactly"
    ours = f"{scale.text(mean)}, {side} {claimed.text}"
    if abs(away) <= margin + _ROUNDING:
        return Finding(REPRODUCED, f"{ours}: within the margin of {scale.amount(margin)}")
    expected = prediction_interval(values, scale.share)
    if expected is None:
        return Finding(NOT_REPRODUCED, ours)
    low, high = claimed.value - claimed.half_digit, claimed.value + claimed.half_digit
    outside = high < expected.low or low > expected.high
    where = (
        f"{'outside' if outside else 'within'} {_range(expected, scale.text)}, "
        "where another trial would be expected"
    )
    return Finding(NOT_REPRODUCED if outside else UNDECIDED, f"{ours}: {where}")


def judge_comparison(differences: NDArray[np.float64], scale: Scale, least: float = 0.0) -> Finding:
    """Judge by the paired differences, counted in the claimed direction.

    Args:
        differences: One per pair of trials.
        scale: What they are differences of.
        least: What a difference has to exceed.
    """
    if not differences.any():
        return Finding(NOT_REPRODUCED, "the same value in every trial")
    interval = t_interval(differences)
    mean = scale.amount(float(np.mean(differences)))
    ours = f"in the claimed direction the difference is {mean}"
    if interval is None:
        return Finding(UNDECIDED, ours)
    ours = f"{ours} ({_range(interval, scale.amount)})"
    if interval.low > least:
        return Finding(REPRODUCED, ours)
    if -scale.margin < interval.low and interval.high < scale.margin:
        below = f"any difference is below the margin of {scale.amount(scale.margin)}"
        return Finding(NOT_REPRODUCED, f"{ours}: {below}")
    if interval.high < scale.margin:
        return Finding(NOT_REPRODUCED, f"{ours}: it is none, or it goes the other way")
    return Finding(UNDECIDED, ours)


def judge_equality(differences: NDArray[np.float64], scale: Scale) -> Finding:
    """Judge whether two are the same by their paired differences."""
    if not differences.any():
        return Finding(REPRODUCED, "the same value in every trial")
    interval = t_interval(differences)
    ours = f"the difference is {scale.amount(float(np.mean(differences)))}"
    if interval is None:
        return Finding(UNDECIDED, ours)
    ours = f"{ours} ({_range(interval, scale.amount)})"
    if -scale.margin < interval.low and interval.high < scale.margin:
        return Finding(REPRODUCED, f"{ours}: below the margin of {scale.amount(scale.margin)}")
    if interval.low > scale.margin or interval.high < -scale.margin:
        return Finding(NOT_REPRODUCED, f"{ours}: beyond the margin of {scale.amount(scale.margin)}")
    return Finding(UNDECIDED, ours)


def judge_threshold(
    values: NDArray[np.float64],
    level: float,
    side: int,
    scale: Scale,
    images: Interval | None = None,
) -> Finding:
    """Judge whether the mean lies above (``side`` 1) or below (-1) a level.

    Args:
        values: One per trial.
        level: The threshold.
        side: 1 or -1.
        scale: What they are.
        images: An interval over images, for what is said of all images of a kind.
    """
    interval = t_interval(values, scale.share)
    ours = scale.text(float(np.mean(values)))
    if interval is None:
        return Finding(UNDECIDED, ours)
    if images:
        interval = Interval(min(interval.low, images.low), max(interval.high, images.high))
    place = 1 if interval.low > level else -1 if interval.high < level else 0
    lies = {1: "above", -1: "below", 0: "on both sides of"}[place]
    outcome = {0: UNDECIDED, side: REPRODUCED}.get(place, NOT_REPRODUCED)
    where = f"the interval lies {lies} {scale.text(level)}"
    return Finding(outcome, f"{ours} ({_range(interval, scale.text)}): {where}")


def judge_count(ours: float, other: float, kind: str, scale: Scale) -> Finding:
    """Judge whether a count equals, exceeds or is below another, as ``kind`` claims."""
    holds = {
        "value": ours == other,
        "equal_to": ours == other,
        "above": ours > other,
        "higher_than": ours > other,
        "below": ours < other,
        "lower_than": ours < other,
    }[kind]
    text = f"{scale.text(ours)} against {scale.text(other)}" if ours != other else scale.text(ours)
    return Finding(REPRODUCED if holds else NOT_REPRODUCED, text)


def verdict(finding: Finding, caveats: Caveats) -> tuple[str, str]:
    """Give the verdict and the reason for it."""
    holding = caveats.holding()
    doubts = dict(holding)
    reason = "; ".join([finding.reason, *doubts.values()])
    if finding.outcome == NOT_REPRODUCED and holding:
        return f"{UNDECIDED} ({holding[0][0]})", reason
    if finding.outcome == REPRODUCED and "other machine" in doubts:
        return f"{REPRODUCED} (this machine)", reason
    if finding.outcome == REPRODUCED and "settings not reported" in doubts:
        return f"{REPRODUCED} (assumed settings)", reason
    if finding.outcome == UNDECIDED and caveats.trials == 1:
        return f"{UNDECIDED} (too few trials)", reason
    return finding.outcome, reason


def _range(interval: Interval, write: Callable[[float], str]) -> str:
    return range_text(write(interval.low), write(interval.high))
