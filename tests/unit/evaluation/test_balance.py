"""The balance of classes: images and shares of every part, without what is ignored."""

import numpy as np
import pandas as pd
import pytest

from dlia.data.arrays import Arrays
from dlia.data.class_shares import IGNORED
from dlia.evaluation.balance import balance

PARTS = ["train", "train", "validation", "test"]


def table(targets: np.ndarray, classes: int, dtype: str = "uint8") -> pd.DataFrame:
    images = np.zeros((len(targets), 2, 3), dtype)
    images[0, 0, 0] = 9
    split = pd.DataFrame({"part": PARTS})
    return balance(Arrays(images, targets, split), [f"c{number}" for number in range(classes)])


MASKS = np.array(
    [
        [[0, 0, 1], [2, IGNORED, IGNORED]],
        [[1, 1, 1], [1, 1, 1]],
        [[IGNORED] * 3] * 2,
        [[0, 1, 2], [0, 1, 2]],
    ],
    np.uint8,
)


def test_ignored_pixels_are_in_no_share():
    train = table(MASKS, 3).query("part == 'train'")
    assert train["share"].tolist() == pytest.approx([0.25, 0.625, 0.125])
    assert train["highest"].tolist() == pytest.approx([0.5, 1, 0.25])


def test_an_image_of_ignored_pixels_only_has_no_class():
    assert table(MASKS, 3).query("part == 'validation'")["images"].tolist() == [0, 0, 0]


def test_there_is_no_row_for_what_is_ignored():
    assert table(MASKS, 3).groupby("part").size().tolist() == [3, 3, 3]


def test_labels_are_counted_by_image():
    train = table(np.array([1, 1, 0, 1]), 2).query("part == 'train'")
    assert train[["images", "share"]].to_numpy().tolist() == [[0, 0], [2, 1]]


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16"])
def test_images_of_one_colour_are_found_in_every_type_of_pixels(dtype):
    rows = table(np.array([1, 1, 0, 1]), 2, dtype).query("`class` == 'c1'")
    assert rows["of_one_colour"].tolist() == [1, 0, "not read"]
