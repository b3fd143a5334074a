"""Exercises on the real archives, against what they must reach."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from conftest import Checkout, copy_project, once
from safetensors.numpy import load_file

pytestmark = pytest.mark.slow

POOL_RELU = "results/ex1_3/pool_relu/model.safetensors"


@pytest.fixture(scope="module")
def build(tmp_path_factory, data_dir) -> Checkout:
    targets = ["results/ex1_2/accuracy.csv", "results/ex2_1/dice.csv", POOL_RELU]

    def make(folder: Path) -> None:
        words = [*targets, "--cores", "2", "--config", f"data_dir={data_dir}", "trials=1"]
        result = copy_project(folder).snakemake(*words)
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
    models = (build.path / POOL_RELU, build.path / "results/ex1_2/sgd/model.safetensors")
    before, after = (load_file(path) for path in models)
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
