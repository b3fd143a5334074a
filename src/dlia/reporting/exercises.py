"""Exercise as the report shows it: results, figures, run times, settings."""

import math
from typing import Any

import pandas as pd

from dlia.evaluation.timing import NO_OTHER, read_trials
from dlia.formatting import interval_text, metric_text
from dlia.reporting import findings
from dlia.reporting.hyperparameters import OBJECT, SETTING
from dlia.reporting.networks import networks
from dlia.reporting.pictured import pictured
from dlia.reporting.readings import reading_rows
from dlia.reporting.records import RESULTS, read_table
from dlia.reporting.settings import Lines, compared_settings
from dlia.reporting.variants import variant_context
from dlia.study.model import Exercise, Study
from dlia.study.quantities import TEST, VALIDATION


def exercise_context(
    study: Study,
    exercise: Exercise,
    verdicts: dict[str, dict[str, str]],
    hyperparameters: Lines,
    overrides: str,
    reads: bool,
) -> dict[str, Any]:
    """Gather the context of an exercise for the report.

    Args:
        study: The study of the exercise.
        exercise: The exercise.
        verdicts: The judged claims on reported values, by the variants' keys.
        hyperparameters: The exercise's lines of hyperparameters.csv.
        overrides: Values that replaced entries of config.yaml, as command-line words.
        reads: Whether the build trains the readings of assumed settings.
    """
    folder = RESULTS / exercise.id
    results = pd.read_csv(folder / f"{study.metric}.csv", keep_default_na=False)
    values = results.groupby(["variant", "trial"], sort=False)[study.metric].mean()
    records = read_table(folder / "summary.csv")
    rows = [
        _row(
            study.family,
            {**row, "reported": _reported(study, exercise, row)},
            values,
            verdicts.get(f"{exercise.id}/{row['variant']}", findings.NO_CLAIM),
        )
        for row in records
    ]
    validation = {row["variant"]: row["validation"] for row in records if row["kind"] == "variant"}
    names = list(exercise.variants)
    variants = [variant_context(study, v, results, overrides) for v in exercise.variants.values()]
    return {
        "id": exercise.id,
        "title": exercise.title,
        "question": exercise.question,
        "left_out": exercise.left_out,
        "rows": rows,
        "validation": {
            v.key: validation[name]
            for name, v in exercise.variants.items()
            if VALIDATION in v.settings.monitor
        },
        "figures": [
            *_figures(study, exercise, pictured(study, exercise, validation)),
            *([_READINGS] if reads and exercise.read else []),
        ],
        "fits": findings.fit_comments(exercise),
        "measures": findings.measures(study, exercise),
        "comparisons": findings.comparisons(study, exercise),
        "readings": reading_rows(study, exercise) if reads and exercise.read else [],
        "timings": _timings(exercise),
        "variants": variants,
        "networks": networks(variants),
        "settings": compared_settings(hyperparameters, SETTING, names),
        "objects": compared_settings(hyperparameters, OBJECT, names),
    }


_READINGS = {
    "name": "readings",
    "caption": "How far a result moves with settings that its source does not state: mean over the "
    "trials on the test images with its interval, lowest first, and the reported value.",
}
_SHOWN = {
    "samples": "Training images.",
    "balance": "Share of each class in each part.",
    "tsne": "t-SNE map of the pixels of training images: similar images lie close together.",
}


def shown_context(study: Study, exercise: Exercise) -> dict[str, Any]:
    """Gather the context of the part of an exercise that needs no training."""
    layers = []
    if "layers" in exercise.shows:
        layers = read_table(RESULTS / exercise.id / "layers.csv")
    return {
        "id": exercise.id,
        "title": exercise.title,
        "question": exercise.question,
        "network": exercise.network,
        "layers": layers,
        "left_out": exercise.left_out,
        "figures": [
            {"name": kind, "caption": _SHOWN[kind]} for kind in exercise.shows if kind in _SHOWN
        ],
    }


