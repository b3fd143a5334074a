"""What the report shows of an exercise: rows, figures, times, settings."""

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd

from dlia.formatting import interval_text, metric_text, setting_text
from dlia.reporting import findings
from dlia.reporting.findings import RESULTS
from dlia.variants import Exercise, Study, Variant

PICTURES = {
    "misclassified": "Test images that {}, the best variant on validation, misclassifies, the most "
    "confident mistakes first.",
    "confusion": "Which classes {}, the best variant on validation, takes for which.",
    "segmentations": "Best, median and worst test image of {}.",
}


def read_json(path: Path) -> dict[str, Any]:
    """Read a record of the build."""
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record


def exercise_context(
    study: Study, exercise: Exercise, verdicts: dict[str, str], trials: int | None
) -> dict[str, Any]:
    """Gather what the report shows of an exercise.

    Args:
        study: The exercise's study.
        exercise: The exercise.
        verdicts: Those on reported values, by the variants' keys.
        trials: The number of trials in config.yaml, None if the variants' own hold.
    """
    folder = RESULTS / exercise.id
    results = pd.read_csv(folder / f"{study.metric}.csv", keep_default_na=False)
    values = results.groupby(["variant", "trial"], sort=False)[study.metric].mean()
    records = findings.read_table(folder / "summary.csv")
    rows = [
        _row(study.metric, row, values, verdicts.get(f"{exercise.id}/{row['variant']}", ""))
        for row in records
    ]
    validation = {row["variant"]: row["validation"] for row in records if row["kind"] == "variant"}
    best = best_variant(validation)
    return {
        "id": exercise.id,
        "title": exercise.title,
        "question": exercise.question,
        "rows": rows,
        "best": best,
        "validation": {f"{exercise.id}/{name}": value for name, value in validation.items()},
        "figures": _figures(study, exercise, best),
        "fits": findings.fit_comments(exercise),
        "measures": findings.measures(study, exercise),
        "comparisons": findings.comparisons(exercise),
        "timings": _timings(exercise),
        "variants": [_variant(variant) for variant in exercise.variants.values()],
        "settings": _settings(exercise, trials),
    }


def _row(metric: str, row: dict[str, str], trials: pd.Series, verdict: str) -> dict[str, Any]:
    own = trials[row["variant"]] if row["kind"] == "variant" else pd.Series(dtype=float)
    return {
        "variant": row["variant"],
        "kind": row["kind"],
        "same_as": row["same_as"],
        "mean": metric_text(metric, row["mean"]),
        "sd": metric_text(metric, row["sd"]),
        "interval": interval_text(metric, row["low"], row["high"]),
        "lowest_image": metric_text(metric, row["lowest_image"]),
        "validation": metric_text(metric, row["validation"]),
        "reported": row["reported"],
        "verdict": verdict,
        "learnt": row["beats_reference"] != "no",
        "status": row["status"],
        "trials": [metric_text(metric, value) for value in own],
    }


def best_variant(validation: dict[str, str]) -> str:
    """Give the variant with the highest mean on validation, the first one of several.

    Args:
        validation: The mean by variant, as written in the summary, or the reason why there is none.
    """

    def value(name: str) -> float:
        try:
            return float(validation[name])
        except ValueError:
            return -math.inf

    return max(validation, key=value)


def _timings(exercise: Exercise) -> list[dict[str, str]]:
    """Give how long the trainings of an exercise took, a row per variant, means over trials."""
    table = pd.read_csv(RESULTS / "timing.csv", keep_default_na=False)
    table["variant"] = table["exercise"] + "/" + table["variant"]
    rows = []
    for name, variant in exercise.variants.items():
        trials = table[table["variant"] == variant.trained_as]
        base = str(trials["base"].iloc[0])
        times = pd.to_numeric(trials["times_base"], errors="coerce").mean()
        rows.append(
            {
                "variant": name,
                "epochs": str(trials["epochs"].max()),
                "per_epoch": f"{trials['seconds_per_epoch'].mean():.3g}",
                "per_trial": f"{trials['seconds'].mean():.3g}",
                "relative": f"{times:.2f} times {base}" if math.isfinite(times) else "no base",
                "device": ", ".join(sorted(set(trials["device"]))),
            }
        )
    return rows


def _figures(study: Study, exercise: Exercise, best: str) -> list[dict[str, str]]:
    metric = study.metric.capitalize()
    figures = [
        {
            "name": "curves",
            "caption": f"Loss and {study.metric} after every epoch, of training images (a fixed "
            "subset as large as the validation part, in evaluation mode) and of validation images. "
            "The untrained network is epoch 0 in history.csv and not drawn.",
        },
        {
            "name": "trials",
            "caption": f"{metric} on the test images, trial by trial, beside what was reported.",
        },
    ]
    if exercise.level:
        level = metric_text(study.metric, exercise.level)
        figures.append(
            {
                "name": "speed",
                "caption": f"How fast the variants learn: the first epoch with a validation "
                f"{study.metric} of {level}, and the area under the validation curve. A name with "
                "a slash is what a variant is built on, in another exercise.",
            }
        )
    if exercise.records_gradients:
        figures.append(
            {
                "name": "gradients",
                "caption": "Norm of the gradient of each layer's weights, averaged over the steps "
                "of an epoch.",
            }
        )
    if exercise.boundary:
        first, second = exercise.boundary
        figures.append(
            {
                "name": "boundary",
                "caption": f"Where along the boundary {second} differs from {first}, on the same "
                f"test images. The trial shown is the best of {second} on validation.",
            }
        )
    figures += [
        {
            "name": f"{picture}_{name}",
            "caption": PICTURES[picture].format(name)
            + " The trial shown is the best on validation.",
        }
        for picture in study.pictures
        for name in ([best] if study.task == "classification" else exercise.variants)
    ]
    return figures


def _variant(variant: Variant) -> dict[str, Any]:
    return {
        "name": variant.name,
        "key": variant.key,
        "base": variant.base,
        "same_as": variant.same_as,
        "source": variant.source,
        "comment": variant.comment,
        "assumed": variant.assumed,
        "reported": {metric: value.text for metric, value in variant.reported.items()},
        "run": read_json(RESULTS / variant.trained_as / "run.json"),
        "rebuild": f"snakemake -f train_{variant.trained_as.replace('/', '_')}",
    }


def _settings(exercise: Exercise, trials: int | None) -> list[dict[str, Any]]:
    """List all settings of an exercise: a row each, with a value and an origin per variant."""
    tables = {
        name: {leaf.path: leaf for leaf in variant.hyperparameters()}
        for name, variant in exercise.variants.items()
    }
    paths = list(dict.fromkeys(path for table in tables.values() for path in table))
    # Settings of one block stand together, whichever variant has them.
    blocks = list(dict.fromkeys(path.split(".")[0] for path in paths))
    paths.sort(key=lambda path: blocks.index(path.split(".")[0]))
    rows = []
    for path in paths:
        described = next(table[path].description for table in tables.values() if path in table)
        cells = [
            _cell(path, table[path].value, variant.origins[path], trials)
            if path in table
            else {"value": "does not apply", "origin": ""}
            for table, variant in zip(tables.values(), exercise.variants.values(), strict=True)
        ]
        same = len({cell["value"] for cell in cells}) == 1
        rows.append({"path": path, "meaning": described, "cells": cells, "same": same})
    return rows


def _cell(path: str, value: Any, origin: str, trials: int | None) -> dict[str, str]:
    if path == "trials" and trials is not None:
        return {"value": str(trials), "origin": "config.yaml"}
    return {"value": setting_text(value), "origin": origin}
