"""Paired comparisons of variants, trial by trial."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from dlia.evaluation import statistics
from dlia.runtime.files import write_csv

# The least number of trials for a test of two methods: with fewer, no p-value is below 0.05.
TRIALS_OF_A_TEST = 6
COMPARISON_COLUMNS = (
    "data",
    "variant",
    "compared_with",
    "metric",
    "trials",
    "mean_difference",
    "low",
    "high",
    "effect_size",
    "p",
    "p_holm",
    "smallest_p",
    "remark",
    "same_as",
)
PAIRED_COLUMNS = (
    "data",
    "variant",
    "compared_with",
    "trial",
    "n",
    "only_variant",
    "only_other",
    "p",
)
IDENTICAL = "identical"
EQUAL = "equal in every trial"
ONE_TRIAL = "one trial"
_NOT_TESTED = "described only"
NO_SPREAD = "no spread"
TOO_FEW = "too few trials"


class Compared(NamedTuple):
    """What is compared.

    Attributes:
        metric: What the study is judged by; it is tested.
        per_trial: The table that has what every trial reached.
        described: Further metrics of that table; described, never tested.
    """

    metric: str
    per_trial: str
    described: tuple[str, ...] = ()


def compare_exercise(
    task: Compared, pairs: list[dict[str, str]], tables: dict[str, str], path: str
) -> None:
    """Write a row for every variant and metric: how much it differs, and what a test says.

    If a metric is missing in a trial, its reason stands in the place of the numbers: a mean over
    the other trials would be of other networks than the remaining metrics.

    Args:
        task: What is compared.
        pairs: For each variant: exercise, name, trained_as, with (a key), with_trained_as, same_as,
            note (a remark on the pair, or "").
        tables: The tables of every exercise, as "ex1_2/accuracy"; those that are not asked for
            are left alone.
        path: Where the table goes.
    """
    values = {
        key.split("/")[0]: per_trial(task.metric, file)
        for key, file in tables.items()
        if key.endswith(f"/{task.per_trial}")
    }
    rows = [
        _row(pair, name, values, tested=name == task.metric)
        for pair in pairs
        for name in (task.metric, *task.described)
        if name in set(values[pair["exercise"]]["metric"])  # such as of a ninth class
    ]
    _adjust([row for row in rows if row["metric"] == task.metric], pairs)
    write_csv(path, pd.DataFrame(rows, columns=list(COMPARISON_COLUMNS)))


def per_trial(metric: str, file: str | Path) -> pd.DataFrame:
    """Read the table of a task that has what every trial reached.

    It is a long one, with a row for every metric, or has a column that is called like the metric.

    Returns:
        Rows of data, variant, trial, metric, value, status, and what two networks only have in
        common if they are the same: loss, sd over the images, or a digest of the predictions ("" if
        that is not known).
    """
    table = pd.read_csv(file, keep_default_na=False, dtype={"loss": str, "sd": str})
    if "metric" not in table:
        table = table.assign(metric=metric, mean=table[metric], sd=table["loss"])
    detail = "digest" if "digest" in table else "sd"
    return table.rename(columns={"mean": "value", detail: "detail"})[
        ["data", "variant", "trial", "metric", "value", "detail", "status"]
    ]


def compare_images(pairs: list[dict[str, str]], tables: dict[str, str], path: str) -> None:
    """Write McNemar's test of every pair, trial by trial: about two networks, not two methods.

    Args:
        pairs: As in ``compare_exercise``.
        tables: accuracy.csv and mistakes.csv by exercise, as "ex1_2/accuracy" and so on.
        path: Where the table goes: a row per pair and trial, with the images that one of the two
            alone has right.
    """
    frames = {name: pd.read_csv(file, keep_default_na=False) for name, file in tables.items()}
    rows = []
    for pair in pairs:
        exercise, name = pair["with"].split("/")
        own, other = (
            _mistakes(frames, *key) for key in ((pair["exercise"], pair["name"]), (exercise, name))
        )
        known = frames[f"{pair['exercise']}/accuracy"]
        for _, run in known[known["variant"] == pair["name"]].iterrows():
            wrong, others_wrong = own.get(run["trial"], set()), other.get(run["trial"])
            if others_wrong is None:
                continue
            discordant = len(others_wrong - wrong), len(wrong - others_wrong)
            p = statistics.mcnemar_p(*discordant)
            known_of = (run["data"], pair["name"], pair["with"], run["trial"], run["n"])
            rows.append([*known_of, *discordant, p])
    write_csv(path, pd.DataFrame(rows, columns=list(PAIRED_COLUMNS)))


def _mistakes(frames: dict[str, pd.DataFrame], exercise: str, variant: str) -> dict[int, set[str]]:
    """Give the images that every trial has wrong, by trial."""
    runs, table = frames[f"{exercise}/accuracy"], frames[f"{exercise}/mistakes"]
    wrong = table[table["variant"] == variant].groupby("trial")["image"].agg(set)
    trials = runs.loc[runs["variant"] == variant, "trial"]
    return {int(trial): wrong.get(trial, set()) for trial in trials}


def _row(
    pair: dict[str, str], metric: str, values: dict[str, pd.DataFrame], tested: bool
) -> dict[str, Any]:
    exercise, name = pair["with"].split("/")
    own, other = (
        table[(table["variant"] == variant) & (table["metric"] == metric)].set_index("trial")
        for table, variant in ((values[pair["exercise"]], pair["name"]), (values[exercise], name))
    )
    both = own.merge(other, left_index=True, right_index=True, suffixes=("", "_other"))
    known: dict[str, Any] = {
        "data": " and ".join(sorted({own["data"].iloc[0], other["data"].iloc[0]})),
        "variant": pair["name"],
        "compared_with": pair["with"],
        "metric": metric,
        "trials": len(both),
        "same_as": pair["same_as"],
    }
    if reason := _missing(both["value"]) or _missing(both["value_other"]):
        smallest = statistics.smallest_p(len(both))
        row = dict.fromkeys(COMPARISON_COLUMNS, reason)
        return row | known | {"smallest_p": smallest, "remark": pair["note"]}
    differences = (both["value"].astype(float) - both["value_other"].astype(float)).to_numpy()
    equal = not differences.any()
    same = both["detail"].equals(both["detail_other"].rename("detail"))
    identical = equal and same and bool((both["detail"] != "").all())
    none = IDENTICAL if identical else EQUAL if equal else ""
    interval = statistics.t_interval(differences)
    effect = statistics.effect_size(differences)
    failed = sorted({*both["status"], *both["status_other"]} - {"ok"})
    return known | {
        "mean_difference": differences.mean(),
        "low": interval.low if interval else ONE_TRIAL,
        "high": interval.high if interval else ONE_TRIAL,
        "effect_size": TOO_FEW if len(differences) < 3 else NO_SPREAD if effect is None else effect,
        "p": _NOT_TESTED if not tested else none or _p_value(differences),
        "p_holm": _NOT_TESTED,
        "smallest_p": statistics.smallest_p(len(differences)),
        "remark": "; ".join(
            filter(None, [pair["note"], none, f"some {' and '.join(failed)}" if failed else ""])
        ),
    }


def _missing(values: "pd.Series[Any]") -> str:
    """Return the first text among ``values``, the reason why a trial has no number, or ""."""
    texts = values[pd.to_numeric(values, errors="coerce").isna()].astype(str)
    return next((text for text in texts if text not in ("nan", "")), "")


def _p_value(differences: np.ndarray) -> float | str:
    if len(differences) < TRIALS_OF_A_TEST:
        return f"{TOO_FEW}: p cannot be below {statistics.smallest_p(len(differences)):.3g}"
    return statistics.sign_flip_p(differences)


def _adjust(rows: list[dict[str, Any]], pairs: list[dict[str, str]]) -> None:
    """Adjust the p-values of an exercise, its family; two names of one training count once."""
    trainings = [frozenset((pair["trained_as"], pair["with_trained_as"])) for pair in pairs]
    family = {
        training: row["p"]
        for training, row in zip(trainings, rows, strict=True)
        if isinstance(row["p"], float)
    }
    adjusted = statistics.holm(np.array(list(family.values()))) if family else np.array([])
    by_training = dict(zip(family, adjusted, strict=True))
    for training, row in zip(trainings, rows, strict=True):
        row["p_holm"] = float(by_training[training]) if training in family else row["p"]
