"""Variant as the report shows it: description, trials, history, command."""

from typing import Any

import pandas as pd

from dlia.formatting import metric_text
from dlia.reporting.networks import initial_weight_rows
from dlia.reporting.records import RESULTS, read_json
from dlia.study.model import Study, Variant
from dlia.study.quantities import TEST, TRAIN, VALIDATION


def variant_context(
    study: Study, variant: Variant, results: pd.DataFrame, overrides: str
) -> dict[str, Any]:
    """Gather the context of a variant for the report.

    Args:
        study: The variant's study.
        variant: The variant.
        results: The exercise's accuracy.csv or dice.csv.
        overrides: Values that replaced entries of config.yaml, as command-line words.
    """
    run = read_json(RESULTS / variant.trained_as / "run.json")
    return {
        "name": variant.name,
        "key": variant.key,
        "base": variant.base,
        "same_as": variant.same_as,
        "source": variant.source,
        "comment": variant.comment,
        "epochs": variant.text("epochs", variant.settings.epochs),
        "shortened": variant.is_shortened,
        "assumed": variant.assumed,
        "reported": {metric: value.text for metric, value in variant.reported.items()},
        "run": run,
        "initial": initial_weight_rows(run),
        "trials": _trials(study.metric, results[results["variant"] == variant.name]),
        "history": _history(study.metric, variant.trained_as),
        "folder": f"results/{variant.trained_as}",
        "rebuild": f"snakemake results/{variant.exercise}/summary.csv{overrides} -R "
        f"train_{variant.trained_as.replace('/', '_')}",
    }


def _trials(metric: str, results: pd.DataFrame) -> list[dict[str, str]]:
    """Return the trials of a variant as text; values are means over the test images."""
    return [
        {
            "trial": str(trial),
            "seed": str(rows["seed"].iloc[0]),
            "epoch": str(rows["epoch"].iloc[0]),
            "status": str(rows["status"].iloc[0]),
            "value": metric_text(metric, rows[metric].mean()),
        }
        for trial, rows in results.groupby("trial")
    ]


def _history(metric: str, trained_as: str) -> dict[str, Any]:
    """Return loss and metric of every epoch as text, means over the trials that reached it.

    If a value is not finite in a trial, there is no mean.
    """
    table = pd.read_csv(RESULTS / trained_as / "history.csv")
    shown = table[table["metric"].isin(["loss", metric])]
    means = shown.groupby(["epoch", "metric", "part"])["value"].agg(
        lambda own: own.mean(skipna=False)
    )
    parts = [part for part in (TRAIN, VALIDATION, TEST) if part in set(shown["part"])]
    columns = [(name, part) for name in ("loss", metric) for part in parts]
    return {
        "columns": ["epoch", *(f"{part} {name}" for name, part in columns)],
        "rows": [
            [str(epoch), *(metric_text(name, means[epoch, name, part]) for name, part in columns)]
            for epoch in sorted(set(shown["epoch"]))
        ],
    }
