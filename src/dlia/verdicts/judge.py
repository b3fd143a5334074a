"""The table of verdicts, with a row for every claim of the sources."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dlia.evaluation.fit import NO_WORD
from dlia.evaluation.statistics import LEVEL, wilson_interval
from dlia.formatting import amount_text, metric_text, range_text
from dlia.runtime.files import write_csv
from dlia.study.claims import FOR_GOOD, RIVALS, SIDES, Claim, StudyClaims
from dlia.study.origins import REAL_BUT_WEIGHTS, STANDIN
from dlia.study.part_names import TRAIN
from dlia.study.printed import parse_reported
from dlia.study.quantities import SHARES
from dlia.verdicts import readings, rules
from dlia.verdicts.quantities_of_trials import ALL_EPOCHS, Trials, Values
from dlia.verdicts.rules import Caveats, Finding, Scale
from dlia.verdicts.spreads import spreads_in_words

NO_VALUE, NEVER = "no value", "never"
DIRECTIONS = {"higher_than": 1, "lower_than": -1, "equal_to": 1}
# Ends of the names of quantities that are differences of shares, so that they can be negative.
_DIFFERENCES = ("_gap", "_rise", "_inverted")
_PATCHES = ("training_images", "validation_images")
_UPDATES = {"batch_size", "epochs", "add_copies", "sampling"}
# What is counted of layers, and the settings of a model that leave each as it is.
_SAME = {"activation", "dropout", "softmax", "weights"}
_OF_LAYERS = {
    "parameters": {*_SAME, "activation_place"},
    "first_layer_parameters": {*_SAME, "activation_place"},
    "last_layer_inputs": {*_SAME, "activation_place"},
    "other_parameters": {*_SAME, "activation_place"},
    "activations": _SAME,
}
_COLUMNS = (
    "data",
    "study",
    "claim",
    "source",
    "says",
    "of",
    "quantity",
    "part",
    "epoch",
    "kind",
    "claimed",
    "found",
    "readings",
    "verdict",
    "reason",
)


def judge_claims(
    studies: Iterable[StudyClaims], margins: dict[str, float], results: Path, path: str
) -> None:
    """Write a row for every claim: what it says, what was found, the verdict and the reason.

    The column readings has the number of readings of open settings that the claim is judged by, or
    why it is judged by none.

    Args:
        studies: The claims of every study.
        margins: The largest difference that counts as the same, by family (accuracy, dice), unless
            a study has its own.
        results: The folder results/.
        path: The file of the table.
    """
    rows = []
    for study in studies:
        read = {one.key for found in study.readings.values() for one in found}
        trials = Trials(
            results, study.metric, study.per_trial, study.trained_as, read, study.mapped
        )
        for claim in study.claims:
            found, mode, verdict, reason = _judge(study, claim, trials, margins | study.margins)
            data = study.data
            if data == STANDIN:
                verdict, reason = rules.NOT_TESTED, "generated images say nothing about the claim"
            elif replaced := trials.on_standin_weights(list(claim.variants)):
                verdict, data = rules.OTHER_WEIGHTS, REAL_BUT_WEIGHTS
                reason = (
                    f"{' and '.join(replaced)} began with weights that were trained on drawn "
                    "shapes, which say nothing about the claim"
                )
            elif _depends_on_images(claim):
                verdict = rules.marked(verdict, study.caveat)
            rows.append(_row(study, claim, found, mode, verdict, reason) | {"data": data})
        for claim, reason in study.untested:
            rows.append(_row(study, claim, NO_VALUE, readings.NONE, rules.LEFT_OUT, reason))
    write_csv(path, pd.DataFrame(rows, columns=list(_COLUMNS)))


def _judge(
    study: StudyClaims, claim: Claim, trials: Trials, margins: dict[str, float]
) -> tuple[str, str, str, str]:
    """Give what was found, the readings that were judged, the verdict and the reason for it."""
    unlike = (study.caveat, study.differs)
    found, verdict, reason = judge(claim, trials, margins, unlike=unlike)
    others = study.readings.get(claim.of[0], ())
    without = list(study.unread.get(claim.of[0], ()))
    # With a list of readings for every setting, all of them empty, the taken one is the only one.
    is_read = bool(others) or (study.reads and not without)
    # What an answer without learning meets, no reading can decide.
    is_read = is_read and rules.WITHOUT_LEARNING not in verdict
    if not claim.may_be_read or not is_read:
        return found, readings.NONE, verdict, reason
    if verdict == rules.SHORTENED:
        return found, readings.SHORTENED, verdict, reason
    if not study.reads:
        if not verdict.startswith(rules.REPRODUCED):
            reason = readings.untrained(reason, [one.words for one in others], without)
        return found, readings.NOT_TRAINED, verdict, reason
    count = 1 + len(others)
    level = readings.level_of_each(count)

    def judged(key: str, words: str) -> readings.Judged:
        alone = replace(claim, of=(key,), open_settings=())
        values, word, _ = judge(alone, trials, margins, level, unlike)
        has_level = claim.kind != "fit" and NEVER not in values and not claim.is_of_presence
        return readings.Judged(words, word, has_level)

    taken = judged(claim.of[0], "the settings that are taken")
    all_others = [judged(one.key, one.words) for one in others]
    return found, str(count), *readings.combined(verdict, reason, taken, all_others, without)


def _row(
    study: StudyClaims, claim: Claim, found: str, mode: str, verdict: str, reason: str
) -> dict[str, str]:
    return {
        "data": study.data,
        "study": study.name,
        "claim": claim.id,
        "source": claim.source,
        "says": claim.says,
        "of": " and ".join(claim.of),
        "quantity": _named(claim),
        "part": claim.part,
        "epoch": claim.epoch,
        "kind": claim.kind,
        "claimed": claim.claimed or " and ".join(claim.against),
        "found": found,
        "readings": mode,
        "verdict": verdict,
        "reason": f"{reason[0].upper()}{reason[1:]}.",
    }


def _depends_on_images(claim: Claim) -> bool:
    """Tell whether the images that a source had matter: not for counts, run times and demands."""
    return not (claim.judged.family == "count" or claim.is_volatile or claim.asked)


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
        failed=_failed(trials, keys),
        failures=_failures(trials, claim),
        without_learning=_without_learning(claim, trials),
        open_settings=list(claim.open_settings),
        other_training=claim.other_training,
        other_images=claim.other_images,
        unlike=unlike if _depends_on_images(claim) else ("", ""),
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
    found = _written(claim, own, other)
    endless = np.isinf([*own, *other])
    if endless.any():  # trials that never reach a level
        finding = _never(claim, int(endless.sum()), len(endless))
        word, reason = rules.verdict(finding, caveats)
        return found, word, _about(claim, reason)
    if claim.measured.family == "count":
        finding = _count(claim, float(own.iloc[0]), other)
        word, reason = rules.verdict(finding, _caveats_of_count(claim, finding))
        return found, word, _about(claim, reason)
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
    return found, word, _about(claim, reason)


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
    return _written(other, own, against), finding.outcome


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
    return NO_VALUE if own.empty else _written(claim, own, other)


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
        return rules.judge_existence(own, _number(claim), SIDES[kind], scale, level)
    if kind in SIDES:
        return rules.judge_threshold(own, _number(claim), SIDES[kind], scale, images, level)
    differences = DIRECTIONS[kind] * (own - other)
    if kind == "equal_to":
        return rules.judge_equality(differences, scale)
    least = scale.margin if len(claim.of) > 1 else 0.0
    return rules.judge_comparison(differences, scale, least)


def _count(claim: Claim, own: float, other: Values) -> Finding:
    if not other.empty:
        return rules.judge_count(own, float(other.iloc[0]), claim.kind, Scale("count"))
    half = parse_reported(claim.claimed).half_digit or 0.0
    return rules.judge_count(own, _number(claim), claim.kind, Scale("count"), half)


def _caveats_of_count(claim: Claim, finding: Finding) -> Caveats:
    """Give the reservations about a count: the assumed settings that change it.

    A printed number of weights that is met to the last digit confirms what was assumed.
    """
    chosen = [path for path in claim.open_settings if _changes(claim.quantity, path)]
    exact = claim.kind == "value" and (parse_reported(claim.claimed).half_digit or 0) <= 0.5
    if exact and claim.quantity in _OF_LAYERS and finding.outcome == rules.REPRODUCED:
        chosen = []
    return Caveats(rules.ENOUGH_TRIALS, open_settings=chosen)


def _changes(quantity: str, path: str) -> bool:
    """Tell whether a count is another one with another value of the setting at ``path``."""
    block, key = [*path.split("."), ""][:2]
    if quantity in _PATCHES:
        return block == "sampling"
    if quantity == "updates":
        return block in _UPDATES
    if quantity not in _OF_LAYERS:  # counted in the data
        return False
    return (block, key) == ("input", "crop") or (
        block == "model" and key not in _OF_LAYERS[quantity]
    )


def _number(claim: Claim) -> float:
    value = parse_reported(claim.claimed).value
    if value is None:
        raise ValueError(f"{claim.claimed!r} is not a number")
    return value


def _written(claim: Claim, own: Values, other: Values) -> str:
    """Write the values of all trials, then those of the trials that they are compared with."""
    family = claim.judged.family
    write = amount_text if len(claim.of) > 1 else metric_text
    values, against = (
        [NEVER if np.isinf(value) else write(family, value) for value in side]
        for side in (own, other)
    )
    text = " / ".join(values)
    return f"{text} against {' / '.join(against)}" if against else text


def _named(claim: Claim) -> str:
    """Name what was read: the quantity, the part, and the epoch unless it is the one kept."""
    if claim.kind == "fit":
        return "fit comment"
    part = {TRAIN: "training"}.get(claim.part, claim.part)
    where = f" on {part} images" if part else ""
    epoch = claim.epoch
    when = ", mean over epochs" if epoch == ALL_EPOCHS else f" in epoch {epoch}" if epoch else ""
    return f"{claim.judged.words}{where}{when}"


def _about(claim: Claim, reason: str) -> str:
    return f"{_named(claim)}: {reason}"


def _are_identical(claim: Claim, trials: Trials) -> bool:
    """Tell whether both sides are identical in every trial, to the last digit."""
    pairs = [claim.of, claim.against] if len(claim.of) > 1 else [(claim.of[0], claim.against[0])]
    details = [(trials.details(first), trials.details(second)) for first, second in pairs]
    return all(own == other and "" not in own for own, other in details)


def _statuses(trials: Trials, keys: list[str]) -> dict[str, list[str]]:
    """Give how every trial ended, by variant; after one epoch, no training can have failed."""
    return {
        key: statuses if trials.epochs(key) > 1 else ["ok"] * len(statuses)
        for key in dict.fromkeys(keys)
        for statuses in [trials.statuses(key)]
    }


def _failed(trials: Trials, keys: list[str]) -> str:
    """Say which trials collapsed or diverged."""
    return ", ".join(
        f"{statuses.count(word)} of {len(statuses)} trials of {key} {word}"
        for key, statuses in _statuses(trials, keys).items()
        for word in sorted(set(statuses) - {"ok"})
    )


def _failures(trials: Trials, claim: Claim) -> str:
    """Count the trials that collapsed or diverged, as a verdict has it; "" if that is claimed."""
    found = _statuses(trials, list(claim.variants))
    # Variants that share a training count once.
    ends = [
        word for own in {trials.trained_as[k]: found[k] for k in found}.values() for word in own
    ]
    failed = len(ends) - ends.count("ok")
    is_claimed = claim.claimed in ends
    return f"{failed} of {len(ends)} trials failed" if failed and not is_claimed else ""


def _without_learning(claim: Claim, trials: Trials) -> str:
    """Say that an answer without learning meets the claim as well; "" if not, or if not known."""
    column = claim.asks_for(trials.metric)
    value = trials.without_learning(claim.of[0], column) if column else None
    if value is None or value <= _number(claim):
        return ""
    return f"an answer without learning reaches {metric_text(claim.judged.family, value)}, too"
