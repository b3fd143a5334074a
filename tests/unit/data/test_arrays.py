"""The unpacked data, read back: every type of pixels an archive may have, and what masks ignore."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dlia.data.arrays import PIXEL_TYPES, Arrays
from dlia.data.class_shares import IGNORED
from dlia.errors import UserError

MASKS = np.array([[[0, 1], [2, IGNORED]]] * 3, np.uint8)


def opened(folder: Path, images: np.ndarray, targets: np.ndarray = MASKS) -> Arrays:
    np.save(folder / "images.npy", images)
    np.save(folder / "masks.npy", targets)
    table = pd.DataFrame({"id": ["a", "b", "c"], "part": ["train", "test", "train"], "fold": 0})
    table.to_csv(folder / "split.csv", index=False)
    return Arrays.open(*(folder / name for name in ("images.npy", "masks.npy", "split.csv")))


@pytest.mark.parametrize("dtype", PIXEL_TYPES)
def test_pixels_keep_their_type_and_all_their_values(tmp_path, dtype):
    limits = np.iinfo(dtype)
    images = np.array([limits.min, limits.max, 7] * 4, dtype).reshape(3, 2, 2)
    taken = opened(tmp_path, images).images_at(np.array([2, 0]))
    assert taken.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(taken[..., 0], images[[2, 0]])


@pytest.mark.parametrize("dtype", ["float32", "int32", ">u2"])
def test_other_types_of_pixels_are_refused_with_file_and_remedy(tmp_path, dtype):
    with pytest.raises(UserError, match=r"images\.npy: holds .* remove the file") as caught:
        opened(tmp_path, np.zeros((3, 2, 2), dtype))
    assert f"type {np.dtype(dtype)}" in str(caught.value)


def test_ignored_pixels_of_masks_stay_what_they_are(tmp_path):
    targets = opened(tmp_path, np.zeros((3, 2, 2), np.uint8)).targets_at(np.array([0]))
    assert targets.dtype == np.int64
    np.testing.assert_array_equal(targets, MASKS[:1])


@pytest.mark.parametrize(("channels", "shape"), [(1, (3, 2, 5)), (3, (3, 2, 5, 3))])
def test_the_stored_shape_is_channels_height_width(tmp_path, channels, shape):
    assert opened(tmp_path, np.zeros(shape, np.uint8)).stored_shape == (channels, 2, 5)
