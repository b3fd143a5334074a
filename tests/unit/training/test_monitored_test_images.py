"""Test images may be monitored as a source did it, and nothing is chosen by them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from trainings import STUDIES, arrays, equal, run, settings_of

from dlia.data.arrays import Arrays
from dlia.evaluation.shown_trial import shown_trial
from dlia.reporting.pictured import BEST_TRIAL, MEDIAN_TRIAL, pictured, rule_of_trial
from dlia.study.part_names import VALIDATION
from dlia.training.preparation import load_data
from dlia.training.progress import Progress

AS_SOURCE = {"fit": "train+validation", "monitor": ["train", "test"]}


def permuted(task: str) -> Arrays:
    """Give the data set with its test labels or masks in another order."""
    whole = arrays(task)
    targets, rows = whole.targets.copy(), whole.rows("test")
    targets[rows] = targets[np.roll(rows, 3)]
    assert not np.array_equal(targets, whole.targets)
    return replace(whole, targets=targets)


@pytest.fixture(params=["ex1_2/sgd", "ex2_2/step_20"])
def pair(request, tmp_path) -> tuple[Progress, Progress]:
    """Give two trainings of a variant that differ in the test labels only."""
    task = "classification" if request.param.startswith("ex1") else "segmentation"
    first, _ = run(request.param, tmp_path / "a", **AS_SOURCE)
    second, _ = run(request.param, tmp_path / "b", images=permuted(task), **AS_SOURCE)
    return first, second


def history(*trials: Progress) -> pd.DataFrame:
    rows = [(n, *row) for n, trial in enumerate(trials) for row in trial.history]
    return pd.DataFrame(rows, columns=["trial", "epoch", "part", "metric", "value"])


def test_other_test_labels_give_the_same_model_and_the_same_choices(pair):
    first, second = pair
    assert equal(first.chosen_weights, second.chosen_weights)
    assert (first.chosen_epoch, first.status) == (second.chosen_epoch, second.status)


def test_other_test_labels_change_the_curves_of_test_images_alone(pair):
    first, second = (history(trial) for trial in pair)
    same = first["value"] == second["value"]
    assert same[first["part"] == "train"].all()
    assert not same[first["part"] == "test"].all()


def test_no_validation_curve_is_drawn_of_images_that_are_trained_on(pair):
    assert {row[1] for row in pair[0].history} == {"train", "test"}


def test_all_images_but_the_test_images_are_trained_on_and_as_many_monitored_as_before():
    cpu = torch.device("cpu")
    data = load_data(arrays("classification"), settings_of("ex1_2/sgd", **AS_SOURCE), cpu, 1)
    assert data.test is not None
    assert (len(data.training), len(data.monitored), len(data.test)) == (32, 8, 8)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_test_loss_that_is_not_finite_ends_no_training(value):
    progress = Progress(epoch=3)
    good = {"loss": 0.1, "accuracy": 0.9}
    progress.record({"train": good, "test": {**good, "loss": value}}, dict, "last")
    assert (progress.status, progress.chosen_epoch) == ("ok", 3)


LOSSES = {0: 0.3, 1: 0.1, 2: 0.2, 3: 0.5}


def curves(test: dict[int, float], losses: dict[int, float] = LOSSES) -> pd.DataFrame:
    rows = [(trial, 4, "train", "loss", value) for trial, value in losses.items()]
    rows += [(trial, 4, "train", "accuracy", 0.5) for trial in losses]
    rows += [(trial, 4, "test", name, v) for trial, v in test.items() for name in ("loss", "acc")]
    return pd.DataFrame(rows, columns=["trial", "epoch", "part", "metric", "value"])


def kept(trials: int) -> pd.Series:
    return pd.Series(dict.fromkeys(range(trials), 4))


@pytest.mark.parametrize("test", [LOSSES, {0: 0.9, 1: 0.0, 2: 0.5, 3: 0.1}])
def test_the_trial_that_is_drawn_has_the_median_training_loss_whatever_the_test_images_say(test):
    assert shown_trial(curves(test), kept(4), "accuracy") == 2
    odd = {0: 0.3, 1: 0.1, 2: 0.5}
    assert shown_trial(curves(test, odd), kept(3), "accuracy") == 0


def test_a_trial_without_a_finite_loss_counts_as_the_worst():
    losses = {0: float("nan"), 1: 0.1, 2: 0.2}
    assert shown_trial(curves(LOSSES, losses), kept(3), "accuracy") == 2


def test_validation_images_choose_the_trial_that_is_drawn_where_there_are_any():
    table = curves(LOSSES)
    table.loc[table["metric"] == "accuracy", ["part", "value"]] = [
        [VALIDATION, 0.5],
        [VALIDATION, 0.7],
        [VALIDATION, 0.9],
        [VALIDATION, 0.6],
    ]
    assert shown_trial(table, kept(4), "accuracy") == 2


def shown(exercise: str, called_best: dict[str, str] | None = None) -> dict[str, str]:
    study = STUDIES["mnist" if exercise.startswith("ex1") else "warwick"]
    if called_best is not None:
        study = replace(study, called_best=called_best)
    own = study.exercises[exercise]
    means = {name: str(0.9 + 0.01 * place) for place, name in enumerate(own.variants)}
    return pictured(study, own, means)


def test_the_variants_that_the_sources_call_best_are_pictured():
    assert shown("ex1_5") == {
        "lr_schedule": "R2024 calls it its best model.",
        "tanh": "R2019 calls it its best model.",
        "ours": "",
    }


def test_of_variants_with_validation_images_the_best_on_these_is_pictured():
    assert shown("ex1_4") == {"adam_sheet": "It is the best variant on validation."}


def test_every_variant_of_a_source_that_calls_none_best_is_pictured():
    assert set(shown("ex1_2", {})) == {"sgd", "sgd_2019"}
    assert set(shown("ex1_2", {"R2024": "ex1_5/lr_schedule"})) == {"sgd_2019"}


def test_a_second_name_of_a_training_is_not_pictured_again():
    assert "relu_pool" not in shown("ex1_3", {})


def test_every_segmentation_is_pictured():
    assert set(shown("ex2_3")) == {"plain", "skip"}
    assert shown("ex2_2")["step_20"] == ""


def test_the_rule_for_the_trial_that_is_drawn_is_told():
    own = {**STUDIES["mnist"].exercises["ex1_4"].variants}
    assert rule_of_trial(own["adam_sheet"]) == BEST_TRIAL
    assert rule_of_trial(own["adam_default"]) == MEDIAN_TRIAL
