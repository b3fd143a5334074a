"""The tables of an exercise: every result, a summary and a fit comment of every variant.

Where the classes have a metric of their own, such as the Dice of each, both tables go on with rows
of every class: its metric is called like that of the study, with _class_ and its number from 1.
"""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from dlia.data.arrays import Arrays
from dlia.evaluation.baseline import Baseline
from dlia.evaluation.classes import (
    NO_CURVES,
    ONE_CLASS,
    TABLE,
    metrics_of_classes,
    reason_in,
    results_of_class,
)
from dlia.evaluation.fit import fit_comment, no_fit_comment
from dlia.evaluation.parts import (
    NONE_REPORTED,
    ONE_TRIAL,
    metrics_on_parts,
    parts_of,
    values_on,
)
from dlia.evaluation.predictions import Predictions, read_predictions
from dlia.evaluation.statistics import t_interval
from dlia.runtime.files import FLOAT_FORMAT, write_csv
from dlia.study.kinds import CLASS, CLASS_REFERENCE
from dlia.study.origins import resting_on
from dlia.study.part_names import VALIDATION
from dlia.study.variant_facts import VariantFacts

OTHER_REPORTED = "another measure"
OTHER_PARTS = "on other parts"  # in parts.csv
NO_VALIDATION = "no validation images"
# The curves of a training are measured with the prediction of its own variant.
OTHER_PREDICTION = "another prediction"
_ONE_VALUE = "one value per trial"


class Tables(Protocol):
    """The tables of a task, which compare predictions with the true targets.

    Where single images have a metric, ``constant_answers(truth)`` gives ``Baseline.images``; where
    classes have one, ``constant_classes(truth, classes)`` gives ``Baseline.classes``.

    Attributes:
        METRIC: The main metric; a column in the table of the same name.
        REFERENCE: The name of the trivial baseline.
    """

    METRIC: str
    REFERENCE: str

    def evaluate(
        self, predictions: Predictions, truth: np.ndarray, classes: list[str], known: np.ndarray
    ) -> dict[str, pd.DataFrame]:
        """Give the tables by their names; each has the columns trial and status.

        ``known`` are the targets of the images that are not judged, with which a task may compare
        the judged ones.
        """

    def reference(self, known: np.ndarray, truth: np.ndarray) -> float:
        """Return the metric of the trivial baseline on ``truth``; it is fitted on ``known``."""


class Evaluator(Protocol):
    """Reads the predictions of an exercise's variants.

    A task's module ``tables`` may have a function ``evaluator`` that makes its own from the inputs.
    """

    def tables(self, path: str, classes: list[str]) -> dict[str, pd.DataFrame]:
        """Return the tables of the variant whose predictions are at ``path``."""

    def unlearnt(self) -> Baseline:
        """Return what answers without learning reach on the training images."""

    def baseline(self) -> Baseline:
        """Return what answers without learning reach on the test images."""


class _OfImages:
    """Compares predictions with the targets of the test images.

    Args:
        task: The tables of the task.
        inputs: Paths: images, targets, split.
        classes: How many there are.
    """

    def __init__(self, task: Tables, inputs: dict[str, Any], classes: int) -> None:
        self.task, self.classes = task, classes
        self.arrays = Arrays.open(inputs["images"], inputs["targets"], inputs["split"])
        self.truth = self.arrays.targets_at(self.arrays.rows("test"))
        self.known = self.arrays.targets_at(np.flatnonzero(self.arrays.split["part"] != "test"))
        trained = self.arrays.targets_at(self.arrays.rows("train"))
        self.of_training = Baseline(
            task.reference(trained, trained), classes=self._constant_classes(trained)
        )

    def tables(self, path: str, classes: list[str]) -> dict[str, pd.DataFrame]:
        return self.task.evaluate(read_predictions(path), self.truth, classes, self.known)

    def unlearnt(self) -> Baseline:
        return self.of_training

    def baseline(self) -> Baseline:
        constant_answers = getattr(self.task, "constant_answers", None)
        return Baseline(
            self.task.reference(self.known, self.truth),
            constant_answers(self.truth) if constant_answers else None,
            self._constant_classes(self.truth),
        )

    def _constant_classes(self, truth: np.ndarray) -> tuple[float, ...]:
        measure = getattr(self.task, "constant_classes", None)
        return measure(truth, self.classes) if measure else ()


