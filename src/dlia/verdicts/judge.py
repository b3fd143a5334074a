"""The verdict on one claim."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlia.evaluation.fit import NO_WORD
from dlia.evaluation.statistics import LEVEL, wilson_interval
from dlia.formatting import metric_text, range_text
from dlia.study.claims import FOR_GOOD, RIVALS, SIDES, Claim
from dlia.study.printed import parse_reported
from dlia.study.quantities import COUNTED, SHARES
from dlia.verdicts import rules
from dlia.verdicts.counts import caveats_of_count, finding_of_count
from dlia.verdicts.failures import failed, failed_trials, without_learning
from dlia.verdicts.quantities_of_trials import Trials, Values
from dlia.verdicts.rules import Caveats, Finding, Scale
from dlia.verdicts.spreads import spreads_in_words
from dlia.verdicts.words import NO_VALUE, about, claimed_number, written

DIRECTIONS = {"higher_than": 1, "lower_than": -1, "equal_to": 1}
# Ends of the names of quantities that are differences of shares, so that they can be negative.
_DIFFERENCES = ("_gap", "_rise", "_inverted")


def depends_on_images(claim: Claim) -> bool:
    """Tell whether the images that a source had matter: not for counts, run times and demands."""
    return not (claim.judged.family in COUNTED or claim.is_volatile or claim.asked)


def judge(
    claim: Claim,
    trials: Trials,
    margins: dict[str, float],
    level: float = LEVEL,
    unlike: tuple[str, str] = ("", ""),
) -> tuple[str, str, str]:
    """Give what was found, the verdict, and the reason for it.

    Args:
        claim: The claim.
        trials: The results.
        margins: By family of quantities.
        level: The confidence level at which a value or a threshold is refuted.
        unlike: How the images are unlike the source's, as a word and in a sentence; or nothing.
    """
    keys = list(claim.variants)
    if shortened := trials.shortened(keys):
        return _found(claim, trials, keys), rules.SHORTENED, f"trained {shortened}"
    caveats = Caveats(
        trials=min(len(trials.statuses(key)) for key in keys),
        failed=failed(trials, keys),
        failures=failed_trials(trials, claim),
        without_learning=without_learning(claim, trials),
        open_settings=list(claim.open_settings),
        other_training=claim.other_training,
        other_images=claim.other_images,
        unlike=unlike if depends_on_images(claim) else ("", ""),
        undefined=claim.undefined,
        timed=claim.is_volatile,
        asked=claim.asked,
        identical=bool(claim.against and claim.part)
        and (claim.same_function or _are_identical(claim, trials)),
    )
    if claim.kind == "fit":
        word, sentence = trials.fit_comment(claim.of[0])
        same = word == claim.claimed
        outcome = rules.REPRODUCED if same else rules.NOT_REPRODUCED
        if word == NO_WORD:
            outcome = rules.UNDECIDED
        return word, *rules.verdict(Finding(outcome, sentence.rstrip(".")), caveats)
    own, other = _read(claim, trials, keys)
    if own.empty:
        outcome = rules.NOT_REPRODUCED if caveats.failed else rules.UNDECIDED
        finding = Finding(outcome, "no trial has a value here")
        return NO_VALUE, *rules.verdict(finding, caveats)
    found = written(claim, own, other)
    endless = np.isinf([*own, *other])
    if endless.any():  # trials that never reach a level
        finding = _never(claim, int(endless.sum()), len(endless))
        word, reason = rules.verdict(finding, caveats)
        return found, word, about(claim, reason)
    if claim.measured.family in COUNTED:
        finding = finding_of_count(claim, float(own.iloc[0]), other)
        word, reason = rules.verdict(finding, caveats_of_count(claim, finding))
        return found, word, about(claim, reason)
    images = None
    if claim.measured.about_images and len(claim.of) == 1:
        images = trials.over_images(claim.of[0], claim.quantity, claim.measured)
    scale = _scale(claim, margins)
    finding = _finding(claim, _numbers(own), _numbers(other), scale, images, level)
    caveats = replace(caveats, trials=min(caveats.trials, len(own)))
    said = ""
    if claim.other_reading:
        name, other_claim = claim.other_reading
        also, outcome = _other_reading(other_claim, trials, margins, level)
        found = f"{found}; {name}: {also}"
        if outcome == finding.outcome == rules.NOT_REPRODUCED:
            caveats = replace(caveats, undefined=())
        said = f"; by the other reading ({name}) {outcome}" * (outcome != finding.outcome)
    word, reason = rules.verdict(finding, caveats)
    reason += said
    if claim.kind == "value" and (runs := parse_reported(claim.claimed).runs):
        spread = trials.spread(claim.of[0], claim.quantity, claim.measured)
        reason = f"{reason}; {spreads_in_words(_numbers(own), runs, spread, scale)}"
    if claim.printed:
        reason = f"{reason}; {_single_runs(claim, trials.images(claim.of[0]))}"
    return found, word, about(claim, reason)


def _single_runs(claim: Claim, images: int) -> str:
    """Say whether the accuracies that a source prints, of one run each, can be told apart."""
    intervals = []
    for text in claim.printed:
        correct = round((parse_reported(text).value or 0.0) * images)
        intervals.append(wilson_interval(correct, images))
    low, high = (
        f"{text} ({range_text(*(metric_text('accuracy', end) for end in interval))})"
        for text, interval in zip(claim.printed, intervals, strict=True)
    )
    first, second = intervals
    apart = first.low > second.high or second.low > first.high
    found = "do not overlap" if apart else "overlap, so that these runs alone show no difference"
    return (
        f"the source's two runs on {images:,} images have {low} and {high}, whose intervals {found}"
    )


def _other_reading(
    other: Claim, trials: Trials, margins: dict[str, float], level: float
) -> tuple[str, str]:
    """Give what a claim finds in its other reading, and the outcome."""
    own, against = _read(other, trials, [*other.of, *other.against])
    if own.empty:
        return NO_VALUE, rules.UNDECIDED
    endless = np.isinf([*own, *against])
    if endless.any():
        finding = _never(other, int(endless.sum()), len(endless))
    else:
        scale = _scale(other, margins)
        finding = _finding(other, _numbers(own), _numbers(against), scale, None, level)
    return written(other, own, against), finding.outcome


def _read(claim: Claim, trials: Trials, keys: list[str]) -> tuple[Values, Values]:
    """Give the quantity by trial: of the claim's variants, and of those it compares them with."""
    epochs = min(trials.epochs(key) for key in keys)

    def value(key: str) -> Values:
        if claim.pair:
            return trials.mistaken(key, claim.pair)
        if claim.reaches:
            level = parse_reported(claim.reaches).value or 0.0
            for_good = claim.crossing == FOR_GOOD
            return trials.reached(
                key, claim.quantity, claim.part, level, claim.counted_in, for_good
            )
        return trials.values(key, claim.quantity, claim.measured, claim.part, claim.epoch, epochs)

    def side(names: tuple[str, ...]) -> Values:
        if claim.relative_to:
            return value(names[0]) / value(claim.relative_to)
        if len(names) == 1:
            return value(names[0])
        first, second = value(names[0]).align(value(names[1]), join="inner")
        return first - second if claim.kind in SIDES else (first - second).abs()

    own = side(claim.of)
    if not claim.against:
        return own, pd.Series(dtype=float)
    own, other = own.align(side(claim.against), join="inner")
    return own, other


