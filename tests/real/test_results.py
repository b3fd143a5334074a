"""Exercises on the real archives, against what they must reach."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Checkout, copy_project, once
from safetensors.numpy import load_file

pytestmark = pytest.mark.slow

RELU_POOL, POOL_RELU = (
    f"results/ex1_3/{name}/model.safetensors" for name in ("relu_pool", "pool_relu")
)


def keep_digits(study: dict[str, Any]) -> None:
    """Leave the variants that are looked at here, and one epoch to the two that are compared."""
    kept = {"ex1_2": ("sgd",), "ex1_3": ("relu_pool", "pool_relu")}
    _keep(study, kept)
    short = {"base": "ex1_2/sgd", "epochs": 1}
    first, second = (study["exercises"]["ex1_3"]["variants"][name] for name in kept["ex1_3"])
    first.clear()
    first |= short
    second |= short


def keep_glands(study: dict[str, Any]) -> None:
    """Leave the variant that is looked at here."""
    _keep(study, {"ex2_1": ("baseline_2019",)})


def _keep(study: dict[str, Any], kept: dict[str, tuple[str, ...]]) -> None:
    for source in study["sources"].values():
        source.pop("best", None)
    study["exercises"] = {exercise: study["exercises"][exercise] for exercise in kept}
    for exercise, names in kept.items():
        block = study["exercises"][exercise]
        block["variants"] = {name: block["variants"][name] for name in names}
    study["claims"] = {}


@pytest.fixture(scope="module")
def build(tmp_path_factory, data_dir) -> Checkout:
    targets = ["results/ex1_2/accuracy.csv", "results/ex2_1/dice.csv", RELU_POOL, POOL_RELU]

    def make(folder: Path) -> None:
        words = [*targets, "--cores", "2", "--config", f"data_dir={data_dir}", "trials=1"]
        checkout = copy_project(folder)
        checkout.edit_yaml("studies/mnist.yaml", keep_digits)
        checkout.edit_yaml("studies/warwick.yaml", keep_glands)
        result = checkout.snakemake(*words)
        assert result.returncode == 0, result.stdout + result.stderr

    return Checkout(once(tmp_path_factory, "real", make))


def mean(build: Checkout, exercise: str, variant: str) -> float:
    with (build.path / "results" / exercise / "summary.csv").open(newline="") as table:
        return next(float(r["mean"]) for r in csv.DictReader(table) if r["variant"] == variant)


def test_the_digit_network_reaches_what_the_sheet_asks(build):
    assert mean(build, "ex1_2", "sgd") >= 0.985


def test_the_baseline_of_2019_segments_glands(build):
    assert mean(build, "ex2_1", "baseline_2019") > 0.75


def test_with_relu_either_order_of_pooling_ends_with_the_same_weights_bit_for_bit(build):
    before, after = (load_file(build.path / path) for path in (RELU_POOL, POOL_RELU))
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_calling_everything_gland_gives_the_dice_that_was_measured(build):
    assert mean(build, "ex2_1", "all_foreground") == pytest.approx(0.642, abs=0.0005)


def test_results_say_that_they_rest_on_real_data(build):
    source = json.loads((build.path / "results/data/mnist/source.json").read_text())
    assert source["data"] == "real"
    assert len(source["sha256"]) == 64


def test_a_stand_in_does_not_silently_replace_real_results(build):
    result = build.snakemake("--dry-run")
    assert result.returncode != 0
    assert "rest on the real one" in result.stderr
