"""Two classes, as of glands and lungs: the path of any number of classes gives the same bytes."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.ndimage import gaussian_filter

from dlia.evaluation.predictions import Predictions
from dlia.runtime.files import write_csv
from dlia.tasks.segmentation import tables
from dlia.tasks.segmentation.curves import CURVES

NAMES = ["background", "gland"]
TRIALS = [{"trial": 0, "seed": 7, "epoch": 3, "status": "ok"}]


def smooth(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=(7, 20, 24))
    return gaussian_filter(noise, (0, 2, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    masks = (smooth(0) > 0.02).astype(np.uint8)
    masks[0] = 0
    return masks


@pytest.fixture(scope="module")
def logits() -> np.ndarray:
    """Give logits of a single output; the first image has no foreground, as its truth."""
    values = smooth(0) + smooth(1)
    values[0] = -1
    return values


def two_classes(logits: np.ndarray, truth: np.ndarray) -> pd.DataFrame:
    """Measure two masks by the formulas of two classes alone."""
    predicted, true = logits > 0, truth == 1
    overlap = (predicted & true).sum(axis=(1, 2))
    areas = predicted.sum(axis=(1, 2)) + true.sum(axis=(1, 2))
    dice = (2 * overlap + (areas == 0)) / (areas + (areas == 0))
    return pd.DataFrame(
        {
            "dice": dice,
            "iou": dice / (2 - dice),
            "pixel_accuracy": (predicted == true).mean(axis=(1, 2)),
            "foreground_predicted": predicted.mean(axis=(1, 2)),
        }
    )


def test_the_table_of_images_has_the_bytes_of_the_formulas_of_two_classes(tmp_path, logits, truth):
    shown = Predictions(logits[None, :, None], list("abcdefg"), {"threshold": 0.5}, TRIALS)
    wanted = two_classes(logits, truth)
    found = tables.evaluate(shown, truth, NAMES, truth)["dice"][wanted.columns]
    for name, table in (("found", found), ("wanted", wanted)):
        write_csv(tmp_path / f"{name}.csv", table)
    assert (tmp_path / "found.csv").read_bytes() == (tmp_path / "wanted.csv").read_bytes()
    assert 0.2 < wanted["dice"][1:].mean() < 0.95


@pytest.mark.parametrize("outputs", [1, 2])
def test_curves_have_the_value_of_the_formula_of_two_classes(logits, truth, outputs):
    shown = torch.from_numpy(logits)[:, None]
    if outputs == 2:
        shown = torch.cat([torch.zeros_like(shown), shown], dim=1)
    found = CURVES.metrics(shown, torch.from_numpy(truth.astype(np.int64)))["dice"]
    of_images = two_classes(logits, truth)["dice"].to_numpy(np.float32)
    assert found == pytest.approx(of_images.astype(float).mean(), rel=1e-12)


def test_the_baseline_calls_every_pixel_foreground(truth):
    everywhere = two_classes(np.ones(truth.shape, np.float32), truth)
    assert tables.reference(truth, truth) == everywhere["dice"].mean()
