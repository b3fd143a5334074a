"""A user's own archive of many classes in colour, from paths and tables that a study states."""

import csv
import io
import zipfile

import numpy as np
import pandas as pd
import pytest
from conftest import Checkout, copy_project, once
from PIL import Image
from sklearn.metrics import accuracy_score

from dlia.evaluation.predictions import read_predictions

pytestmark = pytest.mark.slow

HEIGHT, WIDTH, CLASSES = 20, 24, 43
NAMES = [f"species {number}" for number in range(CLASSES)]
STUDY = f"""
title: Beetles
task: classification
sources: {{S: {{citation: "S: A source."}}}}
data:
  archive: BEETLES.zip
  layout:
    name: labelled_files
    train: {{images: "pictures/<class>/beetle-<specimen>-<view>.png"}}
    test:
      images: "pictures/unknown/<number>.png"
      table:
        {{file: answers.csv, image: picture, image_form: "unknown/<number>.png", label: species}}
    group: <specimen>
  size: [{HEIGHT}, {WIDTH}]
  channels: 3
  classes: {NAMES}
  validation: 0.25
  standin: {{kind: shapes, train: 172, test: 43, size: 20, group: 1}}
defaults:
  trials: 2
  input: {{crop: [16, 20]}}
  model: {{name: cnn, channels: [16, 24], filter_sizes: [5, 3], padding: none, batch_norm: true}}
  loss: {{name: cross_entropy}}
  optimizer: {{name: adam, learning_rate: 0.01}}
  augmentation: {{name: random, horizontal_flip: true, jitter: {{brightness: 0.2}}}}
  batch_size: 16
  epochs: 12
exercises:
  beetles:
    title: Beetles
    question: Which species is it?
    variants:
      plain: {{source: S 1, reported: {{accuracy: ["90 %", "92 %"]}}}}
      batched:
        weights_of: beetles/plain
        prediction: {{batch_statistics: {{size: 16, order: class}}}}
claims:
  as_reported: {{source: S 1, says: It reaches 91 %., of: beetles/plain, value: reported}}
  batches_are_worse:
    {{source: S 1, says: Sorted batches harm., of: beetles/plain, higher_than: beetles/batched}}
"""


def beetle(rng: np.random.Generator, species: int) -> bytes:
    """Draw a picture whose two halves have the colours of a species."""
    colours = np.array([[species % 7, species // 7, 3], [species // 7, 3, species % 7]]) * 36
    pixels = np.repeat(colours[None], HEIGHT, axis=0).repeat(WIDTH // 2, axis=1)
    file = io.BytesIO()
    noisy = (pixels + rng.integers(0, 20, (HEIGHT, WIDTH, 3))).astype(np.uint8)
    Image.fromarray(noisy).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Checkout:
    def make(folder):
        checkout = copy_project(folder)
        (folder / "mine").mkdir()
        rng = np.random.default_rng(0)
        with zipfile.ZipFile(folder / "mine" / "BEETLES.zip", "w") as archive:
            for species, name in enumerate(NAMES):
                for number in range(16):
                    specimen = f"{species:02}{'abcdefgh'[number // 2]}"
                    path = f"pictures/{name}/beetle-{specimen}-{number % 2}.png"
                    archive.writestr(path, beetle(rng, species))
            answers = ["picture,species"]
            for number, species in enumerate(rng.permutation(np.repeat(range(CLASSES), 3))):
                archive.writestr(f"pictures/unknown/{number}.png", beetle(rng, species))
                answers.append(f"unknown/{number}.png,{NAMES[species]}")
            archive.writestr("answers.csv", "\n".join(answers))
        (folder / "studies" / "beetles.yaml").write_text(STUDY, encoding="utf-8")
        config = ("--config", "studies=[beetles]", "data_dir=mine")
        result = checkout.snakemake("all", "--cores", "2", *config)
        assert result.returncode == 0, result.stdout + result.stderr

    return Checkout(once(tmp_path_factory, "own_layout", make))


def rows(built: Checkout, name: str) -> list[dict[str, str]]:
    with (built.path / "results" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("variant", ["plain", "batched"])
def test_the_accuracy_is_that_of_the_predictions(built, variant):
    folder = built.path / "results"
    predictions = read_predictions(folder / f"beetles/{variant}/predictions.safetensors")
    ids = pd.read_csv(folder / "data/beetles/ids.csv", dtype=str)
    labels = dict(zip(ids["id"], np.load(folder / "data/beetles/labels.npy"), strict=True))
    truth = [labels[name] for name in predictions.ids]
    table = [row for row in rows(built, "beetles/accuracy.csv") if row["variant"] == variant]
    for row in table:
        predicted = predictions.logits[int(row["trial"])].argmax(axis=1)
        assert float(row["accuracy"]) == pytest.approx(accuracy_score(truth, predicted))


def test_the_network_learns_the_classes(built):
    summary = {row["variant"]: row for row in rows(built, "beetles/summary.csv")}
    assert float(summary["plain"]["mean"]) > 0.5


def test_networks_that_two_variants_share_are_trained_once(built):
    folder = built.path / "results/beetles"
    assert (folder / "plain/model.safetensors").is_file()
    assert [file.name for file in (folder / "batched").iterdir()] == ["predictions.safetensors"]


def test_specimens_are_on_one_side_of_the_split(built):
    split = pd.read_csv(built.path / "results/data/beetles/split.csv")
    ids = pd.read_csv(built.path / "results/data/beetles/ids.csv", keep_default_na=False)
    learnt = ids.assign(side=split["part"])[ids["part"] == "train"]
    assert set(learnt["side"]) == {"train", "validation"}
    assert (learnt.groupby("group")["side"].nunique() == 1).all()


def test_variants_with_the_same_networks_are_compared(built):
    (pair,) = rows(built, "beetles/comparisons.csv")
    assert (pair["variant"], pair["compared_with"]) == ("batched", "beetles/plain")


def test_every_run_of_the_source_is_in_the_reason(built):
    reasons = {row["claim"]: row["reason"] for row in rows(built, "claims.csv")}
    assert "between the source's 2 runs" in reasons["as_reported"]