def evaluate_exercise(
    task: Tables,
    classes: list[str],
    variants: list[VariantFacts],
    inputs: dict[str, Any],
    outputs: dict[str, str],
) -> None:
    """Evaluate all variants of an exercise on the test part and write its tables.

    Args:
        task: The tables of the task.
        classes: The names of the classes.
        variants: For each variant: name, same_as, weights_of, epochs, otherwise, reported,
            reported_on.
        inputs: Paths: images, targets, split, source, and in the order of ``variants`` predictions
            and histories.
        outputs: Where each table of the task goes, by its name, and summary, fit and, if sources
            report values of several parts of the data, parts.
    """
    data = json.loads(Path(inputs["source"]).read_text(encoding="utf-8"))["data"]
    own = getattr(task, "evaluator", None)
    evaluator: Evaluator = own(inputs) if own else _OfImages(task, inputs, len(classes))
    tables: dict[str, list[pd.DataFrame]] = defaultdict(list)
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)  # by metric
    comments: dict[str, list[dict[str, Any]]] = defaultdict(list)
    on_parts = []
    for variant, path, file in zip(
        variants, inputs["predictions"], inputs["histories"], strict=True
    ):
        rests_on = resting_on(data, variant["otherwise"])
        found = evaluator.tables(path, classes)
        for name, table in found.items():
            table.insert(0, "data", rests_on)
            table.insert(1, "variant", variant["name"])
            tables[name].append(table.assign(same_as=variant["same_as"]))
        results, history = tables[task.METRIC][-1], pd.read_csv(file)
        validation = values_on(VALIDATION, history, results, task.METRIC)
        for metric in metrics_on_parts(variants, task.METRIC):
            on_parts += parts_of(variant, history, results, metric)
        rows[task.METRIC].append(summarise(variant, results, task.METRIC, validation))
        unlearnt = evaluator.unlearnt()
        comments[task.METRIC].append(
            _comment(variant, history, results, task.METRIC, unlearnt.mean)
        )
        for place, metric in enumerate(metrics_of_classes(task.METRIC, found)):
            of_class = results_of_class(results, found[TABLE], metric)
            constant = unlearnt.classes[place]
            rows[metric].append(summarise_class(variant, of_class, history, metric))
            comments[metric].append(_comment(variant, history, of_class, metric, constant))
    for name, parts in tables.items():
        write_csv(outputs[name], pd.concat(parts, ignore_index=True))
    write_csv(outputs["summary"], _summary(data, task, rows, evaluator.baseline()))
    write_csv(outputs["fit"], pd.DataFrame([row for own in comments.values() for row in own]))
    if "parts" in outputs:
        write_csv(outputs["parts"], pd.DataFrame(on_parts))


def _comment(
    variant: VariantFacts,
    history: pd.DataFrame,
    results: pd.DataFrame,
    metric: str,
    reference: float,
) -> dict[str, Any]:
    """Give the row of a variant and metric in the table of the fit comments."""
    if variant["weights_of"]:
        found = no_fit_comment(results, OTHER_PREDICTION)
    elif metric not in set(history["metric"]):
        found = no_fit_comment(results, NO_CURVES)
    else:
        found = fit_comment(history, results, metric, reference)
    known = {"data": results["data"].iloc[0], "variant": variant["name"], "metric": metric}
    return known | found | {"same_as": variant["same_as"]}


def _summary(
    data: str, task: Tables, rows: dict[str, list[dict[str, Any]]], baseline: Baseline
) -> pd.DataFrame:
    """Put the rows of the study's metric first, then those of every class, each with a baseline."""
    main, *classes = rows
    table = _beside_baseline(rows[main], baseline)
    table.append(summarise_baseline(data, task.REFERENCE, task.METRIC, baseline))
    for place, metric in enumerate(classes):
        constant = Baseline(baseline.classes[place])
        table += _beside_baseline(rows[metric], constant)
        last = summarise_baseline(data, ONE_CLASS, metric, constant)
        table.append({**last, "kind": CLASS_REFERENCE})
    return pd.DataFrame(table)


def _beside_baseline(rows: list[dict[str, Any]], baseline: Baseline) -> list[dict[str, Any]]:
    """Say of rows whether their mean is above the baseline; a reason why there is none, again."""
    return [
        {
            **row,
            "beats_reference": mean
            if isinstance(mean := row["mean"], str)
            else ("yes" if mean > baseline.mean else "no"),
        }
        for row in rows
    ]


