"""All figures of an exercise, from its tables and predictions."""

import importlib
from pathlib import Path
from typing import Any

import pandas as pd

from dlia.data.arrays import Arrays
from dlia.evaluation.predictions import read_predictions
from dlia.figures import style
from dlia.figures.curves import curves
from dlia.figures.trials import trials


def draw_exercise(
    metric: str,
    pictures: str,
    classes: list[str],
    variants: list[dict[str, Any]],
    inputs: dict[str, Any],
    folder: Path,
) -> None:
    """Draw the curves, the trials, and the pictures of every variant.

    Args:
        metric: accuracy or dice.
        pictures: The module that draws test images: misclassified or segmentations.
        classes: Names of the classes.
        variants: For each variant: name, reported (text and number by metric).
        inputs: Paths: images, targets, split, results, summary, and in the order of ``variants``
            histories and predictions.
        folder: Where the figures go, as SVG and PDF.
    """
    names = [variant["name"] for variant in variants]
    histories = {
        name: pd.read_csv(path) for name, path in zip(names, inputs["histories"], strict=True)
    }
    results = pd.read_csv(inputs["results"], keep_default_na=False)
    summary = pd.read_csv(inputs["summary"], keep_default_na=False)
    figures = {
        # Beside the untrained network, epoch 0, the trained ones could not be told apart.
        "curves": curves({n: t[t["epoch"] > 0] for n, t in histories.items()}, ["loss", metric]),
        "trials": trials(
            _values(results, metric), metric, _reported(variants, metric), _references(summary)
        ),
    }
    arrays = Arrays.open(inputs["images"], inputs["targets"], inputs["split"])
    module = importlib.import_module(f"dlia.figures.{pictures}")
    for name, path in zip(names, inputs["predictions"], strict=True):
        epochs = results[results["variant"] == name].groupby("trial")["epoch"].first()
        trial = best_trial(histories[name], epochs, metric)
        predictions = read_predictions(path)
        figures[f"{pictures}_{name}"] = module.picture(predictions, trial, arrays, classes)
    for name, figure in figures.items():
        style.save(figure, folder / f"{name}.svg", folder / f"{name}.pdf")


def best_trial(history: pd.DataFrame, epochs: pd.Series, metric: str) -> int:
    """Give the trial that is best on validation at the epoch that was kept.

    Args:
        history: Columns trial, epoch, part, metric, value. Without validation rows the training
            rows decide.
        epochs: The epoch that was kept, by trial.
        metric: accuracy or dice.
    """
    rows = history[
        (history["metric"] == metric) & (history["epoch"] == history["trial"].map(epochs))
    ]
    validation = rows[rows["part"] == "validation"]
    candidates = rows if validation.empty else validation
    return int(candidates["trial"].to_numpy()[candidates["value"].to_numpy().argmax()])


def _values(results: pd.DataFrame, metric: str) -> pd.DataFrame:
    groups = results.groupby(["variant", "trial"], sort=False)
    return groups.agg(value=(metric, "mean"), status=("status", "first")).reset_index()


def _reported(variants: list[dict[str, Any]], metric: str) -> dict[str, float]:
    values = {v["name"]: v["reported"].get(metric, ["", None])[1] for v in variants}
    return {name: value for name, value in values.items() if value is not None}


def _references(summary: pd.DataFrame) -> dict[str, float]:
    rows = summary[summary["kind"] == "reference"]
    return dict(zip(rows["variant"], rows["mean"].astype(float), strict=True))
