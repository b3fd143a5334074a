"""Results by part of the data, beside what a source reports."""

import pandas as pd
import pytest

from dlia.evaluation.parts import classes_on_parts, metrics_on_parts, parts_of, values_on

VARIANT = {
    "name": "v",
    "same_as": "",
    "weights_of": "",
    "epochs": "3",
    "reported": {"accuracy": ["60 %", 0.6]},
    "reported_on": {"train": {"accuracy": ["90 %", 0.9]}},
}
RESULTS = pd.DataFrame(
    {
        "data": "real",
        "trial": [0, 1, 2],
        "epoch": [2, 2, 1],
        "accuracy": [0.5, 0.6, 0.7],
        "status": ["ok", "ok", "collapsed"],
    }
)
HISTORY = pd.DataFrame(
    [
        (trial, epoch, part, "accuracy", level + epoch / 10 + trial / 100)
        for part, level in (("train", 0.5), ("validation", 0.3))
        for trial in range(3)
        for epoch in range(4)
    ],
    columns=["trial", "epoch", "part", "metric", "value"],
)


def rows(**changes):
    return {
        row["part"]: row for row in parts_of({**VARIANT, **changes}, HISTORY, RESULTS, "accuracy")
    }


def test_a_part_is_read_at_the_epoch_that_every_trial_kept():
    found = values_on("validation", HISTORY, RESULTS, "accuracy")
    assert found.to_dict() == pytest.approx({0: 0.5, 1: 0.51, 2: 0.42})


def test_every_part_has_a_row_with_the_mean_of_all_trials_and_what_is_reported_of_it():
    found = rows()
    assert {part: row["reported_value"] for part, row in found.items()} == {
        "train": 0.9,
        "validation": "not reported",
        "test": 0.6,
    }
    assert found["train"]["mean"] == pytest.approx((0.7 + 0.71 + 0.62) / 3)
    assert found["train"]["status"] == "1 collapsed, 2 ok"


def test_the_interval_of_a_part_contains_its_mean_and_is_wider_than_its_values():
    row = rows()["validation"]
    assert row["low"] < min(map(float, row["values"].split())) < row["mean"] < row["high"]


def test_the_curves_of_other_predictions_are_no_results_of_a_variant():
    assert list(rows(weights_of="e/a")) == ["test"]


def test_one_trial_has_a_mean_and_no_interval():
    own = RESULTS[RESULTS["trial"] == 0]
    (row,) = parts_of(VARIANT, HISTORY[HISTORY["part"] == "none"], own, "accuracy")
    assert (row["mean"], row["sd"], row["low"]) == (0.5, "one trial", "one trial")


def test_metrics_of_a_part_are_the_main_one_and_all_that_are_reported():
    variants = [VARIANT, {"reported_on": {"validation": {"dice_class_1": ["0.2", 0.2]}}}]
    assert metrics_on_parts(variants, "dice") == ["dice", "accuracy", "dice_class_1"]


def test_classes_are_read_from_their_own_curves_beside_what_is_reported_of_them():
    curves = [HISTORY.assign(metric=f"dice_class_{n}", value=n / 10) for n in (1, 2)]
    own = {**VARIANT, "reported_on": {"validation": {"dice_class_2": ["0.3", 0.3]}}}
    history, results = pd.concat(curves), RESULTS.assign(variant="v")
    found = classes_on_parts([own], {"v": history}, results, "dice_class", ["a", "b"])
    assert found["mean"].tolist() == pytest.approx([0.1, 0.1, 0.2, 0.2])
    assert found["class"].tolist() == ["a", "a", "b", "b"]
    assert found["part"].tolist() == ["train", "validation"] * 2
    assert found["reported_value"].tolist()[3] == 0.3
    assert found["reported_value"].isna().sum() == 3
