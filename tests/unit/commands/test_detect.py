"""``dlia detect``: which files it takes, and by which classes and settings it predicts."""

import argparse
import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from trainings import block

from dlia.commands.detect import run
from dlia.errors import UserError
from dlia.evaluation.predictions import save_predictions
from dlia.models import build
from dlia.models.initialization import initialize
from dlia.models.store import Description, save_models
from dlia.study.settings import FrameworkInitialization

MOST = 3  # boxes of an image


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A variant of an exercise that no study has, as a build leaves it."""
    settings = block("model", name="retinanet_lite0", channels=16, frozen_stages=0)
    network = build(settings, (3, 64, 64), 2)
    torch.manual_seed(0)
    initialize(network, FrameworkInitialization(name="framework"), hash)
    trials = [{"trial": 0, "seed": 1, "epoch": 1, "status": "ok"}]
    folder = tmp_path / "results/ex/own"
    folder.mkdir(parents=True)
    path = folder / "model.safetensors"
    description = Description(settings, 255, (3, 64, 64), 2, trials, ["cat", "dog"])
    save_models(path, [network.state_dict()], description)
    prediction = {"boxes": {"score_above": 0.0, "overlap_below": 0.5, "most": MOST}}
    places = np.zeros((1, 1, 1, 6), np.float32)
    save_predictions(folder / "predictions.safetensors", places, ["Test/1"], prediction, trials)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "new"
    path.mkdir()
    for name in ("a.jpg", "c.png"):
        Image.new("RGB", (80, 40), (200, 30, 30)).save(path / name)
    return path


def detected(model: Path, folder: Path, out: Path) -> list[dict[str, str]]:
    run(argparse.Namespace(model=model, folder=folder, trial=0, out=out, annotations=None))
    with (out / "boxes.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_boxes_are_predicted_by_the_settings_of_the_variant(model, folder, tmp_path):
    rows = detected(model, folder, tmp_path / "out")
    assert [row["file"] for row in rows] == ["a.jpg"] * MOST + ["c.png"] * MOST


def test_classes_have_their_names(model, folder, tmp_path):
    assert {row["class"] for row in detected(model, folder, tmp_path / "out")} <= {"cat", "dog"}


def test_a_file_that_is_no_photograph_is_named_after_all_others_are_done(model, folder, tmp_path):
    (folder / "b.jpg").write_bytes(b"no photograph")
    with pytest.raises(UserError, match=r"1 of 3 files[^/]*/.*b\.jpg: neither a JPEG nor a PNG"):
        detected(model, folder, tmp_path / "out")
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == ["a.png", "boxes.csv", "c.png"]


def test_photographs_whose_names_differ_in_their_suffix_have_pictures_of_their_own(
    model, folder, tmp_path
):
    Image.new("RGB", (40, 40)).save(folder / "a.png")
    detected(model, folder, tmp_path / "out")
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == ["a.png", "a.png.png", "boxes.csv", "c.png"]


def test_photographs_are_never_overwritten(model, folder):
    before = (folder / "c.png").read_bytes()
    with pytest.raises(UserError, match=r"--out: .* give another folder"):
        detected(model, folder, folder / "../new")
    assert (folder / "c.png").read_bytes() == before
