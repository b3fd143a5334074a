"""A user's own volumes with two labels: a study alone makes tables and figures of them."""

import csv
import gzip
import zipfile

import nibabel
import numpy as np
import pandas as pd
import pytest
from conftest import Checkout, copy_project, once
from sklearn.metrics import f1_score

from dlia.data.arrays import Arrays
from dlia.evaluation.predictions import read_any_predictions

pytestmark = pytest.mark.slow

SHAPE = (24, 20, 6)
STUDY = """
title: Livers
task: volume_segmentation
data:
  archive: LIVERS.zip
  layout:
    name: nifti_volumes
    images: "scans/<volume>.nii"
    segmentations: "truth/<volume>.nii.gz"
    train: [liver_1, liver_2]
    validation: [liver_3]
    test: [liver_4, liver_5]
    axis: 3
    labels: [0, 2]
  size: [24, 20]
  channels: 1
  classes: [elsewhere, liver]
  terms: "patients of one hospital, not to be passed on"
  standin: {kind: ellipsoids, train: 12, test: 8, size: 32}
report: {images: false}
defaults:
  trials: 1
  input: {scaling: {name: z_score}}
  loss: {name: cross_entropy}
  optimizer: {name: adam, learning_rate: 0.01}
  batch_size: 8
  epochs: 4
exercises:
  livers:
    title: Livers
    question: Do patches do?
    shows: [samples, patches]
    variants:
      patches:
        model: {name: segnet, channels: [8, 8], convolutions: [1, 1], pooled_levels: [1]}
        sampling: {patch: 8, stride: 2, minimum: [8, 8]}
      slices:
        model: {name: unet, channels: [8, 8]}
        compare_with: livers/patches
"""


def volume(number: int) -> tuple[bytes, bytes]:
    """Draw a bright ball; the scan has a fourth axis of 1."""
    rng = np.random.default_rng(number)
    places = np.indices(SHAPE) - rng.uniform(-2, 2, 3)[:, None, None, None]
    middle = np.array(SHAPE)[:, None, None, None] / 2
    ball = (((places - middle) / [[[[8]]], [[[7]]], [[[4]]]]) ** 2).sum(axis=0) < 1
    scan = (100 * number + 50 * ball + rng.normal(0, 8, SHAPE)).clip(1).astype(np.int16)
    scan[:, 0] = 0
    affine = np.diag([1.5, 1.0, 3.0, 1.0])
    images = (
        nibabel.Nifti1Image(scan[..., None], affine),
        nibabel.Nifti1Image(np.where(ball, 2, 0).astype(np.uint8), affine),
    )
    return images[0].to_bytes(), gzip.compress(images[1].to_bytes())


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Checkout:
    def make(folder):
        checkout = copy_project(folder)
        (folder / "mine").mkdir()
        with zipfile.ZipFile(folder / "mine" / "LIVERS.zip", "w") as archive:
            for number in range(1, 6):
                scan, truth = volume(number)
                archive.writestr(f"LIVERS/scans/liver_{number}.nii", scan)
                archive.writestr(f"LIVERS/truth/liver_{number}.nii.gz", truth)
        (folder / "studies" / "livers.yaml").write_text(STUDY, encoding="utf-8")
        config = ("--config", "studies=[livers]", "data_dir=mine")
        result = checkout.snakemake("all", "--cores", "2", *config)
        assert result.returncode == 0, result.stdout + result.stderr

    return Checkout(once(tmp_path_factory, "own_volumes", make))


def rows(built: Checkout, name: str) -> list[dict[str, str]]:
    with (built.path / "results" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("variant", ["patches", "slices"])
def test_dice_of_every_class_is_that_of_scikit_learn(built, variant):
    folder = built.path / "results"
    names = ("images.npy", "masks.npy", "split.csv")
    arrays = Arrays.open(*(str(folder / "data" / "livers" / name) for name in names))
    found = read_any_predictions(folder / f"livers/{variant}/predictions.safetensors")
    table = pd.read_csv(folder / "livers/per_class.csv")
    own = table[(table["variant"] == variant) & (table["scope"] == "brain")]
    for place, each in enumerate(found.volumes):
        of_volume = slice(each.first, each.first + each.slices)
        images = np.asarray(arrays.images[of_volume])
        predicted = found.of_volume(0, place, images).ravel()
        truth = np.asarray(arrays.targets[of_volume]).ravel()
        wanted = f1_score(truth, predicted, average=None, labels=[0, 1])
        row = own[(own["unit"] == "volume") & (own["image"] == each.name)]
        assert row["dice"].to_numpy(float) == pytest.approx(wanted, abs=1e-6)


def test_networks_learn_and_are_compared(built):
    table = rows(built, "livers/summary.csv")
    summary = {row["variant"]: row for row in table if row["metric"] == "dice"}
    assert float(summary["slices"]["mean"]) > float(summary["majority"]["mean"])
    of_classes = [(row["variant"], row["metric"]) for row in table if row["kind"] == "class"]
    assert of_classes == [
        (variant, f"dice_class_{n}") for n in (1, 2) for variant in ("patches", "slices")
    ]
    fits = {(row["variant"], row["metric"]): row["word"] for row in rows(built, "livers/fit.csv")}
    assert {*of_classes} <= fits.keys()
    metrics = {row["metric"] for row in rows(built, "livers/comparisons.csv")}
    assert {"dice", "hausdorff", "hd95"} <= metrics


def test_figures_are_drawn_and_pictures_of_patients_are_in_no_report(built):
    figures = {file.stem for file in (built.path / "results/livers/figures").glob("*.svg")}
    assert {"classes", "samples", "patches", "slices_slices", "confusion_patches"} <= figures
    page = (built.path / "results/reports/livers.html").read_text(encoding="utf-8")
    shown = {name for name in figures if f'id="livers-{name}-figure"' in page}
    assert {"classes", "curves", "confusion_patches"} <= shown
    assert not {"samples", "patches", "slices_slices", "slices_patches"} & shown
    assert 'id="livers-samples-figure"' not in page
    assert 'id="livers-patches"' in page  # the table: counts are no pictures
