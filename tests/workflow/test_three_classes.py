"""Masks of three classes with ignored pixels, from the archive to tables and figures."""

import csv
import io
import zipfile

import numpy as np
import pytest
from conftest import Checkout, copy_project, once
from PIL import Image

pytestmark = pytest.mark.slow

SIDE = 24
STUDY = f"""
title: Cells with their nuclei
task: segmentation
sources: {{S: {{citation: "S: A source."}}}}
data:
  archive: CELLS.zip
  layout: image_mask_pairs
  size: [{SIDE}, {SIDE}]
  channels: 3
  classes: [background, cytoplasm, nucleus]
  validation: 0.25
  standin: {{kind: glands, train: 10, test: 10, size: 16}}
defaults:
  trials: 2
  model: {{name: fcn, channels: [8, 8]}}
  loss: {{name: cross_entropy}}
  optimizer: {{name: adam, learning_rate: 0.01}}
  batch_size: 4
  epochs: 8
exercises:
  cells:
    title: Cells
    question: Which pixels are nuclei?
    boundary: [plain, skip]
    variants:
      plain: {{source: S 1, reported: {{dice: "0.9"}}}}
      skip: {{base: cells/plain, model: {{skip: true}}}}
  pictures:
    title: Pictures
    question: What do the images look like?
    shows: [samples, balance]
claims:
  plain_reaches_what_is_reported:
    {{source: S 1, says: It reaches 0.9., of: cells/plain, value: reported}}
  skip_is_better:
    {{source: S 1, says: Skips help., of: cells/skip, higher_than: cells/plain}}
"""


def cell(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw a cell: bright cytoplasm around a dark nucleus, and an ignored seam at its edge."""
    rows, columns = np.indices((SIDE, SIDE))
    row, column = rng.uniform(9, 15, 2)
    distance = np.hypot(rows - row, columns - column)
    mask = np.select([distance < 3.5, distance < 7.5, distance < 8.5], [2, 1, 255], 0)
    levels = np.select([distance < 3.5, distance < 8], [60, 220], 140)
    image = levels[..., np.newaxis] + rng.integers(-20, 20, (SIDE, SIDE, 3))
    return image.astype(np.uint8), mask.astype(np.uint8)


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Checkout:
    def make(folder):
        checkout = copy_project(folder)
        (folder / "mine").mkdir()
        rng = np.random.default_rng(0)
        with zipfile.ZipFile(folder / "mine" / "CELLS.zip", "w") as archive:
            for part, count in (("Train", 32), ("Test", 6)):
                for number in range(count):
                    image, mask = cell(rng)
                    archive.writestr(f"{part}/image_{number:02}.png", png(image))
                    archive.writestr(f"{part}/label_{number:02}.png", png(mask))
        (folder / "studies" / "cells.yaml").write_text(STUDY, encoding="utf-8")
        config = ("--config", "studies=[cells]", "data_dir=mine")
        result = checkout.snakemake("all", "results/report.tex", "--cores", "2", *config)
        assert result.returncode == 0, result.stdout + result.stderr

    return Checkout(once(tmp_path_factory, "many_classes", make))


def rows(built: Checkout, name: str) -> list[dict[str, str]]:
    with (built.path / "results" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_masks_are_unpacked_as_they_are(built):
    (masks,) = (built.path / "results" / "data").glob("*/masks.npy")
    assert np.unique(np.load(masks)).tolist() == [0, 1, 2, 255]


def test_every_image_has_the_dice_of_every_class_and_their_mean(built):
    for row in rows(built, "cells/dice.csv"):
        classes = [float(row["dice_cytoplasm"]), float(row["dice_nucleus"])]
        assert float(row["dice"]) == pytest.approx(np.mean(classes), abs=1e-6)


def test_networks_learn_all_classes_and_beat_the_best_single_class(built):
    table = rows(built, "cells/summary.csv")
    summary = {row["variant"]: row for row in table if row["metric"] == "dice"}
    assert summary.keys() == {"plain", "skip", "all_foreground"}
    assert {row["status"] for name, row in summary.items() if name != "all_foreground"} == {"2 ok"}
    baseline = float(summary["all_foreground"]["mean"])
    assert 0 < baseline < 0.5
    assert float(summary["skip"]["mean"]) > baseline + 0.2


def test_the_summary_and_the_comparisons_have_every_foreground_class(built):
    names = ["dice_class_1", "dice_class_2"]
    summary = rows(built, "cells/summary.csv")
    of_classes = [row for row in summary if row["kind"] == "class"]
    constant = {r["metric"]: float(r["mean"]) for r in summary if r["kind"] == "class reference"}
    assert [row["metric"] for row in of_classes] == [name for name in names for _ in range(2)]
    dice = [row for row in rows(built, "cells/dice.csv") if row["variant"] == "plain"]
    for row, column in zip(of_classes[::2], ("dice_cytoplasm", "dice_nucleus"), strict=True):
        assert float(row["mean"]) == pytest.approx(np.mean([float(i[column]) for i in dice]))
        beats = float(row["mean"]) > constant[row["metric"]]
        assert row["beats_reference"] == ("yes" if beats else "no")
    assert {*names} <= {row["metric"] for row in rows(built, "cells/comparisons.csv")}
    fits = {row["metric"]: row["sentence"] for row in rows(built, "cells/fit.csv")}
    assert [fits[name] for name in names] == ["No curves of single classes."] * 2


def test_claims_on_it_are_judged(built):
    assert {row["found"] != "no value" for row in rows(built, "claims.csv")} == {True}


def test_its_figures_are_drawn(built):
    figures = built.path / "results" / "cells" / "figures"
    expected = {"curves.svg", "boundary.svg", "segmentations_plain.svg", "segmentations_skip.svg"}
    assert expected <= {file.name for file in figures.iterdir()}
    (samples,) = (built.path / "results").glob("pictures/figures/samples.svg")
    assert samples.stat().st_size > 0


def test_the_report_has_its_results(built):
    page = (built.path / "results" / "reports" / "cells.html").read_text(encoding="utf-8")
    assert 'id="cells-plain"' in page
