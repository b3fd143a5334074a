"""Measures of an exercise beside its metric, as means over the trials."""

from typing import Any

import pandas as pd

from dlia.formatting import metric_text
from dlia.reporting.records import RESULTS
from dlia.study.model import Exercise, Study

# Of the metric in the images or volumes of a trial, by the column of its table.
_OVER_IMAGES = {"sd": "sd over the {}s", "p10": "10th percentile of the {}s"}


def measures(study: Study, exercise: Exercise) -> list[dict[str, str]]:
    """Return the other measures of an exercise, one row per variant, means over trials."""
    if not study.task.measures:
        return []
    file = RESULTS / exercise.id / f"{study.task.per_trial}.csv"
    table = pd.read_csv(file, keep_default_na=False)
    of_metric = table[table["metric"] == study.metric].groupby("variant")
    rows = []
    for variant in exercise.variants:
        own = table[table["variant"] == variant]
        row = {
            str(name): mean_text(study.task.known[str(name)].family, list(values))
            for name, values in own.groupby("metric")["mean"]
            if name in study.task.measures  # others are of one volume, or of a tenth class
        }
        rows.append({**row, "variant": variant})
        if not study.task.boxed:  # an average precision is one of all images
            for column in _OVER_IMAGES:
                of_trials = list(of_metric.get_group(variant)[column])
                rows[-1][f"{study.metric}_{column}"] = mean_text(study.family, of_trials)
    return rows


def mean_of(exercise: str, name: str, variant: str) -> float | str:
    """Return the mean of a measure over the trials of a variant, or why a trial has none.

    Args:
        exercise: The id of the exercise.
        name: The measure, as the task's table of all trials names it.
        variant: The name of the variant.
    """
    table = pd.read_csv(RESULTS / exercise / "metrics.csv", keep_default_na=False)
    own = table[(table["variant"] == variant) & (table["metric"] == name)]["mean"]
    numbers = pd.to_numeric(own, errors="coerce")
    missing = [str(value) for value in own[numbers.isna()]]
    return missing[0] if missing else float(numbers.mean())


def names_of_measures(study: Study) -> dict[str, str]:
    """Return the labels of the other measures of every variant, by name."""
    known, metric = study.task.known, study.metric
    if not study.task.measures:
        return {}
    columns = {} if study.task.boxed else _OVER_IMAGES
    of_images = {
        f"{metric}_{key}": f"{known[metric].words}, {of.format(study.task.unit)}"
        for key, of in columns.items()
    }
    return of_images | {name: known[name].words for name in study.task.measures}


def mean_text(family: str, values: list[Any]) -> str:
    """Return the mean over trials, or the reason if a trial has no number."""
    numbers = pd.to_numeric(pd.Series(values), errors="coerce")
    missing = [str(value) for value in pd.Series(values)[numbers.isna()]]
    return metric_text(family, missing[0] if missing else numbers.mean())
