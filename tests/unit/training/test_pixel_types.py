"""Images of 16 bits: the same values give the same training, and none is lost on the way."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from trainings import VARIANTS, settings_of

from dlia.data.arrays import Arrays
from dlia.evaluation.predictions import read_predictions
from dlia.models.store import read_description
from dlia.tasks.classification.curves import CURVES
from dlia.training.device_data import Part, load_part
from dlia.training.predict import predict
from dlia.training.preparation import augmentation_of
from dlia.training.train_variant import train_variant
from dlia.training.training_job import TrainingJob

CPU = torch.device("cpu")
VALUES = {
    "uint8": [0, 1, 200, 255],
    "int16": [-32768, -1, 1000, 32767],
    "uint16": [0, 1000, 40000, 65535],
}
EACH = pytest.mark.parametrize("dtype", VALUES)


def part_of(dtype: str, divide_by: float = 1) -> Part:
    """Give three images of 2x2 pixels, all alike, as they lie on the device."""
    images = np.array([VALUES[dtype]] * 3, dtype).reshape(3, 2, 2)
    split = pd.DataFrame({"part": ["test"] * 3})
    return load_part(Arrays(images, np.arange(3), split), np.array([0, 2]), divide_by, CPU)


@EACH
def test_a_batch_has_the_values_of_the_archive(dtype):
    batch = part_of(dtype).inputs(torch.tensor([1]))
    assert (batch.dtype, batch.shape) == (torch.float32, (1, 1, 2, 2))
    assert batch.flatten().tolist() == VALUES[dtype]


@EACH
def test_values_are_scaled_when_a_batch_is_made(dtype):
    batch = part_of(dtype, divide_by=4096).inputs(torch.tensor([0]))
    assert batch.flatten().tolist() == pytest.approx([value / 4096 for value in VALUES[dtype]])


@EACH
def test_fixed_copies_have_the_values_of_the_archive(dtype):
    a, b, c, d = VALUES[dtype]
    batch = part_of(dtype).extended(["horizontal_flip", "half_turn"]).inputs(torch.tensor([2, 5]))
    assert batch.flatten(1).tolist() == [[b, a, d, c], [d, c, b, a]]


@EACH
def test_pixels_take_one_two_or_four_bytes_on_the_device(dtype):
    sizes = {"uint8": 1, "int16": 2, "uint16": 4}
    assert part_of(dtype).images.element_size() == sizes[dtype]


@EACH
def test_augmentation_moves_the_values_of_the_archive(dtype):
    flip = {"name": "random", "horizontal_flip": True}
    augment = augmentation_of(
        settings_of("ex1_2/sgd", augmentation=flip), torch.Generator().manual_seed(0)
    )
    images, _ = augment(part_of(dtype).inputs(torch.zeros(20).long()), torch.zeros(20).long())
    a, b, c, d = VALUES[dtype]
    assert {tuple(image.flatten().tolist()) for image in images} == {(a, b, c, d), (b, a, d, c)}


def trained(folder: Path, dtype: str, factor: int, key: str) -> tuple[bytes, np.ndarray]:
    """Train on bytes times ``factor``, divided by 255 times that; give history and logits."""
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (60, 28, 28)) * factor
    paths = {name: str(folder / name) for name in ("images.npy", "targets.npy", "split.csv")}
    np.save(paths["images.npy"], pixels.astype(dtype))
    np.save(paths["targets.npy"], np.arange(60) % 10)
    parts = ["train"] * 40 + ["validation"] * 10 + ["test"] * 10
    table = pd.DataFrame({"id": [f"{row:02}" for row in range(60)], "part": parts, "fold": 0})
    table.to_csv(paths["split.csv"], index=False)
    inputs = {name.split(".")[0]: path for name, path in paths.items()}
    own = {"input": {"divide_by": 255 * factor}, "add_copies": ["horizontal_flip"]}
    settings = settings_of(key, epochs=2, batch_size=8, **own)
    job = TrainingJob(settings, CURVES, 10, 1, 1, "code", "cpu", inputs, folder / "checkpoints")
    model, history, record = (str(folder / name) for name in ("model", "history.csv", "run.json"))
    train_variant(job, model, history, record)
    assert read_description(model).divide_by == 255 * factor
    predictions = str(folder / "predictions")
    predict(model, inputs, VARIANTS[key].settings.prediction.plain(), "cpu", predictions)
    return Path(history).read_bytes(), read_predictions(predictions).logits


# A power of two as factor leaves every quotient what it is, to the last bit.
@pytest.mark.parametrize(("dtype", "factor"), [("int16", 1), ("int16", 64), ("uint16", 256)])
@pytest.mark.parametrize("key", ["ex1_2/sgd", "ex1_1/numpy_2019"])
def test_training_and_prediction_are_those_of_the_same_values_in_bytes(
    tmp_path, dtype, factor, key
):
    history, logits = trained(tmp_path / "bytes", "uint8", 1, key)
    other_history, other_logits = trained(tmp_path / "other", dtype, factor, key)
    assert other_history == history
    np.testing.assert_array_equal(other_logits, logits)
