"""Every claim of the sources, put to the test."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dlia.data.choice import STANDIN
from dlia.formatting import amount_text, metric_text
from dlia.runtime.files import write_csv
from dlia.study.printed import parse_reported
from dlia.study.quantities import SHARES, TRAIN, Quantity
from dlia.verdicts import rules
from dlia.verdicts.quantities_of_trials import ALL_EPOCHS, Trials
from dlia.verdicts.rules import Caveats, Finding, Scale

ClaimFields = dict[str, Any]
DIRECTIONS = {"higher_than": 1, "lower_than": -1, "equal_to": 1}
SIDES = {"above": 1, "below": -1}
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
    "verdict",
    "reason",
)


def judge_claims(
    studies: list[dict[str, Any]], margins: dict[str, float], results: Path, path: str
) -> None:
    """Write a row for every claim: what it says, what we found, the verdict and the reason.

    Args:
        studies: For each study: name, metric, per_trial, data (real or stand-in), claims (Claim as
            plain values), trained_as (for the key of every variant, that of its training).
        margins: How near counts as the same: accuracy, dice.
        results: The folder results/.
        path: Where the table goes.
    """
    rows = []
    for study in studies:
        trials = Trials(results, study["metric"], study["per_trial"], study["trained_as"])
        for claim in study["claims"]:
            found, verdict, reason = judge(claim, trials, margins)
            if study["data"] == STANDIN:
                verdict, reason = rules.NOT_TESTED, "drawn images say nothing about the claim"
            rows.append(_row(study, claim, found, verdict, reason))
        for claim, reason in study["untested"]:
            rows.append(_row(study, claim, "no value", rules.LEFT_OUT, reason))
    write_csv(path, pd.DataFrame(rows, columns=list(_COLUMNS)))


def _row(
    study: dict[str, Any], claim: ClaimFields, found: str, verdict: str, reason: str
) -> dict[str, str]:
    return {
        "data": study["data"],
        "study": study["name"],
        "claim": claim["id"],
        "source": claim["source"],
        "says": claim["says"],
        "of": " and ".join(claim["of"]),
        "quantity": _named(claim),
        "part": claim["part"],
        "epoch": claim["epoch"],
        "kind": claim["kind"],
        "claimed": claim["claimed"] or " and ".join(claim["against"]),
        "found": found,
        "verdict": verdict,
        "reason": f"{reason[0].upper()}{reason[1:]}.",
    }


def judge(claim: ClaimFields, trials: Trials, margins: dict[str, float]) -> tuple[str, str, str]:
    """Give what was found, the verdict, and the reason for it."""
    keys = [*claim["of"], *claim["against"]]
    caveats = Caveats(
        trials=min(len(trials.statuses(key)) for key in keys),
        failed=_failed(trials, keys),
        open_settings=list(claim["open_settings"]),
        other_training=claim["other_training"],
        other_images=claim["other_images"],
        other_machine=_measured(claim).family == "seconds",
        identical=bool(claim["against"] and claim["part"]) and _are_identical(claim, trials),
    )
    if claim["kind"] == "fit":
        word, sentence = trials.fit_comment(claim["of"][0])
        same = word == claim["claimed"]
        outcome = rules.REPRODUCED if same else rules.NOT_REPRODUCED
        return word, *rules.verdict(Finding(outcome, sentence.rstrip(".")), caveats)
    own, other = _read(claim, trials, keys)
    if own.empty:
        outcome = rules.NOT_REPRODUCED if caveats.failed else rules.UNDECIDED
        finding = Finding(outcome, "no trial has a value here")
        return "no value", *rules.verdict(finding, caveats)
    found = _written(claim, own, other)
    if _measured(claim).family == "count":
        finding = _count(claim, float(own.iloc[0]), other)
        return found, finding.outcome, _about(claim, finding.reason)
    images = None
    if _measured(claim).about_images:
        images = trials.over_images(claim["of"][0], claim["quantity"], _measured(claim))
    finding = _finding(claim, own.to_numpy(), other.to_numpy(), _scale(claim, margins), images)
    caveats = replace(caveats, trials=min(caveats.trials, len(own)))
    word, reason = rules.verdict(finding, caveats)
    return found, word, _about(claim, reason)


def _measured(claim: ClaimFields) -> Quantity:
    return Quantity(*claim["measured"])


def _read(claim: ClaimFields, trials: Trials, keys: list[str]) -> tuple[pd.Series, pd.Series]:
    """Give the quantity by trial, and that of what it is compared with, else nothing."""
    epochs = min(trials.epochs(key) for key in keys)

    def value(key: str) -> pd.Series:
        return trials.values(
            key, claim["quantity"], _measured(claim), claim["part"], claim["epoch"], epochs
        )

    def side(names: list[str]) -> pd.Series:
        if len(names) == 1:
            return value(names[0])
        first, second = value(names[0]).align(value(names[1]), join="inner")
        return (first - second).abs()

    own = side(claim["of"])
    if not claim["against"]:
        return own, pd.Series(dtype=float)
    own, other = own.align(side(claim["against"]), join="inner")
    return own, other


def _scale(claim: ClaimFields, margins: dict[str, float]) -> Scale:
    family = _measured(claim).family
    return Scale(family, margins.get(family, 0.0), family in SHARES)


def _finding(
    claim: ClaimFields,
    own: np.ndarray,
    other: np.ndarray,
    scale: Scale,
    images: rules.Interval | None,
) -> Finding:
    kind = claim["kind"]
    if kind == "value":
        return rules.judge_value(own, parse_reported(claim["claimed"]), scale)
    if kind in SIDES:
        return rules.judge_threshold(own, _number(claim), SIDES[kind], scale, images)
    differences = DIRECTIONS[kind] * (own - other)
    if kind == "equal_to":
        return rules.judge_equality(differences, scale)
    least = scale.margin if len(claim["of"]) > 1 else 0.0
    return rules.judge_comparison(differences, scale, least)


def _count(claim: ClaimFields, own: float, other: pd.Series) -> Finding:
    against = _number(claim) if other.empty else float(other.iloc[0])
    return rules.judge_count(own, against, claim["kind"], Scale("count"))


def _number(claim: ClaimFields) -> float:
    value = parse_reported(claim["claimed"]).value
    if value is None:
        raise ValueError(f"{claim['claimed']!r} is no number")
    return value


def _written(claim: ClaimFields, own: pd.Series, other: pd.Series) -> str:
    """Write all trials, each beside the one that it is compared with."""
    family = _measured(claim).family
    write = amount_text if len(claim["of"]) > 1 else metric_text
    values, against = ([write(family, value) for value in side] for side in (own, other))
    text = " / ".join(values)
    return f"{text} against {' / '.join(against)}" if against else text


def _named(claim: ClaimFields) -> str:
    """Name what was read: the quantity, and where it is not the networks' that were kept, where."""
    if claim["kind"] == "fit":
        return "fit comment"
    part = {TRAIN: "training"}.get(claim["part"], claim["part"])
    where = f" on {part} images" if part else ""
    epoch = claim["epoch"]
    when = ", mean over epochs" if epoch == ALL_EPOCHS else f" in epoch {epoch}" if epoch else ""
    return f"{_measured(claim).words}{where}{when}"


def _about(claim: ClaimFields, reason: str) -> str:
    return f"{_named(claim)}: {reason}"


def _are_identical(claim: ClaimFields, trials: Trials) -> bool:
    """Tell whether what is compared is one function: equal to the last digit in every trial."""
    pairs = (
        [claim["of"], claim["against"]]
        if len(claim["of"]) > 1
        else [(claim["of"][0], claim["against"][0])]
    )
    return all(trials.details(first) == trials.details(second) for first, second in pairs)


def _failed(trials: Trials, keys: list[str]) -> str:
    """Say which trials collapsed or diverged."""
    found = []
    for key in dict.fromkeys(keys):
        statuses = trials.statuses(key)
        found += [
            f"{statuses.count(word)} of {len(statuses)} trials of {key} {word}"
            for word in sorted(set(statuses) - {"ok"})
        ]
    return ", ".join(found)
