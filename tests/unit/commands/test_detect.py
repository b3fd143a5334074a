"""``dlia detect``: which files it takes, and by which classes and settings it predicts."""

import argparse
import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from trainings import block

from dlia.commands.detect import classes_of, run
from dlia.errors import UserError
from dlia.evaluation.predictions import save_predictions
from dlia.models import build
from dlia.models.initialization import initialize
from dlia.models.store import Description, load_models, read_description, save_models
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


def words(model: Path, folder: Path, out: Path, **own: object) -> argparse.Namespace:
    plain = {"trial": 0, "annotations": None}
    return argparse.Namespace(**plain | {"model": model, "folder": folder, "out": out} | own)


def detected(model: Path, folder: Path, out: Path) -> list[dict[str, str]]:
    run(words(model, folder, out))
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


def coco(*names: str) -> str:
    images = [
        {"id": number, "file_name": name, "width": 80, "height": 40}
        for number, name in enumerate(names)
    ]
    box = {"id": 1, "image_id": 0, "category_id": 1, "bbox": [10, 10, 20, 20], "iscrowd": 0}
    categories = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
    return json.dumps({"images": images, "annotations": [box], "categories": categories})


def test_the_average_precision_is_told_of_classes_that_have_a_box(model, folder, tmp_path, capsys):
    file = tmp_path / "true.json"
    file.write_text(coco("a.jpg", "c.png"), encoding="utf-8")
    run(words(model, folder, tmp_path / "out", annotations=file))
    told = capsys.readouterr().out.splitlines()
    said = {line.split()[0]: line.split()[1:] for line in told if line.strip()}
    assert said["dog"] == ["no", "box"]
    assert said["cat"] == said["mean"]
    assert 0 <= float(said["cat"][0]) <= 1


FAULTS = {
    "no model": ({"model": Path("nothing.safetensors")}, r"nothing\.safetensors: no such file"),
    "no folder": ({"folder": Path("nowhere")}, "nowhere: no such folder"),
    "no photographs": ({"folder": Path()}, "no photographs in it"),
    "no such trial": ({"trial": 7}, "has no trial 7; it has 0 to 0"),
    "annotations of another form": ({"annotations": "{"}, r"true\.json: "),
    "annotations that are not there": (
        {"annotations": Path("none.json")},
        r"none\.json: No such file or directory",
    ),
    "annotations of other classes": (
        {"annotations": coco("a.jpg", "c.png").replace('"cat"', '"cow"')},
        r"true\.json:\n  the class cow is none of cat, dog",
    ),
    "a box outside its photograph": (
        {"annotations": coco("a.jpg", "c.png").replace("[10, 10, 20, 20]", "[70, 10, 20, 20]")},
        r"true\.json:\n  a\.jpg: its box 70, 10, 90, 30 .cat. lies outside the photograph of 40x80",
    ),
    "another size than annotations say": (
        {"annotations": coco("a.jpg", "c.png").replace('"width": 80', '"width": 90')},
        r"a\.jpg: 40x80 pixels .height x width., and not 40x90 as its annotations say",
    ),
    "a photograph that is listed in two folders": (
        {"annotations": coco("x/a.jpg", "y/a.jpg", "c.png")},
        r"in two folders:[\s\S]*a\.jpg",
    ),
    "a file in place of the folder of results": (
        {"out": Path("../new/a.jpg")},
        r"--out: .*a\.jpg is a file; give a folder",
    ),
    "annotations of other photographs": (
        {"annotations": coco("b.jpg", "c.png")},
        r"true\.json: lists no boxes of these photographs:[\s\S]*a\.jpg",
    ),
}


def test_a_model_that_does_not_name_its_classes_is_refused(model):
    description = read_description(model)
    networks = [network.state_dict() for network in load_models(model)]
    save_models(model, networks, replace(description, classes=[]))
    with pytest.raises(UserError, match="train it again"):
        classes_of(model)


@pytest.mark.parametrize(("own", "said"), FAULTS.values(), ids=FAULTS)
def test_what_cannot_be_used_is_named(model, folder, tmp_path, monkeypatch, own, said):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    if isinstance(own.get("annotations"), str):
        (tmp_path / "true.json").write_text(own["annotations"], encoding="utf-8")
        own = {"annotations": tmp_path / "true.json"}
    with pytest.raises(UserError, match=said):
        run(words(**{"model": model, "folder": folder, "out": tmp_path / "out"} | own))
