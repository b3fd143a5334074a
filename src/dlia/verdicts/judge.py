"""The verdict on one claim."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlia.evaluation.fit import NO_WORD
from dlia.evaluation.statistics import LEVEL
from dlia.study.claims import FOR_GOOD, RIVALS, SIDES, Claim
from dlia.study.printed import parse_reported
from dlia.study.quantities import COUNTED, SHARES
from dlia.verdicts import more_trials, rules
from dlia.verdicts.counts import caveats_of_count, finding_of_count
from dlia.verdicts.failures import failed, failed_trials, without_learning
from dlia.verdicts.more_trials import Judged
from dlia.verdicts.quantities_of_trials import Trials, Values
from dlia.verdicts.rules import Caveats, Finding, Judgement, Scale
from dlia.verdicts.spreads import single_runs_in_words, spreads_in_words
from dlia.verdicts.words import NO_VALUE, about, claimed_number, written

DIRECTIONS = {"higher_than": 1, "lower_than": -1, "equal_to": 1}
# Ends of the names of quantities that are differences of shares, so that they can be negative.
_DIFFERENCES = ("_gap", "_rise", "_inverted")


def depends_on_images(claim: Claim) -> bool:
    """Tell whether what was learnt from the source's images matters.

    Not for counts, of which ``caveats_of_count`` tells, run times and demands.
    """
    return not (claim.judged.family in COUNTED or claim.is_volatile or claim.asked)


def judge(
    claim: Claim,
    trials: Trials,
    margins: dict[str, float],
    level: float = LEVEL,
    unlike: tuple[str, str] = ("", ""),
) -> Judgement:
    """Judge a claim.

    Args:
        claim: The claim.
        trials: The results.
        margins: By family of quantities.
        level: The confidence level at which a value or a threshold is refuted.
        unlike: How the images are unlike the source's, as a word and in a sentence; or nothing.
    """
    keys = list(claim.variants)
    if shortened := trials.shortened(keys):
        found = _found(claim, trials, keys)
        return Judgement(found, rules.SHORTENED, f"trained {shortened}", rules.SETTLE_NOTHING)
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
        verdict, reason = rules.verdict(Finding(outcome, sentence.rstrip(".")), caveats)
        return Judgement(word, verdict, reason, rules.direction(outcome))
    own, other = _read(claim, trials, keys)
    if own.empty:
        outcome = rules.NOT_REPRODUCED if caveats.failed else rules.UNDECIDED
        finding = Finding(outcome, "no trial has a value here")
        return Judgement(NO_VALUE, *rules.verdict(finding, caveats), rules.direction(outcome))
    found = written(claim, own, other)
    if claim.measured.family in COUNTED:
        finding = finding_of_count(claim, float(own.iloc[0]), other)
        caveats = caveats_of_count(claim, finding, unlike)
        word, reason = rules.verdict(finding, caveats)
        word = rules.marked(word, caveats.unlike[0])
        # What is counted in other images says nothing against a count in the source's.
        is_unlike = bool(caveats.unlike[0]) and finding.outcome == rules.NOT_REPRODUCED
        numbers = rules.SETTLE_NOTHING if is_unlike else rules.direction(finding.outcome)
        return Judgement(found, word, about(claim, reason), numbers)
    caveats = replace(caveats, trials=min(caveats.trials, len(own)))
    finding, judged = _finding(claim, own, other, trials, margins, level)
    if claim.kind == "equal_to" and caveats.trials == 1 and not caveats.identical:
        finding = finding._replace(outcome=rules.UNDECIDED)  # equal by chance, if it is
    all_judged = [judged]
    said = ""
    if claim.other_reading:
        name, other_claim = claim.other_reading
        also, outcome, other_judged = _other_reading(other_claim, trials, margins, level)
        found = f"{found}; {name}: {also}"
        all_judged.append(other_judged)
        if outcome == finding.outcome == rules.NOT_REPRODUCED:
            caveats = replace(caveats, undefined=())
        said = f"; by the other reading ({name}) {outcome}" * (outcome != finding.outcome)
    word, reason = rules.verdict(finding, caveats)
    reason += said
    if finding.outcome == rules.UNDECIDED and len(own) > 1:
        known = [one for one in all_judged if one]
        if len(known) == len(all_judged) and not _is_seen_in_each_trial(claim, own):
            reason = f"{reason}; {more_trials.trials_that_decide(known, caveats)}"
    if claim.kind == "value" and judged and (runs := parse_reported(claim.claimed).runs):
        spread = trials.spread(claim.of[0], claim.quantity, claim.measured)
        scale = _scale(claim, margins)
        reason = f"{reason}; {spreads_in_words(_numbers(own), runs, spread, scale)}"
    if claim.printed:
        reason = f"{reason}; {single_runs_in_words(claim.printed, trials.images(claim.of[0]))}"
    mean_agrees = _mean_agrees(claim, judged.values, margins) if judged else None
    numbers = rules.direction(finding.outcome, mean_agrees)
    return Judgement(found, word, about(claim, reason), numbers)


def _mean_agrees(
    claim: Claim, values: NDArray[np.float64], margins: dict[str, float]
) -> bool | None:
    """Tell whether a claim holds of the mean of the trials, however much they scatter.

    None if there is no finite mean.

    Args:
        claim: The claim.
        values: What is judged: a number per trial, or the difference in the claimed direction.
        margins: By family of quantities.
    """
    mean, margin = float(values.mean()), _scale(claim, margins).margin
    if not np.isfinite(mean):
        return None
    if claim.is_of_presence:
        return bool((values > 0).mean() > 0.5)
    if claim.kind == "value":
        printed = parse_reported(claim.claimed)
        return abs(mean - claimed_number(claim)) <= max(margin, printed.half_digit or 0.0)
    if claim.kind in SIDES:
        return SIDES[claim.kind] * (mean - claimed_number(claim)) > 0
    if claim.kind == "equal_to":
        return abs(mean) <= margin
    return mean > (margin if len(claim.of) > 1 else 0.0)


def _is_seen_in_each_trial(claim: Claim, own: Values) -> bool:
    """Tell whether a claim fails in some trials and holds in others, however many there are."""
    if claim.is_of_presence:
        return True
    beyond = claim.is_of_an_image and SIDES[claim.kind] * (own.mean() - claimed_number(claim)) > 0
    return bool(beyond)


def _other_reading(
    other: Claim, trials: Trials, margins: dict[str, float], level: float
) -> tuple[str, str, Judged | None]:
    """Give what a claim finds in its other reading, the outcome, and what was judged, if any."""
    own, against = _read(other, trials, [*other.of, *other.against])
    if own.empty:
        return NO_VALUE, rules.UNDECIDED, None
    finding, judged = _finding(other, own, against, trials, margins, level)
    return written(other, own, against), finding.outcome, judged


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
            # Trials that were trained as one network have one time, other trials have one each.
            return (value(names[0]) / value(claim.relative_to)).dropna()
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
    return Scale(family, margins.get(family, 0.0), share, claim.is_of_a_difference)


def _finding(
    claim: Claim,
    own: Values,
    other: Values,
    trials: Trials,
    margins: dict[str, float],
    level: float,
) -> tuple[Finding, Judged | None]:
    """Give the outcome, and what was judged by which rule unless trials never reach a level."""
    endless = np.isinf([*own, *other])
    if endless.any():
        return _never(claim, int(endless.sum()), len(endless)), None
    images = None
    if claim.measured.about_images and len(claim.of) == 1:
        images = trials.over_images(claim.of[0], claim.quantity, claim.measured)
    values = _numbers(own)
    if claim.against:
        values = DIRECTIONS[claim.kind] * (values - _numbers(other))
    rule = partial(_by_rule, claim, _scale(claim, margins), images, level)
    return rule(values), Judged(values, rule)


def _by_rule(
    claim: Claim,
    scale: Scale,
    images: rules.Interval | None,
    level: float,
    values: NDArray[np.float64],
) -> Finding:
    """Judge values, or differences in the claimed direction, by the rule for a kind of claim."""
    kind = claim.kind
    if kind == "value":
        return rules.judge_value(values, parse_reported(claim.claimed), scale, level)
    if claim.is_of_presence:
        return rules.judge_presence(values, scale)
    if claim.is_of_an_image:
        return rules.judge_existence(values, claimed_number(claim), SIDES[kind], scale, level)
    if kind in SIDES:
        bound = claimed_number(claim)
        return rules.judge_threshold(values, bound, SIDES[kind], scale, images, level)
    if kind == "equal_to":
        return rules.judge_equality(values, scale)
    return rules.judge_comparison(values, scale, scale.margin if len(claim.of) > 1 else 0.0)


def _are_identical(claim: Claim, trials: Trials) -> bool:
    """Tell whether both sides are identical in every trial, to the last digit."""
    pairs = [claim.of, claim.against] if len(claim.of) > 1 else [(claim.of[0], claim.against[0])]
    details = [(trials.details(first), trials.details(second)) for first, second in pairs]
    return all(own == other and "" not in own for own, other in details)
