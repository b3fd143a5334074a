"""The part of an image that a network sees: anywhere in training, the centre otherwise."""

import numpy as np
import pandas as pd
import pytest
import torch
from torchvision.transforms.v2 import functional as torchvision
from trainings import settings_of

from dlia.data.arrays import Arrays
from dlia.evaluation.predictions import read_predictions
from dlia.models.store import read_description
from dlia.tasks.classification.curves import CURVES
from dlia.training.device_data import Part
from dlia.training.predict import predict
from dlia.training.preparation import augmentation_of, load_data
from dlia.training.train_variant import train_variant
from dlia.training.training_job import TrainingJob

SIDE, CROP = 7, [4, 5]
CPU = torch.device("cpu")


def numbered(count: int = 1) -> torch.Tensor:
    """Give images whose pixels are all different, (count, 7, 7, 1)."""
    pixels = torch.arange(SIDE * SIDE, dtype=torch.uint8).reshape(1, SIDE, SIDE, 1)
    return pixels.expand(count, -1, -1, -1).contiguous()


def shown(count: int = 2000, seed: int = 0, **settings) -> torch.Tensor:
    """Give numbered images as they are trained on."""
    whole = settings_of("ex1_2/sgd", input={"divide_by": 1, "crop": CROP}, **settings)
    augment = augmentation_of(whole, torch.Generator().manual_seed(seed))
    part = Part(numbered(count), torch.zeros(count).long(), 1)
    return augment(part.inputs(torch.arange(count)), part.targets)[0]


def test_held_out_images_are_cut_as_torchvision_cuts_their_centre():
    part = Part(numbered(), torch.zeros(1).long(), 1, crop=(4, 5))
    wanted = torchvision.center_crop(numbered().permute(0, 3, 1, 2), CROP)
    assert torch.equal(part.inputs(torch.arange(1)), wanted.float())


def test_a_crop_is_laid_out_as_whole_images_are():
    assert shown(3).is_contiguous(memory_format=torch.channels_last)
    part = Part(numbered(3), torch.zeros(3).long(), 1, crop=(4, 5))
    assert part.inputs(torch.arange(3)).is_contiguous(memory_format=torch.channels_last)


def test_training_images_are_cut_at_every_place():
    corners = shown()[:, 0, 0, 0].tolist()
    assert set(corners) == {float(SIDE * row + column) for row in range(4) for column in range(3)}


def test_all_places_are_equally_frequent():
    _, counts = shown(12_000)[:, 0, 0, 0].unique(return_counts=True)
    # 1,000 of each are expected, with a standard deviation of 30.
    assert counts.min() > 850
    assert counts.max() < 1150


def test_a_cut_part_is_one_piece_of_the_image():
    steps = shown()[:, 0]
    assert (steps.diff(dim=2) == 1).all()
    assert (steps.diff(dim=1) == SIDE).all()


def test_the_same_seed_cuts_the_same_places():
    assert torch.equal(shown(), shown())
    assert not torch.equal(shown(), shown(seed=1))


def test_images_are_moved_before_they_are_cut():
    # Beyond the edge are zeros; a cut that came first would leave a zero in every shifted image.
    moved = shown(augmentation={"name": "random", "shift": 1.0})
    assert (moved[:, 0, 1:-1, 1:-1] > 0).all(dim=(1, 2)).any()
    assert moved.shape == (2000, 1, *CROP)


def test_only_images_that_are_trained_on_stay_whole():
    split = pd.DataFrame(
        {"id": list("abcdef"), "part": ["train"] * 3 + ["validation"] * 2 + ["test"], "fold": 0}
    )
    arrays = Arrays(numbered(6)[..., 0].numpy(), np.zeros(6, np.int64), split)
    settings = settings_of(
        "ex1_2/sgd", input={"crop": CROP}, fit="train", monitor=["train", "test"]
    )
    data = load_data(arrays, settings, CPU, 1)
    assert data.training.inputs(torch.arange(1)).shape == (1, 1, SIDE, SIDE)
    assert {part.inputs(torch.arange(1)).shape[2:] for part in data.measured.values()} == {(4, 5)}
    assert data.one_image().shape == (1, 1, *CROP)


@pytest.fixture(scope="module")
def predicted(tmp_path_factory):
    """Train a network on centres, and predict."""
    folder = tmp_path_factory.mktemp("crop")
    generator = np.random.default_rng(0)
    labels = np.arange(40) % 2
    images = generator.integers(0, 90, (40, 12, 12), dtype=np.uint8)
    images[:, 4:8, 4:8] += (150 * labels[:, None, None]).astype(np.uint8)
    inputs = {name: str(folder / name) for name in ("images.npy", "labels.npy", "split.csv")}
    inputs = {name.partition(".")[0].replace("labels", "targets"): p for name, p in inputs.items()}
    np.save(inputs["images"], images)
    np.save(inputs["targets"], labels)
    parts = np.repeat(["train", "validation", "test"], [24, 8, 8])
    ids = [f"{row:02d}" for row in range(40)]
    pd.DataFrame({"id": ids, "part": parts, "fold": 0}).to_csv(inputs["split"], index=False)
    model = {"name": "cnn", "channels": [4, 4], "batch_norm": True}
    settings = settings_of(
        "ex1_2/sgd",
        model=model,
        input={"crop": [8, 8]},
        epochs=8,
        batch_size=8,
        fit="train",
        monitor=["train", "validation"],
    )
    job = TrainingJob(settings, CURVES, 2, 1, 1, "code", "cpu", inputs, folder / "checkpoints")
    files = [str(folder / name) for name in ("model", "history.csv", "run.json", "predictions")]
    train_variant(job, *files[:3])
    predict(files[0], inputs, settings.prediction.plain(), "cpu", files[3])
    return files, labels[32:]


def test_the_model_file_states_the_size_that_the_network_sees(predicted):
    assert read_description(predicted[0][0]).image_shape == (1, 8, 8)


def test_test_images_are_cut_like_validation_images(predicted):
    files, labels = predicted
    found = read_predictions(files[3])
    history = pd.read_csv(files[1])
    last = history[(history["part"] == "validation") & (history["metric"] == "accuracy")]
    assert last["value"].iloc[-1] == 1
    assert (found.classes(0) == labels).all()
