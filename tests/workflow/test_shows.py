"""What exercises show, results by part, variants that are another's, and those that need a GPU."""

import csv
from pathlib import Path

import pytest
from conftest import Checkout, copy_project, once
from sklearn.metrics import accuracy_score

STUDY = """
title: Looked at
task: classification
sources:
  A: {citation: "A: A source."}
  B: {citation: "B: Another source."}
data:
  archive: LOOKED.zip
  layout: class_folders
  size: [28, 28]
  channels: 1
  classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
  validation: 0.2
  standin: {kind: digits, train: 100, test: 30, size: 28}
defaults:
  trials: 1
  model: {name: cnn, channels: [4, 8]}
  loss: {name: cross_entropy}
  optimizer: {name: sgd, learning_rate: 0.1}
  batch_size: 16
  epochs: 1
exercises:
  look:
    title: The data
    question: What do they look like?
    shows: [samples, random_samples, balance, tsne, layers]
    network: learn/plain
  given:
    title: The labels
    question: Which labels does the network give?
    shows: [test_labels]
    network: learn/plain
  learn:
    title: Learning
    question: Is it learnt?
    sweep: {over: batch_size}
    variants:
      plain: {source: A 1, reported: {accuracy: {test: 50 %, train: 60 %, validation: 55 %}}}
      large: {base: learn/plain, needs: gpu, batch_size: 8, model: {channels: [16, 32]}}
  again:
    title: The same once more
    question: What did the other source find?
    variants:
      plain: {same_as: learn/plain, source: B 2, reported: {accuracy: "51 %"}}
claims:
  a_reaches_50: {source: A 1, says: It reaches 50 %., of: learn/plain, value: reported}
  a_by_part:
    {source: A 1, says: It reaches <value>., of: learn/plain, part: train, value: reported}
  b_reaches_51: {source: B 2, says: It reaches 51 %., of: again/plain, value: reported}
  large_is_better:
    {source: A 1, says: More channels are better., of: learn/large, higher_than: learn/plain}
"""
pytestmark = pytest.mark.slow
WORDS = ("--cores", "2", "--config", "studies=[looked]", "request_gpu=false")


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Checkout:
    def make(folder: Path) -> None:
        checkout = copy_project(folder)
        (folder / "studies" / "looked.yaml").write_text(STUDY)
        result = checkout.snakemake("all", "results/report.tex", *WORDS)
        assert result.returncode == 0, result.stdout + result.stderr

    return Checkout(once(tmp_path_factory, "looked", make))


def rows(built: Checkout, name: str) -> list[dict[str, str]]:
    with (built.path / "results" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_an_exercise_shows_data_and_a_network_without_a_training(built):
    folder = built.path / "results" / "look"
    assert sorted(file.name for file in folder.iterdir()) == [
        "balance.csv",
        "figures",
        "layers.csv",
        "tsne.csv",
    ]
    drawn = {
        f"{kind}.{suffix}"
        for kind in ("samples", "random_samples", "balance", "tsne")
        for suffix in ("svg", "pdf")
    }
    assert {file.name for file in (folder / "figures").iterdir()} == drawn
    assert len(rows(built, "look/tsne.csv")) == 80
    *layers, total = rows(built, "look/layers.csv")
    assert total["parameters"] == str(sum(int(layer["parameters"]) for layer in layers))


def test_the_page_and_the_document_show_it(built):
    page = (built.path / "results" / "reports" / "looked.html").read_text()
    assert 'id="look-tsne-figure"' in page
    assert "Layers of the network of learn/plain" in page
    assert "look/figures/tsne" in (built.path / "results" / "report.tex").read_text()


def test_the_labels_of_the_test_images_are_those_that_the_accuracy_counts(built):
    labels = rows(built, "given/test_labels.csv")
    assert len(labels) == 30
    share = accuracy_score(*([row[key] for row in labels] for key in ("true", "predicted")))
    (result,) = rows(built, "learn/accuracy.csv")
    assert float(result["accuracy"]) == pytest.approx(share)
    assert sum(int(row["correct"]) for row in labels) == int(result["correct"])
    page = (built.path / "results/reports/looked.html").read_text()
    assert f"{result['correct']} of 30" in page


def test_reported_values_stand_beside_the_results_of_their_part(built):
    parts = {row["part"]: row for row in rows(built, "learn/parts.csv")}
    assert {part: row["reported"] for part, row in parts.items()} == {
        "train": "60 %",
        "validation": "55 %",
        "test": "50 %",
    }
    history = rows(built, "learn/plain/history.csv")
    for part in ("train", "validation"):
        (value,) = [
            row["value"]
            for row in history
            if (row["part"], row["metric"], row["epoch"]) == (part, "accuracy", "1")
        ]
        assert float(parts[part]["mean"]) == pytest.approx(float(value))
    assert (built.path / "results/learn/figures/parts.svg").is_file()
    page = (built.path / "results/reports/looked.html").read_text()
    assert 'id="learn--parts"' in page
    (claim,) = [row for row in rows(built, "claims.csv") if row["claim"] == "a_by_part"]
    assert (claim["part"], claim["claimed"], claim["says"]) == ("train", "60 %", "It reaches 60 %.")
    assert float(claim["found"].removesuffix(" %")) == pytest.approx(
        100 * float(parts["train"]["mean"]), abs=0.01
    )


def test_an_exercise_of_other_exercises_trainings_is_evaluated_and_judged(built):
    (again,) = [row for row in rows(built, "again/summary.csv") if row["kind"] == "variant"]
    (first,) = [row for row in rows(built, "learn/summary.csv") if row["kind"] == "variant"]
    assert (again["values"], again["same_as"]) == (first["values"], "learn/plain")
    claims = {row["claim"]: row for row in rows(built, "claims.csv")}
    assert claims["b_reaches_51"]["found"] == claims["a_reaches_50"]["found"]


def test_what_needs_a_gpu_is_left_out_and_said_to_be(built):
    assert not (built.path / "results" / "learn" / "large").exists()
    claims = {row["claim"]: row for row in rows(built, "claims.csv")}
    assert claims["large_is_better"]["verdict"] == "not tested (needs a GPU)"
    assert "needs a GPU" in claims["large_is_better"]["reason"]
    assert (
        "large: not trained: needs a GPU"
        in (built.path / "results/reports/looked.html").read_text()
    )


def test_what_needs_a_gpu_is_trained_when_it_is_named_or_everything_is_asked_for(built):
    named = built.planned("results/learn/large/model.safetensors", *WORDS)
    assert named == {"train_learn_large"}
    asked = built.planned(*WORDS, "everything=true")
    assert {"train_learn_large", "predict_learn_large", "evaluate_learn"} <= asked


def test_what_needs_a_gpu_is_planned_where_a_cluster_gives_one(built):
    words = [word for word in WORDS if word != "request_gpu=false"]
    assert words != list(WORDS)
    assert "train_learn_large" in built.planned(*words, DLIA_ON_CLUSTER="yes")


def test_a_second_build_has_nothing_to_do(built):
    assert built.planned("all", "results/report.tex", *WORDS) == set()
