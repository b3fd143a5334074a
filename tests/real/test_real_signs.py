"""The German traffic signs themselves; DLIA_DATA names the folder that holds the archive."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from own_studies import own_study

from dlia.data.splits import equal_images, split
from dlia.data.unpack import Layout, decode

ARCHIVE = Path(os.environ.get("DLIA_DATA", "/nowhere")) / "GTSRB.zip"
STUDY = own_study("signs").data

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not ARCHIVE.is_file(), reason="DLIA_DATA names no folder with GTSRB.zip"),
]


@pytest.fixture(scope="module")
def signs() -> tuple[np.ndarray, pd.DataFrame]:
    """Give labels, and ids with their part in the split of the study."""
    layout = Layout(
        STUDY.layout_name, (32, 32), STUDY.channels, tuple(STUDY.classes), STUDY.layout_options
    )
    _, labels, ids = decode(ARCHIVE, layout)
    return labels, ids.assign(side=split(ids, labels, STUDY.validation, STUDY.split_seed)["part"])


def test_all_images_are_read(signs):
    assert signs[1]["part"].value_counts().to_dict() == {"train": 39_209, "test": 12_630}


def test_the_test_labels_are_those_of_the_table(signs):
    labels, ids = signs
    # The most frequent training class has 750 test images.
    assert np.bincount(labels[(ids["part"] == "test").to_numpy()])[2] == 750


def test_the_groups_are_the_tracks(signs):
    tracks = signs[1][signs[1]["part"] == "train"].groupby("group").size()
    assert len(tracks) == 1307
    assert tracks.value_counts().to_dict() == {30: 1306, 29: 1}


def test_no_track_is_on_both_sides_of_the_split(signs):
    known = signs[1][signs[1]["group"] != ""]
    assert set(known["side"]) == {"train", "validation"}
    assert (known.groupby("group")["side"].nunique() == 1).all()


def test_every_class_is_on_both_sides_of_the_split(signs):
    labels, ids = signs
    for side in ("train", "validation"):
        assert len(np.unique(labels[(ids["side"] == side).to_numpy()])) == 43


def test_eight_test_images_equal_training_images_of_one_track(signs):
    _, ids = signs
    found = equal_images(ids, ids.assign(part=ids["side"]))
    test = found[found["part"] == "test"]["id"]
    names = ["00666", "02291", "03546", "03594", "04548", "09384", "09575", "11906"]
    assert sorted(test) == [f"Test/{name}" for name in names]
    assert set(ids.set_index("id").loc[found["id"], "group"]) == {"", "00014/00023"}
