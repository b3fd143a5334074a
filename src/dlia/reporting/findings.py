"""Conclusions of the report: fit, comparisons, and verdicts on the claims."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pandas as pd

from dlia.formatting import amount_text, metric_text, range_text
from dlia.reporting.records import RESULTS, read_table
from dlia.study.claims import verdict_in_short
from dlia.study.model import Exercise, Study
from dlia.study.quantities import TEST
from dlia.tasks.studies import all_quantities

# Verdicts on run times are in a separate file, because they differ from run to run.
CLAIMS, CLAIMS_ABOUT_TIME = "claims.csv", "claims_timing.csv"
# Prefixes of a question of the assignment sheet, and of one that helps to answer it.
QUESTIONS = ("Asked - ", "Asked, for comparison - ")
ANSWERS = {"reproduced": "yes", "not reproduced": "no"}
# For a result without a claim.
NO_CLAIM = {"claim": "", "verdict": "no claim", "shown": "no claim", "class": "no-claim"}


def fit_comments(exercise: Exercise) -> list[dict[str, str]]:
    """Return variant, word and sentence of the fit of every variant of an exercise."""
    return read_table(RESULTS / exercise.id / "fit.csv")


def comparisons(study: Study, exercise: Exercise) -> list[dict[str, str]]:
    """Return the comparison of each variant with its counterpart, for every metric."""
    return [
        {
            "variant": row["variant"],
            "with": row["compared_with"],
            "metric": study.task.known[row["metric"]].words,
            "difference": _amount(study, row["metric"], row["mean_difference"]),
            "interval": _between(study, row),
            "effect": _number(row["effect_size"], ".2f"),
            "p": _number(row["p"], ".3g"),
            "p_holm": _number(row["p_holm"], ".3g"),
            "remark": row["remark"],
        }
        for row in read_table(RESULTS / exercise.id / "comparisons.csv")
    ]


def measures(study: Study, exercise: Exercise) -> list[dict[str, str]]:
    """Return the other measures of the segmentations, one row per variant, means over trials."""
    if not study.task.measures:
        return []
    table = pd.read_csv(
        RESULTS / exercise.id / f"{study.task.per_trial}.csv", keep_default_na=False
    )
    of_metric = table[table["metric"] == study.metric].groupby("variant")
    rows = []
    for variant in exercise.variants:
        own = table[table["variant"] == variant]
        row = {
            str(name): _mean_text(study.task.known[str(name)].family, list(values))
            for name, values in own.groupby("metric")["mean"]
        }
        low = metric_text(study.family, pd.to_numeric(of_metric.get_group(variant)["p10"]).mean())
        rows.append({**row, "variant": variant, f"{study.metric}_p10": low})
    return rows


def _mean_text(family: str, values: list[Any]) -> str:
    """Return the mean over trials, or the reason if a trial has no number."""
    numbers = pd.to_numeric(pd.Series(values), errors="coerce")
    missing = [str(value) for value in pd.Series(values)[numbers.isna()]]
    return metric_text(family, missing[0] if missing else numbers.mean())


def claims(study: Study, file: str) -> list[dict[str, str]]:
    """Return the claims of a study with their verdicts.

    Args:
        study: The study.
        file: CLAIMS or CLAIMS_ABOUT_TIME.
    """
    rows = [row for row in read_table(RESULTS / file) if row["study"] == study.name]
    return [
        {
            **row,
            "shown": in_words(row["says"], row["verdict"]),
            "class": _class_of(row["verdict"]),
        }
        for row in rows
    ]


def _class_of(verdict: str) -> str:
    """Return the style of a verdict: its words, without what it depends on."""
    return verdict.split(" (")[0].split(" in any of ")[0].replace(" ", "-")


def in_words(says: str, verdict: str) -> str:
    """Return a verdict as it is shown; a question is answered by yes or no."""
    if not says.startswith(QUESTIONS):
        return verdict
    word, bracket, rest = verdict.partition(" (")
    return ANSWERS.get(word, word) + bracket + rest


def claims_of_values(study: Study) -> dict[str, dict[str, str]]:
    """Return the claims about the reported values of variants, by the keys of the variants."""
    judged = {row["claim"]: row for row in claims(study, CLAIMS)}
    found = {
        (claim.of[0], claim.claimed): judged[claim.id]
        for claim in study.claims.values()
        if (claim.kind, claim.quantity, claim.part) == ("value", study.metric, TEST)
    }
    return {
        variant.key: found.get(
            (variant.key, number.text), found.get((variant.trained_as, number.text), NO_CLAIM)
        )
        for exercise in study.exercises.values()
        for variant in exercise.variants.values()
        if (number := variant.reported.get(study.metric))
    }


def tally(studies: Iterable[list[dict[str, str]]]) -> list[tuple[str, int]]:
    """Count the verdicts on the claims of all studies, the most frequent first."""
    counts = Counter(verdict_in_short(c["verdict"]) for judged in studies for c in judged)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def margins_text(margins: dict[str, float], studies: Iterable[Study]) -> str:
    """Return the margins of config.yaml as text, and those of studies that have their own."""
    own = [f"in study {s.name} {_amounts(s.margins)}" for s in studies if s.margins]
    return ", ".join([_amounts(margins), *own])


def _amounts(margins: dict[str, float]) -> str:
    return " and ".join(
        f"{amount_text(k, v)} of {all_quantities()[k].words}" for k, v in margins.items()
    )


def _between(study: Study, row: dict[str, str]) -> str:
    low, high = (_amount(study, row["metric"], row[end]) for end in ("low", "high"))
    return low if low == row["low"] else range_text(low, high)


def _amount(study: Study, metric: str, text: str) -> str:
    try:
        return amount_text(study.task.known[metric].family, float(text))
    except ValueError:
        return text


def _number(text: str, form: str) -> str:
    try:
        return f"{float(text):{form}}"
    except ValueError:
        return text
