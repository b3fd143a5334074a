"""The tables of an exercise: every result, and a summary of every variant."""

import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dlia.data.arrays import Arrays
from dlia.evaluation.predictions import read_predictions
from dlia.evaluation.statistics import t_interval
from dlia.files import write_csv

ONE_TRIAL = "one trial"
NONE_REPORTED = "not reported"


def evaluate_exercise(
    task: str,
    variants: list[dict[str, Any]],
    predictions: list[str],
    inputs: dict[str, str],
    results: str,
    summary: str,
) -> None:
    """Evaluate all variants of an exercise on the test part and write its two tables.

    Args:
        task: classification or segmentation: the module with the metric.
        variants: For each variant: name, same_as, reported.
        predictions: The predictions' files in the order of ``variants``.
        inputs: Paths of images, targets, split and source.
        results: Where every single result goes.
        summary: Where the summary goes.
    """
    module = importlib.import_module(f"dlia.evaluation.{task}")
    arrays = Arrays.open(inputs["images"], inputs["targets"], inputs["split"])
    data = json.loads(Path(inputs["source"]).read_text(encoding="utf-8"))["data"]
    truth = arrays.targets_at(arrays.rows("test"))
    tables = []
    for variant, path in zip(variants, predictions, strict=True):
        table = module.evaluate(read_predictions(path), truth)
        table.insert(0, "data", data)
        table.insert(1, "variant", variant["name"])
        tables.append(table.assign(same_as=variant["same_as"]))
    known = arrays.targets_at(np.flatnonzero(arrays.split["part"] != "test"))
    write_csv(results, pd.concat(tables, ignore_index=True))
    rows = [summarise(v, t, module.METRIC) for v, t in zip(variants, tables, strict=True)]
    rows.append(_reference(data, module.REFERENCE, module.METRIC, module.reference(known, truth)))
    write_csv(summary, pd.DataFrame(rows))


def summarise(variant: dict[str, Any], table: pd.DataFrame, metric: str) -> dict[str, Any]:
    """Summarise one variant over its trials; what cannot exist is written as its reason.

    Args:
        variant: name, same_as, reported (text and number by metric).
        table: The variant's rows; rows of one trial are averaged first.
        metric: The column that counts.
    """
    trials = table.groupby("trial")
    values = trials[metric].mean().to_numpy()
    statuses = trials["status"].first().value_counts()
    interval = t_interval(values)
    reported, number = variant["reported"].get(metric, [NONE_REPORTED, None])
    return {
        "data": table["data"].iloc[0],
        "variant": variant["name"],
        "kind": "variant",
        "metric": metric,
        "trials": len(values),
        "mean": values.mean(),
        "sd": values.std(ddof=1) if interval else ONE_TRIAL,
        "low": interval[0] if interval else ONE_TRIAL,
        "high": interval[1] if interval else ONE_TRIAL,
        "min": values.min(),
        "lowest_image": table[metric].min() if "image" in table else "one value per trial",
        "reported": reported,
        "reported_value": reported if number is None else number,
        "status": ", ".join(f"{count} {status}" for status, count in sorted(statuses.items())),
        "same_as": variant["same_as"],
    }


def _reference(data: str, name: str, metric: str, value: float) -> dict[str, Any]:
    reason = "no training"
    return {
        "data": data,
        "variant": name,
        "kind": "reference",
        "metric": metric,
        "trials": 0,
        "mean": value,
        "sd": reason,
        "low": reason,
        "high": reason,
        "min": value,
        "lowest_image": reason,
        "reported": NONE_REPORTED,
        "reported_value": NONE_REPORTED,
        "status": reason,
        "same_as": "",
    }
