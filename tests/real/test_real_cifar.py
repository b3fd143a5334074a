"""The course's CIFAR-10 itself; DLIA_DATA names the folder that holds the archive."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from own_studies import own_study

from dlia.data.splits import equal_images, split
from dlia.data.unpack import Layout, decode

ARCHIVE = Path(os.environ.get("DLIA_DATA", "/nowhere")) / "CIFAR10.zip"
STUDY = own_study("cifar").data

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not ARCHIVE.is_file(), reason="DLIA_DATA names no folder with CIFAR10.zip"),
]


@pytest.fixture(scope="module")
def photographs() -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Give images and labels, and ids with their part in the split of the study."""
    layout = Layout(STUDY.layout_name, (32, 32), STUDY.channels, tuple(STUDY.classes))
    images, labels, ids = decode(ARCHIVE, layout)
    return (
        images,
        labels,
        ids.assign(side=split(ids, labels, STUDY.validation, STUDY.split_seed)["part"]),
    )


def test_the_training_part_is_divided_as_the_report_divides_its_own(photographs):
    _, labels, ids = photographs
    for side, each in (("train", 800), ("validation", 200), ("test", 1000)):
        counts = np.bincount(labels[(ids["side"] == side).to_numpy()])
        assert counts.tolist() == [each] * 10


def test_jpeg_files_are_decoded_to_colours(photographs):
    images = photographs[0]
    assert images.shape == (20_000, 32, 32, 3)
    # Ships and planes are blue, frogs and deer are not: channels are in the order red, green, blue.
    labels = photographs[1]
    blueness = [
        float(images[labels == n, ..., 2].mean() - images[labels == n, ..., 0].mean())
        for n in range(10)
    ]
    assert sorted(np.argsort(blueness)[-2:].tolist()) == [0, 8]


def test_no_two_images_of_different_parts_are_equal(photographs):
    ids = photographs[2]
    assert equal_images(ids, ids.assign(part=ids["side"])).empty