def _reported(study: Study, exercise: Exercise, row: dict[str, str]) -> str:
    """Return the reported value of a row, or a note if the source reports another measure."""
    variant = exercise.variants.get(row["variant"])
    if variant is None or study.metric in variant.reported or not variant.reported:
        return row["reported"]
    return "other measure"


def _row(
    metric: str, row: dict[str, str], trials: pd.Series, claim: dict[str, str]
) -> dict[str, Any]:
    own = trials[row["variant"]] if row["kind"] == "variant" else pd.Series(dtype=float)
    return {
        "variant": row["variant"],
        "kind": row["kind"],
        "epochs": row["epochs"],
        "same_as": row["same_as"],
        "mean": metric_text(metric, row["mean"]),
        "sd": metric_text(metric, row["sd"]),
        "interval": interval_text(metric, row["low"], row["high"]),
        "lowest_image": metric_text(metric, row["lowest_image"]),
        "validation": metric_text(metric, row["validation"]),
        "reported": row["reported"],
        "verdict": claim["shown"],
        "class": claim["class"],
        "claim": claim["claim"],
        "learnt": row["beats_reference"] != "no",
        "status": row["status"],
        "trials": [metric_text(metric, value) for value in own],
    }


def _timings(exercise: Exercise) -> list[dict[str, str]]:
    """Return the training times of an exercise, one row per variant, means over trials."""
    table = read_trials(RESULTS / "timing.csv")
    table["variant"] = table["exercise"] + "/" + table["variant"]
    rows = []
    for name, variant in exercise.variants.items():
        trials = table[table["variant"] == variant.trained_as]
        base = str(trials["base"].iloc[0])
        times = pd.to_numeric(trials["times_base"], errors="coerce").mean()
        same = str(trials["same_program_as"].iloc[0])
        rows.append(
            {
                "variant": name,
                "epochs": variant.text("epochs", int(trials["epochs"].max())),
                "per_epoch": f"{trials['seconds_per_epoch'].mean():.3g}",
                "per_trial": f"{trials['seconds'].mean():.3g}",
                "relative": f"{times:.2f} times {base}" if math.isfinite(times) else "no base",
                "same": "" if same == NO_OTHER else f"runs the same program as {same}",
                "device": ", ".join(sorted(set(trials["device"]))),
            }
        )
    return rows


def _figures(study: Study, exercise: Exercise, pictured: dict[str, str]) -> list[dict[str, str]]:
    metric = study.metric.capitalize()
    shortened = ", ".join(
        f"{v.name} {v.text('epochs', v.settings.epochs)} epochs"
        for v in exercise.variants.values()
        if v.is_shortened
    )
    figures = [
        {
            "name": "curves",
            "caption": f"Loss and {study.metric} after every epoch, of training images (a fixed "
            "subset as large as the validation part, in evaluation mode) and of "
            f"{_held_out(exercise)}. The untrained network is epoch 0 in history.csv and is not "
            "drawn." + ("" if not shortened else f" Shortened trainings: {shortened}."),
        },
        {
            "name": "trials",
            "caption": f"{metric} of every trial on the test images, with the reported value.",
        },
    ]
    if exercise.level:
        level = metric_text(study.family, exercise.level)
        figures.append(
            {
                "name": "speed",
                "caption": f"How fast the variants learn: the first epoch with a validation "
                f"{study.metric} of {level}, and the area under the validation curve. A name with "
                "a slash is the base of a variant, from another exercise.",
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
                "caption": f"Where {second} differs from {first} along the boundary of the "
                f"objects, on the same test images. {pictured[second]}",
            }
        )
    figures += [
        {
            "name": f"{picture}_{name}",
            "caption": f"{study.task.pictures[picture].format(name)} {reason}",
        }
        for picture in study.task.pictures
        for name, reason in pictured.items()
    ]
    return figures


def _held_out(exercise: Exercise) -> str:
    """Name the held-out images of an exercise's curves."""
    monitored = {v.held_out for v in exercise.variants.values()}
    words = {
        VALIDATION: "validation images",
        TEST: "test images, where the source drew such curves (nothing is chosen by them)",
    }
    return " or ".join(text for part, text in words.items() if part in monitored) or "no others"
