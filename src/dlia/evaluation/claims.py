"""Every claim of the sources, put to the test."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dlia.data.choice import STANDIN
from dlia.evaluation import verdicts
from dlia.evaluation.trials import Trials
from dlia.evaluation.verdicts import Caveats, Finding, Scale
from dlia.files import write_csv
from dlia.formatting import metric_text
from dlia.quantities import QUANTITIES
from dlia.reported import parse_reported

Claim = dict[str, Any]
DIRECTIONS = {"higher_than": 1, "lower_than": -1, "equal_to": 1}
SIDES = {"above": 1, "below": -1}
SHARES = ("accuracy", "dice")


def judge_claims(
    studies: list[dict[str, Any]], margins: dict[str, float], results: Path, path: str
) -> None:
    """Write a row for every claim: what it says, what we found, the verdict and the reason.

    Args:
        studies: For each study: name, data (real or stand-in), claims (Claim as plain values),
            trained_as (for the key of every variant, that of its training).
        margins: The differences below which there is none: accuracy, dice.
        results: The folder results/.
        path: Where the table goes.
    """
    rows = []
    for study in studies:
        trials = Trials(results, study["trained_as"])
        for claim in study["claims"]:
            found, verdict, reason = _judge(claim, trials, margins)
            if study["data"] == STANDIN:
                verdict, reason = verdicts.NOT_TESTED, "Drawn images say nothing about the claim."
            rows.append(
                {
                    "data": study["data"],
                    "study": study["name"],
                    "claim": claim["id"],
                    "source": claim["source"],
                    "says": claim["says"],
                    "of": " and ".join(claim["of"]),
                    "quantity": claim["quantity"] if claim["kind"] != "fit" else "fit",
                    "part": claim["part"],
                    "epoch": claim["epoch"],
                    "kind": claim["kind"],
                    "claimed": claim["claimed"] or " and ".join(claim["against"]),
                    "found": found,
                    "verdict": verdict,
                    "reason": reason,
                }
            )
    write_csv(path, pd.DataFrame(rows))


def _judge(claim: Claim, trials: Trials, margins: dict[str, float]) -> tuple[str, str, str]:
    """Give what was found, the verdict, and the reason for it."""
    keys = [*claim["of"], *claim["against"]]
    family = QUANTITIES[claim["quantity"]].family
    if claim["kind"] == "fit":
        found, sentence = trials.fit_comment(claim["of"][0])
        finding = verdicts.judge_same(found, claim["claimed"])._replace(reason=sentence.rstrip("."))
        count = trials.count(claim["of"][0])
    else:
        own, other = _read(claim, trials, keys)
        if own.empty:
            return "no value", verdicts.UNDECIDED, "No trial has a value to compare."
        scale = Scale(claim["quantity"], margins.get(family, 0.0), family in SHARES)
        found, count = _written(claim["quantity"], own, other), len(own)
        finding = _finding(claim, own.to_numpy(), other.to_numpy(), scale)
    exact = family == "count"
    caveats = Caveats(
        trials=verdicts.ENOUGH_TRIALS if exact else count,
        failed="" if exact else _failed(trials, keys),
        open_settings=[] if exact else list(claim["open_settings"]),
        other_images=claim["other_images"],
        other_machine=family == "seconds" and claim["kind"] not in DIRECTIONS,
    )
    return found, *verdicts.verdict(finding, caveats)


def _read(claim: Claim, trials: Trials, keys: list[str]) -> tuple[pd.Series, pd.Series]:
    """Give the quantity by trial, and that of what it is compared with, else nothing."""
    epochs = min(trials.epochs(key) for key in keys)

    def value(key: str) -> pd.Series:
        return trials.values(key, claim["quantity"], claim["part"], claim["epoch"], epochs)

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


def _finding(claim: Claim, own: np.ndarray, other: np.ndarray, scale: Scale) -> Finding:
    kind, exact = claim["kind"], QUANTITIES[claim["quantity"]].family == "count"
    if kind == "value":
        claimed = parse_reported(claim["claimed"])
        if exact:
            return verdicts.judge_same(scale.text(own[0]), scale.text(claimed.value or 0.0))
        return verdicts.judge_value(own, claimed, scale)
    if kind in SIDES:
        level = parse_reported(claim["claimed"]).value or 0.0
        return verdicts.judge_threshold(own, level, SIDES[kind], scale)
    differences = DIRECTIONS[kind] * (own - other)
    if exact:
        return verdicts.judge_counts(own[0], other[0], kind, scale)
    judge = verdicts.judge_equality if kind == "equal_to" else verdicts.judge_comparison
    return judge(differences, scale)


def _written(quantity: str, own: pd.Series, other: pd.Series) -> str:
    """Write all trials, each beside the one that it is compared with."""
    values = [metric_text(quantity, value) for value in own]
    against = [metric_text(quantity, value) for value in other]
    text = " / ".join(values)
    return f"{text} against {' / '.join(against)}" if against else text


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