def summarise(
    variant: VariantFacts, table: pd.DataFrame, metric: str, validation: pd.Series
) -> dict[str, Any]:
    """Summarise one variant over its trials; what cannot exist is written as its reason.

    Args:
        variant: name, same_as, weights_of, epochs, reported (text and number by metric).
        table: The variant's rows; rows of one trial are averaged first.
        metric: The column that counts.
        validation: The same metric on the validation images, by trial.
    """
    trials = table.groupby("trial")
    values = trials[metric].mean().to_numpy()
    statuses = trials["status"].first().value_counts()
    interval = t_interval(values, share=True)
    none = OTHER_REPORTED if variant["reported"] else NONE_REPORTED
    none = OTHER_PARTS if variant["reported_on"] else none
    reported, number = variant["reported"].get(metric, (none, None))
    return {
        "data": table["data"].iloc[0],
        "variant": variant["name"],
        "kind": "variant",
        "metric": metric,
        "epochs": variant["epochs"],
        "trials": len(values),
        "mean": values.mean(),
        "sd": values.std(ddof=1) if interval else ONE_TRIAL,
        "low": interval.low if interval else ONE_TRIAL,
        "high": interval.high if interval else ONE_TRIAL,
        "min": values.min(),
        "values": " ".join(FLOAT_FORMAT % value for value in values),
        "lowest_image": table[metric].min() if "image" in table else _ONE_VALUE,
        "highest_image": table[metric].max() if "image" in table else _ONE_VALUE,
        "validation": _validation(variant, validation),
        "reported": reported,
        "reported_value": reported if number is None else number,
        "status": ", ".join(f"{count} {status}" for status, count in sorted(statuses.items())),
        "same_as": variant["same_as"],
    }


def summarise_class(
    variant: VariantFacts, results: pd.DataFrame, history: pd.DataFrame, metric: str
) -> dict[str, Any]:
    """Summarise a metric of one class over the trials of a variant.

    A trial without a number has the reason, which then stands for all of them: a mean over the
    others would be one of other networks.

    Args:
        variant: As in ``summarise``.
        results: As ``results_of_class`` gives them.
        history: The curves of its training.
        metric: That of the class.
    """
    reason = reason_in(results[metric])
    values = pd.to_numeric(results[metric], errors="coerce").fillna(0.0)
    measured = results.assign(**{metric: values})
    row = summarise(variant, measured, metric, values_on(VALIDATION, history, measured, metric))
    row |= {
        "kind": CLASS,
        "lowest_image": reason_in(results["min"]) or results["min"].astype(float).min(),
        "highest_image": reason_in(results["max"]) or results["max"].astype(float).max(),
    }
    if metric not in set(history["metric"]) and not variant["weights_of"]:
        row["validation"] = NO_CURVES
    if reason:
        of_values = ("mean", "sd", "low", "high", "min", "values", "lowest_image", "highest_image")
        row |= dict.fromkeys(of_values, reason)
    return row


def _validation(variant: VariantFacts, values: pd.Series) -> float | str:
    if variant["weights_of"]:
        return OTHER_PREDICTION
    return NO_VALIDATION if values.empty else float(values.mean())


def summarise_baseline(data: str, name: str, metric: str, baseline: Baseline) -> dict[str, Any]:
    """Summarise what answers without learning reach.

    The lowest and the highest image are the best that any of the answers has.

    Args:
        data: What the results rest on.
        name: The name of the trivial baseline.
        metric: Its metric.
        baseline: What is reached.
    """
    reason, images = "no training", baseline.images
    return {
        "data": data,
        "variant": name,
        "kind": "reference",
        "metric": metric,
        "epochs": reason,
        "trials": 0,
        "mean": baseline.mean,
        "sd": reason,
        "low": reason,
        "high": reason,
        "min": baseline.mean,
        "values": reason,
        "lowest_image": _ONE_VALUE if images is None else images.min(axis=1).max(),
        "highest_image": _ONE_VALUE if images is None else images.max(),
        "validation": reason,
        "reported": NONE_REPORTED,
        "reported_value": NONE_REPORTED,
        "status": reason,
        "same_as": "",
        "beats_reference": "it is the reference",
    }
