"""A new task is a folder and its name in one table: it is built and reported like the others."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from conftest import Checkout, copy_project, once

FOLDER = Path(__file__).parents[1] / "third_task"
STUDY = """
title: Digits as numbers
task: regression
sources: {S: {citation: "S: A source."}}
data:
  archive: NUMBERS.zip
  layout: class_folders
  size: [28, 28]
  channels: 1
  classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
  validation: 0.2
  standin: {kind: digits, train: 200, test: 50, size: 28}
defaults:
  trials: 2
  model: {name: cnn, channels: [4, 8]}
  loss: {name: cross_entropy}
  optimizer: {name: sgd, learning_rate: 0.1, momentum: 0.9}
  batch_size: 16
  epochs: 3
exercises:
  numbers:
    title: Numbers
    question: How near are the predicted numbers?
    learning_speed: {level: 0.2}
    variants:
      plain: {source: S 1, reported: {r2: "0.5"}}
      elu: {base: numbers/plain, model: {activation: elu}}
claims:
  plain_reaches_what_is_reported:
    {source: S 1, says: It reaches 0.5., of: numbers/plain, value: reported}
  elu_is_better:
    {source: S 1, says: ELU is better., of: numbers/elu, higher_than: numbers/plain}
  it_learns:
    {source: S 1, says: It reaches 0.1 on validation., of: numbers/plain, above: "0.1",
     part: validation, quantity: r2}
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Checkout:
    def make(folder: Path) -> None:
        checkout = copy_project(folder)
        shutil.copytree(FOLDER / "regression", folder / "src" / "dlia" / "tasks" / "regression")
        checkout.edit(
            "src/dlia/tasks/__init__.py",
            "TASK_NAMES = (",
            'TASK_NAMES = ("regression", ',
        )
        (folder / "studies" / "numbers.yaml").write_text(STUDY)
        words = ("all", "results/report.tex", "--cores", "2", "--config", "studies=[numbers]")
        result = checkout.snakemake(*words)
        assert result.returncode == 0, result.stdout + result.stderr

    return Checkout(once(tmp_path_factory, "third_task", make))


def rows(built: Checkout, name: str) -> list[dict[str, str]]:
    with (built.path / "results" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


pytestmark = pytest.mark.slow


def test_its_networks_are_trained_and_measured_by_its_metric(built):
    summary = {row["variant"]: row for row in rows(built, "numbers/summary.csv")}
    assert summary.keys() == {"plain", "elu", "mean"}
    assert {row["metric"] for row in summary.values()} == {"r2"}
    assert float(summary["plain"]["mean"]) > float(summary["mean"]["mean"])
    history = rows(built, "numbers/plain/history.csv")
    assert {row["metric"] for row in history} == {"loss", "r2"}


def test_its_variants_are_compared_and_timed(built):
    (compared,) = rows(built, "numbers/comparisons.csv")
    assert (compared["variant"], compared["metric"]) == ("elu", "r2")
    assert {row["level"] for row in rows(built, "numbers/speed.csv")} == {"0.2"}


def test_claims_on_it_are_read(built):
    claims = {row["claim"]: row for row in rows(built, "claims.csv")}
    assert claims["it_learns"]["quantity"] == "coefficient of determination on validation images"
    assert "no value" not in {row["found"] for row in claims.values()}


def test_its_figures_are_drawn_and_shown(built):
    folder = built.path / "results" / "numbers" / "figures"
    assert {"curves.svg", "trials.svg", "speed.svg", "scatter_plain.svg"} <= {
        file.name for file in folder.iterdir()
    }
    page = (built.path / "results" / "reports" / "numbers.html").read_text()
    assert "Predicted against true numbers of" in page
    assert "scatter_" in (built.path / "results" / "report.tex").read_text()


def test_its_record_names_what_trained(built):
    record = json.loads((built.path / "results" / "numbers" / "plain" / "run.json").read_text())
    assert record["settings"]["model"]["name"] == "cnn"
