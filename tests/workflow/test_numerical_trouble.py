"""Data that numbers suffer from: it is recorded and flagged, and the build ends well."""

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from conftest import Checkout, copy_project, once, shrink
from PIL import Image

pytestmark = pytest.mark.slow


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def write(archive: Path, entries: dict[str, bytes]) -> None:
    archive.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(archive, "w") as file:
        for name, data in entries.items():
            file.writestr(name, data)


def black_digits() -> dict[str, bytes]:
    """Give digits that are all black, and so few sevens that none gets into validation."""
    entries = {}
    for digit in range(10):
        for part, count in (("Train", 5 if digit == 7 else 40), ("Test", 3)):
            for number in range(count):
                black = png(np.zeros((28, 28)))
                entries[f"MNIST/{part}/{digit}/{number:04}.png"] = black
    return entries


def tissue_with_hardly_a_gland() -> dict[str, bytes]:
    """Give noise whose masks have no foreground, but for a pixel in one image of each part."""
    entries, generator = {}, np.random.default_rng(0)
    for part, count in (("Train", 20), ("Test", 5)):
        for number in range(1, count + 1):
            noise = generator.integers(0, 256, (128, 128, 3))
            entries[f"WARWICK/{part}/image_{number:02}.png"] = png(noise)
            mask = np.zeros((128, 128))
            mask[0, 0] = 255 * (number == 1)
            entries[f"WARWICK/{part}/label_{number:02}.png"] = png(mask)
    return entries


@pytest.fixture(scope="module")
def troubled(tmp_path_factory) -> Checkout:
    def make(folder: Path) -> None:
        checkout = copy_project(folder)
        shrink(checkout)

        def only(*names):
            def change(study):
                for source in study["sources"].values():
                    source.pop("best", None)
                study["exercises"] = {n: study["exercises"][n] for n in names}
                study["claims"] = {}

            return change

        checkout.edit_yaml("studies/mnist.yaml", only("ex1_2"))
        checkout.edit_yaml("studies/warwick.yaml", only("ex2_1"))
        write(folder / "mine" / "MNIST.zip", black_digits())
        write(folder / "mine" / "WARWICK.zip", tissue_with_hardly_a_gland())
        words = ("--config", "data_dir=mine", "trials=1")
        result = checkout.snakemake("--cores", "2", *words)
        assert result.returncode == 0, result.stdout + result.stderr

    return Checkout(once(tmp_path_factory, "troubled", make))


def rows(build: Checkout, file: str) -> list[dict[str, str]]:
    with (build.path / "results" / file).open(newline="", encoding="utf-8") as table:
        return list(csv.DictReader(table))


def test_nothing_is_learnt_from_images_that_show_nothing_and_that_is_said(troubled):
    statuses = {r["status"] for r in rows(troubled, "ex1_2/accuracy.csv")}
    assert statuses <= {"collapsed", "diverged"}


def test_empty_masks_are_marked_as_such(troubled):
    found = [r for r in rows(troubled, "ex2_1/dice.csv") if r["variant"] == "baseline_2019"]
    assert found
    assert all(r["both_empty"] == "1" or r["one_empty"] == "1" for r in found)


def test_a_segmentation_without_any_foreground_is_called_collapsed(troubled):
    statuses = {r["variant"]: r["status"] for r in rows(troubled, "ex2_1/dice.csv")}
    assert statuses["baseline_2019"] == "collapsed"


@pytest.mark.parametrize(
    "sentence",
    [
        "There is no validation image of class 7.",
        "There is no validation image with a pixel of class gland.",
        "are blank: all their pixels are the same.",
    ],
)
@pytest.mark.parametrize("report", ["reports/assignment.html", "reports/assignment.tex"])
def test_the_report_says_what_the_data_lack(report, sentence, troubled):
    text = (troubled.path / "results" / report).read_text(encoding="utf-8")
    assert sentence in " ".join(text.split())
