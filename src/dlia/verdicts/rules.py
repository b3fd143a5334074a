"""The rules by which a claim is reproduced, not reproduced or undecided.

Let x_1 ... x_n be the values of the n trials, m their mean, s their standard deviation, t the
97.5 % point of Student's distribution with n - 1 degrees of freedom, and d the margin of
config.yaml. If two lines hold, the first one counts.

    value v        reproduced       |m - v| <= max(d, half of v's last digit)
                   not reproduced   v, give or take half its last digit, lies outside of
                                    m ± t s sqrt(1 + 1/n), the prediction interval of one more trial
    k runs, v mean as for a value, with half of the last digit of the runs, and with
                   m ± t s sqrt(1/k + 1/n), where the mean of k more trials falls
    comparison     with the paired differences, counted in the claimed direction,
                   not reproduced   all differences are 0
                   reproduced       m - t s / sqrt(n) > 0
                   not reproduced   m + t s / sqrt(n) < d
    equality       with the paired differences,
                   reproduced       all are 0 (of a single trial only if both are identical), or
                                    m ± t s / sqrt(n) lies within ± d
                   not reproduced   m ± t s / sqrt(n) lies beyond d on one side
    presence       "there are images of this kind" (a number or a share of images above 0),
                   reproduced       there are in every trial
                   not reproduced   there are in no trial
    existence      "there is an image with at least (at most) b", by each trial's extreme image,
                   reproduced       in every trial, it is beyond b
                   not reproduced   as for a threshold
    threshold      not reproduced   all values are equal to it
                   reproduced       m ± t s / sqrt(n) lies wholly on the claimed side of it
                   not reproduced   it lies wholly on the other side
    count, word    reproduced       it is as claimed, give or take half the last digit of a number;
                                    else not reproduced

All other cases are undecided. A crossing of a level that no trial reaches is not reproduced if a
value, above or below is claimed; if it is compared, or if some trials reach the level and others do
not, it is undecided. What no trial has a value of is undecided, too, unless trials failed: then it
would be not reproduced. Trials that were trained stacked, as one network, have one run time
together, so that seconds of them count as one trial. Four more rules:

- The difference of two variants, |a - b|, is positive by noise alone. If it is compared with
  another such difference, it must exceed that by d, not by 0.
- Intervals of shares (accuracy, Dice, share of images) end at 0 and 1, those of their differences
  (gap, rise, gain) do not.
- A claim that the metric is above a bound, in the mean or in one image, is undecided (also without
  learning) instead of *reproduced* if an answer without learning is above it, too: the trivial
  baseline, or for one image any answer that is the same for all pixels. Not so for what an
  assignment asks, and not for a claim that something is low, which says that learning failed.
- A claim about all images of a kind is judged by the span of two intervals together: the one over
  trials and a bootstrap interval over images.

A claim that would be *not reproduced* is undecided

    (collapsed)               if a trial collapsed or diverged, because trials are then far from
                              normal,
    (too few trials)          if there are fewer than three,
    (settings not reported)   if it depends on settings that the source does not report, or on
                              another part of the training images than the source used,
    (other images)            if it is read on validation images and the source used its test part,
                              or if the archive has other images than the source had,
    (other preparation)       if the images are the source's, prepared otherwise,
    (open definition)         if the source does not define what it measured, or on which images;
                              not so if a second reading of the quantity is not reproduced, too,
    (other machine)           if it is about seconds.

A claim that is *reproduced* is marked if it depends on such settings (assumed settings), on such a
definition (open definition), on images that are not the source's (other images, other
preparation), on this machine, or on failed trials (n of m trials failed; not so if a fit comment
that they failed is claimed). Any verdict on such images is marked. What an assignment asks or
demands is about the reader's own network and machine: nothing about these is left open, so that the
answer may be no.
Counts depend on those open settings alone that change them: those of patches on sampling, those of
updates on batches, copies and epochs, those of weights on the layers, unless a printed number of
weights is met to the last digit. What is counted in the data rests on it, but for the counts of
volumes that a claim names, if they are met. Of variants that are the same function (max pooling
before or after the activation), or identical in every trial to the last digit (of the loss, or of
the standard deviation of Dice over images), only the number of trials and failed trials count.

A claim about a training that was shortened, or on stand-ins, or on stand-in weights, is not
tested at all.
Readings of the settings that are not reported can decide a claim: see ``readings``.

For normal trials a true value is called not reproduced in at most 5 % of all cases, a true
threshold in at most 2.5 %, and so is a comparison whose true difference is at least the margin.
These rates hold for each claim on its own. There are no rates for words, and presence has a higher
one: where a quarter of all networks have such images, the source's network has them and three
trials have none in 11 % of all cases; with ten trials it is at most 4 %.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dlia.evaluation.statistics import LEVEL, Interval, prediction_interval, t_interval
from dlia.formatting import amount_text, amounts_text, metric_text, range_text
from dlia.study.printed import Reported

REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
UNDECIDED = "undecided"
NOT_TESTED = "not tested (stand-in)"
SHORTENED = "not tested (shortened)"
WITHOUT_LEARNING = "also without learning"
OTHER_WEIGHTS = "not tested (stand-in weights)"
LEFT_OUT = "not tested (needs a GPU)"
ENOUGH_TRIALS = 3
UNLIKE = "the images are not as the source's"
_ROUNDING = 1e-12


# Which way the numbers point: by the test of a claim without the reservations, or, where this
# settles nothing, by the mean of the trials alone.
AGREE, DISAGREE = "agree", "contradict"
TOWARDS, AGAINST = "not clear, mean for it", "not clear, mean against it"
SETTLE_NOTHING = "none"


class Finding(NamedTuple):
    """The outcome by the numbers alone, and the reason for it."""

    outcome: str
    reason: str


class Judgement(NamedTuple):
    """A verdict on a claim.

    Attributes:
        found: What was found.
        verdict: The verdict.
        reason: The reason for it.
        numbers: Which way the numbers point: one of ``AGREE``, ``DISAGREE``, ``TOWARDS``,
            ``AGAINST`` and ``SETTLE_NOTHING``.
    """

    found: str
    verdict: str
    reason: str
    numbers: str


@dataclass(frozen=True)
class Scale:
    """The scale of a quantity.

    Attributes:
        family: The kind of number: accuracy, dice, loss, seconds ...
        margin: The largest difference that counts as the same.
        share: Whether values lie between 0 and 1.
        differs: Whether the values themselves are differences.
    """

    family: str
    margin: float = 0.0
    share: bool = False
    differs: bool = False

    def amount(self, value: float) -> str:
        """Write a difference."""
        return amount_text(self.family, value)

    def text(self, value: float) -> str:
        """Write a value."""
        return self.amount(value) if self.differs else metric_text(self.family, value)


@dataclass(frozen=True)
class Caveats:
    """The reservations about a claim; with one of them it is not called not reproduced.

    Attributes:
        trials: The number of trials.
        failed: The trials that collapsed or diverged, in words.
        failures: How many of all trials did, as it stands in a verdict; or "".
        without_learning: That an answer without learning meets the claim, in words; or "".
        open_settings: Settings that the source does not report and the claim depends on.
        other_training: The networks are trained on other images than those of the source.
        other_images: It is read on validation images and the source used its test part.
        unlike: How the images are unlike the source's, as a word and in a sentence; or nothing.
        undefined: What the source does not define, each with the reason for the reading taken.
        timed: It is about seconds.
        asked: It is about the reader's own network and machine.
        identical: Both variants are the same function, or identical in every trial.
    """

    trials: int
    failed: str = ""
    failures: str = ""
    without_learning: str = ""
    open_settings: list[str] = field(default_factory=list)
    other_training: bool = False
    other_images: bool = False
    unlike: tuple[str, str] = ("", "")
    undefined: tuple[str, ...] = ()
    timed: bool = False
    asked: bool = False
    identical: bool = False

    def holding(self) -> list[tuple[str, str]]:
        """Give the reservations that apply, each with its word and its sentence."""
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
            (bool(self.unlike[0]) and not self.identical, self.unlike[0], self._said_of_images),
            (
                bool(self.undefined) and not self.identical,
                "open definition",
                " ".join(self.undefined).rstrip("."),
            ),
            (self.timed and not self.asked, "other machine", "seconds depend on the machine"),
        ]
        return [(word, text) for holds, word, text in doubts if holds]

    @property
    def _said_of_images(self) -> str:
        return f"{UNLIKE}: {self.unlike[1]}"


def judge_value(
    values: NDArray[np.float64], claimed: Reported, scale: Scale, level: float = LEVEL
) -> Finding:
    """Judge a printed value by the values of the trials, refuted at a confidence level."""
    if claimed.value is None or claimed.half_digit is None:
        raise ValueError(f"{claimed.text!r} is not a number")
    mean, away = float(np.mean(values)), float(np.mean(values)) - claimed.value
    margin = max(scale.margin, claimed.half_digit)
    away = 0.0 if abs(away) < _ROUNDING else away
    side = f"{scale.amount(abs(away))} {'above' if away > 0 else 'below'}" if away else "exactly"
    theirs = claimed.text
    if claimed.runs:
        theirs = f"the mean of {claimed.text} ({scale.text(claimed.value)})"
    ours = f"{scale.text(mean)}, {side} {theirs}"
    if abs(away) <= margin + _ROUNDING:
        return Finding(REPRODUCED, f"{ours}: within the margin of {scale.amount(margin)}")
    runs = len(claimed.numbers)
    expected = prediction_interval(values, scale.share, level, runs)
    if expected is None:
        return Finding(NOT_REPRODUCED, ours)
    low, high = claimed.value - claimed.half_digit, claimed.value + claimed.half_digit
    outside = high < expected.low or low > expected.high
    where = (
        f"{'outside' if outside else 'within'} {_range(expected, scale.text)}, "
        f"where {'another trial' if runs == 1 else f'the mean of {runs} trials'} would be expected"
    )
    return Finding(NOT_REPRODUCED if outside else UNDECIDED, f"{ours}: {where}")


def judge_comparison(differences: NDArray[np.float64], scale: Scale, least: float = 0.0) -> Finding:
    """Judge a comparison by the paired differences, counted in the claimed direction.

    Args:
        differences: One per pair of trials.
        scale: The scale of the compared quantity.
        least: The number that a difference has to exceed.
    """
    if not differences.any():
        return Finding(NOT_REPRODUCED, "the same value in every trial")
    interval = t_interval(differences)
    mean = scale.amount(float(np.mean(differences)))
    ours = f"in the claimed direction the difference is {mean}"
    if interval is None:
        return Finding(UNDECIDED, ours)
    ours = f"{ours} ({amounts_text(scale.family, *interval)})"
    if interval.low > least:
        small = np.mean(differences) < scale.margin
        note = f": clear, but below the margin of {scale.amount(scale.margin)}" if small else ""
        return Finding(REPRODUCED, ours + note)
    if -scale.margin < interval.low and interval.high < scale.margin:
        below = f"any difference is below the margin of {scale.amount(scale.margin)}"
        return Finding(NOT_REPRODUCED, f"{ours}: {below}")
    if interval.high < scale.margin:
        return Finding(NOT_REPRODUCED, f"{ours}: there is no difference, or it goes the other way")
    return Finding(UNDECIDED, ours)


def judge_equality(differences: NDArray[np.float64], scale: Scale) -> Finding:
    """Judge by the paired differences whether two variants are the same."""
    if not differences.any():
        return Finding(REPRODUCED, "the same value in every trial")
    interval = t_interval(differences)
    ours = f"the difference is {scale.amount(float(np.mean(differences)))}"
    if interval is None:
        return Finding(UNDECIDED, ours)
    ours = f"{ours} ({amounts_text(scale.family, *interval)})"
    if -scale.margin < interval.low and interval.high < scale.margin:
        return Finding(REPRODUCED, f"{ours}: below the margin of {scale.amount(scale.margin)}")
    if interval.low > scale.margin or interval.high < -scale.margin:
        return Finding(NOT_REPRODUCED, f"{ours}: beyond the margin of {scale.amount(scale.margin)}")
    return Finding(UNDECIDED, ours)


def judge_threshold(
    values: NDArray[np.float64],
    bound: float,
    side: int,
    scale: Scale,
    images: Interval | None = None,
    level: float = LEVEL,
) -> Finding:
    """Judge whether the mean lies above (``side`` 1) or below (-1) a bound.

    Args:
        values: One per trial.
        bound: The threshold.
        side: 1 or -1.
        scale: The scale of the values.
        images: An interval over images, for claims about all images of a kind.
        level: The confidence level of the interval over trials.
    """
    interval = t_interval(values, scale.share, level)
    ours = scale.text(float(np.mean(values)))
    if interval is None:
        return Finding(UNDECIDED, ours)
    if images is None and not (values != bound).any():
        return Finding(NOT_REPRODUCED, f"{scale.text(bound)} in every trial")
    if images:
        interval = Interval(min(interval.low, images.low), max(interval.high, images.high))
    place = 1 if interval.low > bound else -1 if interval.high < bound else 0
    lies = {1: "lies above", -1: "lies below", 0: "contains"}[place]
    outcome = {0: UNDECIDED, side: REPRODUCED}.get(place, NOT_REPRODUCED)
    where = f"the interval {lies} {scale.text(bound)}"
    return Finding(outcome, f"{ours} ({_range(interval, scale.text)}): {where}")


def judge_presence(values: NDArray[np.float64], scale: Scale) -> Finding:
    """Judge whether there are images of a kind at all, which needs no interval.

    What a source saw in its one network is there in a trial, or not.
    """
    count, trials = int((values > 0).sum()), len(values)
    in_trials = "in every trial" if count == trials else f"in {count or 'none'} of {trials} trials"
    outcome = {trials: REPRODUCED, 0: NOT_REPRODUCED}.get(count, UNDECIDED)
    return Finding(outcome, f"more than {scale.text(0)} {in_trials}")


def judge_existence(
    values: NDArray[np.float64], bound: float, side: int, scale: Scale, level: float = LEVEL
) -> Finding:
    """Judge whether there is an image beyond a bound, by the most extreme image of each trial.

    It is there in a trial, or not. That there is none in any network needs the interval.
    """
    if (side * (values - bound) > 0).all():
        name = "highest" if side > 0 else "lowest"
        where = "above" if side > 0 else "below"
        extreme = scale.text(float(np.mean(values)))
        return Finding(
            REPRODUCED, f"{where} {scale.text(bound)} in every trial; the {name}, {extreme} in mean"
        )
    found = judge_threshold(values, bound, side, scale, level=level)
    return found if found.outcome != REPRODUCED else Finding(UNDECIDED, found.reason)


def judge_count(
    ours: float, other: float, kind: str, scale: Scale, half_digit: float = 0.0
) -> Finding:
    """Judge whether a count equals, exceeds or is below another, as ``kind`` claims.

    Args:
        ours: The count.
        other: What it is compared with.
        kind: The kind of claim.
        scale: The scale of counts.
        half_digit: How far a printed number may be off, such as 500 for "about 6,000".
    """
    holds = {
        "value": abs(ours - other) <= half_digit,
        "equal_to": ours == other,
        "above": ours > other,
        "higher_than": ours > other,
        "below": ours < other,
        "lower_than": ours < other,
    }[kind]
    texts = dict.fromkeys((scale.text(ours), scale.text(other)))  # one if they are equal in print
    return Finding(REPRODUCED if holds else NOT_REPRODUCED, " against ".join(texts))


def direction(outcome: str, mean_agrees: bool | None = None) -> str:
    """Say which way the numbers point.

    Args:
        outcome: The outcome by the numbers alone.
        mean_agrees: Whether the mean alone agrees with the claim; None if there is no mean.
    """
    if outcome == REPRODUCED:
        return AGREE
    if outcome == NOT_REPRODUCED:
        return DISAGREE
    return {True: TOWARDS, False: AGAINST, None: SETTLE_NOTHING}[mean_agrees]


def verdict(finding: Finding, caveats: Caveats) -> tuple[str, str]:
    """Give the verdict and the reason for it."""
    holding = caveats.holding()
    doubts = [text for _, text in holding]
    if finding.outcome == REPRODUCED:
        also = [caveats.without_learning] if caveats.without_learning else []
        return _agreeing(caveats), "; ".join([finding.reason, *also, *doubts])
    reason = "; ".join([finding.reason, *doubts])
    if finding.outcome == NOT_REPRODUCED and holding:
        return f"{UNDECIDED} ({holding[0][0]})", reason
    if finding.outcome == NOT_REPRODUCED and caveats.timed:
        return f"{NOT_REPRODUCED} (this machine)", reason
    if finding.outcome == UNDECIDED and caveats.trials == 1:
        return f"{UNDECIDED} (too few trials)", reason
    return finding.outcome, reason


def _agreeing(caveats: Caveats) -> str:
    """Give the verdict where the numbers agree with the claim."""
    if caveats.without_learning and not caveats.asked:
        return f"{UNDECIDED} ({WITHOUT_LEARNING})"
    doubts = dict(caveats.holding())
    rests_on = ""
    if caveats.timed:
        rests_on = "this machine"
    elif "settings not reported" in doubts:
        rests_on = "assumed settings"
    elif "open definition" in doubts:
        rests_on = "open definition"
    return marked(marked(REPRODUCED, rests_on), caveats.failures)


def marked(word: str, caveat: str) -> str:
    """Add a caveat to a verdict that was tested, unless it has it already."""
    if not caveat or caveat in word or word.startswith("not tested"):
        return word
    return f"{word[:-1]}, {caveat})" if word.endswith(")") else f"{word} ({caveat})"


def _range(interval: Interval, write: Callable[[float], str]) -> str:
    return range_text(write(interval.low), write(interval.high))
