"""All figures of an exercise, from its tables and predictions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from dlia.data.arrays import Arrays
from dlia.evaluation.parts import classes_on_parts
from dlia.evaluation.predictions import read_any_predictions, read_predictions
from dlia.evaluation.shown_trial import shown_trial
from dlia.figures import style
from dlia.figures.classes import dots_by_class
from dlia.figures.curves import curves
from dlia.figures.gradients import gradients
from dlia.figures.parts import Point, dots, sweep
from dlia.figures.speed import speed
from dlia.figures.trials import trials
from dlia.study.printed import parse_reported
from dlia.study.variant_facts import Swept, VariantFacts

Picture = Callable[..., Figure]
NUMERIC = ("low", "high", "reported_value")  # numbers, or the reasons why there are none
MEASURED = ("epochs_to_level", "area")  # numbers, or the reasons why there are none


def draw_exercise(
    metric: str,
    losses: list[str],
    pictures: dict[str, Picture],
    classes: list[str],
    variants: list[VariantFacts],
    boundary: tuple[str, str, Picture] | None,
    inputs: dict[str, Any],
    folder: Path,
    swept: Swept,
    of_class: str,
) -> None:
    """Draw the curves, the trials, the speed of learning, and the pictures of every variant.

    Args:
        metric: accuracy, dice or ap50.
        losses: The terms of the loss that the histories have, if they are to be drawn.
        pictures: Functions that draw predictions for test images, by the name of the figure.
        classes: Names of the classes.
        variants: For each variant: name, epochs ("12 of 100" if shortened), otherwise (what
            stands in for parts of it, in words), reported (text and number by metric),
            gradient_norms.
        boundary: Two variants whose boundaries are compared, and the function that draws them.
        inputs: Paths: images, targets, split, results, summary, parts and speed (or nothing), and
            in the order of ``variants`` histories and predictions.
        folder: Where the figures go, as SVG and PDF.
        swept: The setting over which results are drawn; empty for none.
        of_class: The metric of a class that is drawn class by class, without its number; "" for
            none.
    """
    names = [variant["name"] for variant in variants]
    histories = {
        name: pd.read_csv(path) for name, path in zip(names, inputs["histories"], strict=True)
    }
    titles = {variant["name"]: title_of(variant) for variant in variants}
    results = pd.read_csv(inputs["results"], keep_default_na=False)
    summary = pd.read_csv(inputs["summary"], keep_default_na=False)
    figures = {
        "curves": curves(
            {titles[name]: _trained(table) for name, table in histories.items()}, ["loss", metric]
        ),
        "trials": trials(
            _values(results, metric).replace({"variant": titles}),
            metric,
            {titles[name]: found for name, found in _reported(variants, metric).items()},
            _references(summary),
        ),
    }
    if losses:
        terms = {titles[name]: _trained(table) for name, table in histories.items()}
        figures["losses"] = curves(terms, [*losses, "loss"])
    if inputs["parts"]:
        reported = pd.read_csv(inputs["parts"])
        figures["parts"] = _parts(reported[reported["metric"] == metric], metric, swept, titles)
    if inputs["speed"]:
        figures["speed"] = _speed(pd.read_csv(inputs["speed"]), metric)
    if of_class:
        rows = classes_on_parts(variants, histories, results, of_class, classes)
        rows = rows.assign(variant=rows["variant"].map(titles)) if len(rows) else rows
        figures["classes"] = dots_by_class(rows, classes, metric)
    followed = [variant["name"] for variant in variants if variant["gradient_norms"]]
    if followed:
        figures["gradients"] = gradients({titles[name]: histories[name] for name in followed})
    for name, figure in figures.items():
        style.save(figure, folder / f"{name}.svg", folder / f"{name}.pdf")

    arrays = Arrays.open(inputs["images"], inputs["targets"], inputs["split"])
    chosen = {
        name: shown_trial(
            histories[name],
            results[results["variant"] == name].groupby("trial")["epoch"].first(),
            metric,
        )
        for name in names
    }
    files = dict(zip(names, inputs["predictions"], strict=True))
    if boundary:
        first, second, draw = boundary
        both = read_predictions(files[first]), read_predictions(files[second])
        figure = draw((first, second), both, results, arrays)
        style.save(figure, folder / "boundary.svg", folder / "boundary.pdf")
    for name, path in files.items():
        trial, predictions = chosen[name], read_any_predictions(path)
        for kind, draw in pictures.items():
            figure = draw(predictions, trial, arrays, classes)
            style.save(figure, folder / f"{kind}_{name}.svg", folder / f"{kind}_{name}.pdf")


def title_of(variant: VariantFacts) -> str:
    """Return the title of a variant in figures; it says what was shortened and replaced."""
    epochs = f"{variant['epochs']} epochs" if " of " in variant["epochs"] else ""
    return ", ".join(filter(None, [variant["name"], epochs, variant["otherwise"]]))


def _trained(history: pd.DataFrame) -> pd.DataFrame:
    """Remove epoch 0, the untrained network, which would dominate the range of the axis."""
    trained = history[history["epoch"] > 0]
    return history if trained.empty else trained


def _values(results: pd.DataFrame, metric: str) -> pd.DataFrame:
    groups = results.groupby(["variant", "trial"], sort=False)
    return groups.agg(value=(metric, "mean"), status=("status", "first")).reset_index()


def _reported(variants: list[VariantFacts], metric: str) -> dict[str, tuple[float, ...]]:
    printed = {v["name"]: v["reported"][metric][0] for v in variants if metric in v["reported"]}
    values = {name: parse_reported(text).numbers for name, text in printed.items()}
    return {name: found for name, found in values.items() if found}


def _speed(table: pd.DataFrame, metric: str) -> Figure:
    numbers = {name: pd.to_numeric(table[name], errors="coerce") for name in MEASURED}
    level, epochs = float(table["level"].iloc[0]), int(table["area_epochs"].iloc[0])
    return speed(table.assign(**numbers), metric, level, epochs)


def _parts(table: pd.DataFrame, metric: str, swept: Swept, titles: dict[str, str]) -> Figure:
    ends = {name: pd.to_numeric(table[name], errors="coerce") for name in NUMERIC}
    table = table.assign(**ends)
    if not swept:
        return dots(table.assign(variant=table["variant"].map(titles)), metric)
    places = {name: Point(*place) for name, place in swept["places"].items()}
    apart = {name: title.removeprefix(f"{name}, ") for name, title in titles.items()}
    apart = {name: said for name, said in apart.items() if said != name and name in places}
    return sweep(table, metric, places, swept["over"], swept["by"], apart)


def _references(summary: pd.DataFrame) -> dict[str, float]:
    rows = summary[summary["kind"] == "reference"]
    return dict(zip(rows["variant"], rows["mean"].astype(float), strict=True))