def _never(claim: Claim, never: int, of: int) -> Finding:
    """Judge a claim on the crossing of a level that some trials do not reach."""
    if never == of and claim.kind not in RIVALS:
        return Finding(rules.NOT_REPRODUCED, "no trial gets there")
    return Finding(rules.UNDECIDED, f"{never} of {of} trials never get there")


def _found(claim: Claim, trials: Trials, keys: list[str]) -> str:
    """Write what the trials reached, unless the claim is about an epoch that was not trained."""
    if claim.kind == "fit":
        return trials.fit_comment(claim.of[0])[0]
    trained = min(trials.epochs(key) for key in keys)
    if claim.epoch.isdigit() and int(claim.epoch) > trained:
        return NO_VALUE
    own, other = _read(claim, trials, keys)
    return NO_VALUE if own.empty else written(claim, own, other)


def _numbers(values: Values) -> NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64)


def _scale(claim: Claim, margins: dict[str, float]) -> Scale:
    family = claim.judged.family
    differs = claim.quantity.endswith(_DIFFERENCES) or len(claim.of) > 1
    share = family in SHARES and not differs
    return Scale(family, margins.get(family, 0.0), share)


def _finding(
    claim: Claim,
    own: NDArray[np.float64],
    other: NDArray[np.float64],
    scale: Scale,
    images: rules.Interval | None,
    level: float,
) -> Finding:
    kind = claim.kind
    if kind == "value":
        return rules.judge_value(own, parse_reported(claim.claimed), scale, level)
    if claim.is_of_presence:
        return rules.judge_presence(own, scale)
    if claim.is_of_an_image:
        return rules.judge_existence(own, claimed_number(claim), SIDES[kind], scale, level)
    if kind in SIDES:
        return rules.judge_threshold(own, claimed_number(claim), SIDES[kind], scale, images, level)
    differences = DIRECTIONS[kind] * (own - other)
    if kind == "equal_to":
        return rules.judge_equality(differences, scale)
    least = scale.margin if len(claim.of) > 1 else 0.0
    return rules.judge_comparison(differences, scale, least)


def _are_identical(claim: Claim, trials: Trials) -> bool:
    """Tell whether both sides are identical in every trial, to the last digit."""
    pairs = [claim.of, claim.against] if len(claim.of) > 1 else [(claim.of[0], claim.against[0])]
    details = [(trials.details(first), trials.details(second)) for first, second in pairs]
    return all(own == other and "" not in own for own, other in details)
