"""The rules by which a claim is called reproduced, not reproduced or undecided.

Let x_1 ... x_n be what the n trials reached, m their mean, s their standard deviation, t the
97.5 % point of Student's distribution with n - 1 degrees of freedom, and d the margin of
config.yaml, below which a difference counts as none.

    value v        reproduced       |m - v| <= max(d, half of v's last digit)
                   not reproduced   v, give or take half its last digit, lies outside of
                                    m ± t s sqrt(1 + 1/n), where one more trial would fall
    comparison     with the paired differences, counted in the claimed direction,
                   reproduced       m - t s / sqrt(n) > 0
                   not reproduced   m + t s / sqrt(n) < d, or all differences are 0
    equality       with the paired differences,
                   reproduced       m ± t s / sqrt(n) lies within ± d, or all are 0
                   not reproduced   it lies beyond d on one side
    threshold      reproduced       m ± t s / sqrt(n) lies wholly beyond it
                   not reproduced   it lies wholly short of it
    count, word    reproduced       it is the same; else not reproduced

Whatever is neither is undecided. What would be *not reproduced* is undecided all the same

    (collapsed)               if a trial collapsed or diverged: trials are then far from normal,
    (too few trials)          if there are fewer than three,
    (settings not reported)   if it rests on settings that the source leaves open,
    (other images)            if it is read on validation images and the source used its test part,
    (other machine)           if it is about seconds.

Counts, and what has the same value in every trial, do not depend on open settings. For normal
trials a true value is called not reproduced in at most 5 % of all cases, a true threshold in at
most 2.5 %, and so is a comparison whose true difference is at least the margin.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from dlia.evaluation.statistics import Interval, prediction_interval, t_interval
from dlia.formatting import amount_text, metric_text, range_text
from dlia.reported import Reported

REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
UNDECIDED = "undecided"
NOT_TESTED = "not tested (stand-in)"
ENOUGH_TRIALS = 3


class Finding(NamedTuple):
    """What the numbers alone say: an outcome, the reason, and whether all trials are equal."""

    outcome: str
    reason: str
    equal: bool = False


@dataclass(frozen=True)
class Scale:
    """What is measured.

    Attributes:
        quantity: Its name, which decides how it is written.
        margin: The difference below which there is none.
        share: Whether it lies between 0 and 1.
    """

    quantity: str
    margin: float = 0.0
    share: bool = False

    def amount(self, value: float) -> str:
        """Write a difference."""
        return amount_text(self.quantity, value)

    def text(self, value: float) -> str:
        """Write a value."""
        return metric_text(self.quantity, value)

    def interval(self, interval: Interval, of_differences: bool = False) -> str:
        """Write an interval."""
        write = self.amount if of_differences else self.text
        return range_text(write(interval.low), write(interval.high))


@dataclass(frozen=True)
class Caveats:
    """What keeps a failed claim from counting as not reproduced.

    Attributes:
        failed: Statuses of trials that collapsed or diverged, in words.
        trials: How many trials there are.
        open_settings: Settings that the source leaves open, and this rests on.
        other_images: It is read on validation images where the source used its test part.
        other_machine: It is about seconds.
    """

    trials: int
    failed: str = ""
    open_settings: list[str] = field(default_factory=list)
    other_images: bool = False
    other_machine: bool = False


def judge_value(values: np.ndarray, claimed: Reported, scale: Scale) -> Finding:
    """Judge a value as printed by what the trials reached."""
    if claimed.value is None or claimed.half_digit is None:
        raise ValueError(f"{claimed.text!r} is no number")
    mean, away = float(np.mean(values)), float(np.mean(values)) - claimed.value
    side = "above" if away > 0 else "below"
    ours = f"{scale.text(mean)}, {scale.amount(abs(away))} {side} {claimed.text}"
    if abs(away) <= max(scale.margin, claimed.half_digit) + 1e-12:
        within = f"within the margin of {scale.amount(max(scale.margin, claimed.half_digit))}"
        return Finding(REPRODUCED, f"{ours}: {within}")
    expected = prediction_interval(values, scale.share)
    if expected is None:
        return Finding(NOT_REPRODUCED, ours)
    another = f"{scale.interval(expected)}, where another trial would be expected"
    low, high = claimed.value - claimed.half_digit, claimed.value + claimed.half_digit
    if high < expected.low or low > expected.high:
        return Finding(NOT_REPRODUCED, f"{ours}, which lies outside of {another}")
    return Finding(UNDECIDED, f"{ours}, which lies within {another}")


def judge_comparison(differences: np.ndarray, scale: Scale) -> Finding:
    """Judge by the paired differences, counted in the claimed direction."""
    if not differences.any():
        return Finding(NOT_REPRODUCED, "the same value in every trial", equal=True)
    interval = t_interval(differences)
    ours = f"in the claimed direction the difference is {scale.amount(float(np.mean(differences)))}"
    if interval is None:
        return Finding(UNDECIDED, ours)
    ours = f"{ours} ({scale.interval(interval, of_differences=True)})"
    if interval.low > 0:
        return Finding(REPRODUCED, ours)
    if interval.low > -scale.margin and interval.high < scale.margin:
        below = f"any difference is below the margin of {scale.amount(scale.margin)}"
        return Finding(NOT_REPRODUCED, f"{ours}: {below}")
    if interval.high < scale.margin:
        return Finding(NOT_REPRODUCED, f"{ours}: it is none, or it goes the other way")
    return Finding(UNDECIDED, ours)


def judge_equality(differences: np.ndarray, scale: Scale) -> Finding:
    """Judge whether two are the same by their paired differences."""
    if not differences.any():
        return Finding(REPRODUCED, "the same value in every trial", equal=True)
    interval = t_interval(differences)
    ours = f"the difference is {scale.amount(float(np.mean(differences)))}"
    if interval is None:
        return Finding(UNDECIDED, ours)
    ours = f"{ours} ({scale.interval(interval, of_differences=True)})"
    if -scale.margin < interval.low and interval.high < scale.margin:
        return Finding(REPRODUCED, f"{ours}: below the margin of {scale.amount(scale.margin)}")
    if interval.low > scale.margin or interval.high < -scale.margin:
        return Finding(NOT_REPRODUCED, f"{ours}: beyond the margin of {scale.amount(scale.margin)}")
    return Finding(UNDECIDED, ours)


def judge_threshold(values: np.ndarray, level: float, side: int, scale: Scale) -> Finding:
    """Judge whether the mean lies above (``side`` 1) or below (-1) a level."""
    interval = t_interval(values, scale.share)
    ours = scale.text(float(np.mean(values)))
    if interval is None:
        return Finding(UNDECIDED, ours)
    ours = f"{ours} ({scale.interval(interval)})"
    beyond, short = sorted([side * (interval.low - level), side * (interval.high - level)])
    if beyond > 0:
        return Finding(REPRODUCED, f"{ours} lies wholly beyond {scale.text(level)}")
    if short < 0:
        return Finding(NOT_REPRODUCED, f"{ours} lies wholly short of {scale.text(level)}")
    return Finding(UNDECIDED, f"{ours} holds {scale.text(level)}")


def judge_same(ours: str, claimed: str) -> Finding:
    """Judge a count or a word."""
    if ours == claimed:
        return Finding(REPRODUCED, f"{ours}, as claimed")
    return Finding(NOT_REPRODUCED, f"{ours} against {claimed}")


def judge_counts(ours: float, other: float, kind: str, scale: Scale) -> Finding:
    """Judge whether a count is higher than, lower than or equal to another."""
    holds = {"higher_than": ours > other, "lower_than": ours < other, "equal_to": ours == other}
    outcome = REPRODUCED if holds[kind] else NOT_REPRODUCED
    return Finding(outcome, f"{scale.text(ours)} against {scale.text(other)}")


def verdict(finding: Finding, caveats: Caveats) -> tuple[str, str]:
    """Give the verdict and the reason for it, in a sentence."""
    open_settings = [] if finding.equal else caveats.open_settings
    reasons = [
        ("collapsed", caveats.failed),
        ("too few trials", _few(caveats.trials)),
        ("settings not reported", _open(open_settings)),
        ("other images", "read on validation images" if caveats.other_images else ""),
        ("other machine", "seconds depend on the machine" if caveats.other_machine else ""),
    ]
    holding = [(word, text) for word, text in reasons if text]
    sentence = "; ".join([finding.reason, *(text for _, text in holding)]) + "."
    word = finding.outcome
    if word == NOT_REPRODUCED and holding:
        word = f"{UNDECIDED} ({holding[0][0]})"
    elif word == REPRODUCED and open_settings:
        word = f"{REPRODUCED} (assumed settings)"
    elif word == UNDECIDED and caveats.trials < 2:
        word = f"{UNDECIDED} (too few trials)"
    return word, sentence[0].upper() + sentence[1:]


def _few(trials: int) -> str:
    return "" if trials >= ENOUGH_TRIALS else f"only {trials} trial{'s' * (trials > 1)}"


def _open(settings: list[str]) -> str:
    return f"not reported: {', '.join(settings)}" if settings else ""
