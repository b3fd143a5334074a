"""A small build of a study of detectors: its reports, its figures, `dlia detect`, and a kill."""

import csv
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from conftest import Checkout, copy_project, once

pytestmark = pytest.mark.slow
pytest.importorskip("faster_coco_eval")

EXERCISE = "results/aquarium1_2"
MODEL = f"{EXERCISE}/random_weights/model.safetensors"
FILES = [
    MODEL,
    *(f"{EXERCISE}/random_weights/{n}" for n in ("history.csv", "predictions.safetensors")),
]


def shrink(study: dict) -> None:
    study["data"]["standin"] |= {"train": 32, "test": 8, "size": 48}
    study["defaults"]["model"]["channels"] = 16
    study["defaults"]["trials"] = 1
    # So short a training is sure of nothing; there are to be boxes.
    study["defaults"]["prediction"] = {"boxes": {"score_above": 0.001}}
    variants = study["exercises"]["aquarium1_2"]["variants"]
    variants["random_weights"]["model"]["channels"] = 16
    del variants["random_weights"]["trials"]
    del variants["resnet_50"]


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Checkout:
    """Give the study, shrunk and built on its stand-in; copy it to change it."""

    def make(folder: Path) -> None:
        checkout = copy_project(folder)
        checkout.edit_yaml("studies/aquarium.yaml", shrink)
        result = checkout.snakemake("--cores", "2", "--config", "studies=[aquarium]")
        assert result.returncode == 0, result.stdout + result.stderr

    return Checkout(once(tmp_path_factory, "detectors", make))


def rows(build: Checkout, file: str) -> list[dict[str, str]]:
    with (build.path / "results" / file).open(newline="", encoding="utf-8") as table:
        return list(csv.DictReader(table))


@pytest.mark.parametrize("suffix", ["html", "tex"])
def test_both_reports_say_what_was_shortened_and_what_stands_in(built, suffix):
    (report,) = (built.path / "results/reports").glob(f"*.{suffix}")
    said = " ".join(report.read_text(encoding="utf-8").split())
    said = re.sub(r"\\mbox\{(.*?)\}", r"\1", said)
    assert "2 of 21 epochs" in said
    assert "pretrained has stand-in weights" in said
    assert "random_weights has" not in said.replace("\\_", "_")
    assert "Classification loss and regression loss, and their sum" in said


def test_figures_show_the_terms_of_the_loss_and_a_map_of_features(built):
    for figure in ("aquarium1_2/figures/losses", "aquarium1_1/figures/tsne"):
        assert all((built.path / f"results/{figure}.{s}").stat().st_size for s in ("svg", "pdf"))
    linear = {row["linear"] for row in rows(built, "aquarium1_1/tsne.csv")}
    assert len(linear) == 1
    assert 0 <= float(linear.pop()) <= 1


def test_no_claim_is_tested_on_the_stand_in(built):
    assert {row["verdict"] for row in rows(built, "claims.csv")} == {"not tested (stand-in)"}


@pytest.fixture
def photographs(built, tmp_path) -> Path:
    """Give the test photographs of the stand-in in a folder, with their annotations."""
    with zipfile.ZipFile(built.path / "results/data/standins/AQUARIUM.zip") as archive:
        names = [name for name in archive.namelist() if "/test/" in f"/{name}"]
        assert names
        for name in names:
            (tmp_path / Path(name).name).write_bytes(archive.read(name))
    return tmp_path


def test_detect_gives_the_average_precision_that_the_build_gives(built, photographs):
    annotations = photographs / "_annotations.coco.json"
    result = built.run("dlia", "detect", MODEL, str(photographs), "--annotations", str(annotations))
    assert result.returncode == 0, result.stderr
    said = {words[0]: words[-1] for words in map(str.split, result.stdout.splitlines()) if words}
    (trial,) = [
        row for row in rows(built, "aquarium1_2/ap50.csv") if row["variant"] == "random_weights"
    ]
    assert float(said["mean"]) == pytest.approx(float(trial["ap50"]), abs=0.002)
    pictures = {path.stem for path in (built.path / "detected").glob("*.png")}
    assert pictures == {path.stem for path in photographs.glob("*.jpg")}
    with (built.path / "detected/boxes.csv").open(newline="", encoding="utf-8") as file:
        boxes = list(csv.DictReader(file))
    assert len(boxes) > len(pictures)
    sides = [float(row[name]) for row in boxes for name in ("x1", "y1", "x2", "y2")]
    assert all(0 <= side <= 48 for side in sides)


def test_detect_says_of_a_detector_that_it_began_with_stand_in_weights(built, photographs):
    model = f"{EXERCISE}/pretrained/model.safetensors"
    told = built.run("dlia", "detect", model, str(photographs), "--out", str(photographs / "out"))
    assert "this detector began with stand-in weights" in told.stdout
    told = built.run("dlia", "detect", MODEL, str(photographs), "--out", str(photographs / "out"))
    assert "stand-in" not in told.stdout


def start(checkout: Checkout, words: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "snakemake", *words],
        cwd=checkout.path,
        env={**os.environ, "PYTHONPATH": str(checkout.path / "src")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def test_a_detector_that_is_killed_comes_to_the_same(built, tmp_path):
    words = [*FILES, "--cores", "1", "--config", "studies=[aquarium]", "max_epochs=6"]
    whole, killed = (
        Checkout(Path(shutil.copytree(built.path, tmp_path / name, symlinks=True)))
        for name in ("whole", "killed")
    )
    result = whole.snakemake(*words)
    assert result.returncode == 0, result.stderr
    build = start(killed, words)
    log = killed.path / "logs/train_aquarium1_2_random_weights.log"
    latest = time.monotonic() + 300
    while not (log.is_file() and "epoch 2/6" in log.read_text(encoding="utf-8")):
        assert build.poll() is None
        assert time.monotonic() < latest
        time.sleep(0.02)
    os.killpg(build.pid, signal.SIGKILL)
    build.wait()
    assert (killed.path / "checkpoints/aquarium1_2/random_weights").is_dir()
    killed.snakemake("--unlock")
    assert killed.snakemake(*words).returncode == 0
    for name in FILES:
        assert (killed.path / name).read_bytes() == (whole.path / name).read_bytes(), name
