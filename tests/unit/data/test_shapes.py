"""The stand-in of any layout: shapes that tell the classes apart."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import ndimage
from sklearn.neighbors import KNeighborsClassifier

from dlia.data import standins
from dlia.data.standins import shapes
from dlia.data.standins.shapes import looks
from dlia.data.unpack import Layout, decode
from dlia.errors import UserError
from dlia.tasks.segmentation.dice import dice

LABELLED, MASKED = "class_folders", "image_mask_pairs"
# With tracks in the paths, and a table for the test part.
WITH_PATHS = {
    "name": "labelled_files",
    "train": {"images": "Final/<class>/<track>_<frame>.png"},
    "test": {
        "images": "Test/<name>.png",
        "table": {
            "file": "Test/GT.csv",
            "separator": ";",
            "image": "File",
            "image_form": "<name>.ppm",
            "label": "Id",
        },
    },
    "classes_as": "numbers",
    "group": "<class>/<track>",
}
SIGNS = [f"{number:02d}" for number in range(12)]
LUNGS = ["background", "lung"]
ORGANS = ["background", "lung", "heart", "clavicle"]

Unpacked = tuple[np.ndarray, np.ndarray, pd.DataFrame]


def draw(
    folder: Path, layout: str | dict[str, Any], classes: list[str], channels: int = 1, **more: int
) -> Unpacked:
    """Draw a stand-in, and read it as an archive of its layout."""
    name, options = (layout, None) if isinstance(layout, str) else (layout["name"], layout)
    wanted = {"train": 48, "test": 12, "size": 32, "seed": 1, "group": 1, "objects": 1, **more}
    wanted |= {"classes": classes, "layout": name, "options": options, "channels": channels}
    standins.draw("shapes", folder / "Set.zip", **wanted)
    size = (wanted["size"], wanted["size"])
    return decode(folder / "Set.zip", Layout(name, size, channels, tuple(classes), options))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("layout", "classes"),
    [(LABELLED, SIGNS), (MASKED, LUNGS), (WITH_PATHS, SIGNS)],
    ids=["class_folders", "image_mask_pairs", "labelled_files"],
)
def test_every_layout_reads_what_is_drawn_for_it(tmp_path, layout, classes, channels):
    images, targets, ids = draw(tmp_path, layout, classes, channels)
    assert images.shape == ((60, 32, 32) if channels == 1 else (60, 32, 32, 3))
    assert len(targets) == 60
    assert ids["part"].value_counts().to_dict() == {"train": 48, "test": 12}


@pytest.mark.parametrize("part", ["train", "test"])
def test_all_classes_have_as_many_images(tmp_path, part):
    _, labels, ids = draw(tmp_path, LABELLED, SIGNS)
    counts = np.bincount(labels[(ids["part"] == part).to_numpy()])
    assert len(counts) == len(SIGNS)
    assert len(set(counts)) == 1


def test_groups_are_named_by_the_paths(tmp_path):
    _, labels, ids = draw(tmp_path, WITH_PATHS, SIGNS, group=2)
    learnt = ids[ids["part"] == "train"]
    assert set(learnt.groupby("group").size()) == {2}
    assert (
        learnt.assign(label=labels[learnt.index]).groupby("group")["label"].nunique() == 1
    ).all()


def test_images_that_no_class_is_short_of_go_to_the_first_ones(tmp_path):
    _, labels, ids = draw(tmp_path, LABELLED, SIGNS, train=50)
    assert np.bincount(labels[(ids["part"] == "train").to_numpy()])[:4].tolist() == [5, 5, 4, 4]


@pytest.mark.parametrize(("classes", "shown"), [(LUNGS, {0, 1}), (ORGANS, {0, 1, 2, 3})])
def test_masks_show_every_class(tmp_path, classes, shown):
    _, masks, _ = draw(tmp_path, MASKED, classes, objects=3)
    assert set(np.unique(masks)) == shown


def test_a_mask_has_as_many_objects_as_asked_for(tmp_path):
    _, masks, _ = draw(tmp_path, MASKED, LUNGS, objects=2, size=64)
    assert {ndimage.label(mask)[1] for mask in masks} == {2}


def drawn(
    look: shapes.Look, number: int, cells: np.ndarray | None = None
) -> tuple[np.ndarray, ...]:
    """Draw one object; give which pixels are its own, and its box."""
    chance = shapes._Chance(np.random.default_rng(number), None)
    _, owner, boxes = shapes._draw(chance, 64, [look])
    return owner == 1, np.array(boxes[0])


@pytest.mark.parametrize("look", looks(7, 1), ids=lambda look: look.outline)
def test_an_object_lies_within_its_radius_and_fills_its_box(look):
    for number in range(20):
        inside, (left, top, right, bottom) = drawn(look, number)
        rows, columns = np.nonzero(inside)
        assert (left, top) == (columns.min(), rows.min())
        assert (right, bottom) == (columns.max() + 1, rows.max() + 1)
        assert max(right - left, bottom - top) / 2 <= shapes.RADIUS[1] * 32 + 1


def test_a_single_object_is_as_high_as_wide():
    for number in range(20):
        _, (left, top, right, bottom) = drawn(looks(1, 1)[0], number)
        assert bottom - top == pytest.approx(right - left, abs=1)


def test_neither_the_order_nor_the_counts_change_an_image(tmp_path):
    few, _, names = draw(tmp_path, LABELLED, SIGNS, group=2)
    many, _, more = draw(tmp_path, LABELLED, SIGNS, group=2, train=96)
    place = {name: row for row, name in enumerate(more["id"])}
    assert all(np.array_equal(few[i], many[place[name]]) for i, name in enumerate(names["id"]))


def test_the_bytes_depend_on_nothing_but_the_arguments(tmp_path):
    (tmp_path / "again").mkdir()
    draw(tmp_path, MASKED, LUNGS, objects=2)
    draw(tmp_path / "again", MASKED, LUNGS, objects=2)
    assert (tmp_path / "Set.zip").read_bytes() == (tmp_path / "again/Set.zip").read_bytes()


def test_no_two_images_are_equal(tmp_path):
    _, _, ids = draw(tmp_path, LABELLED, SIGNS, group=4)
    assert ids["sha256"].is_unique


def test_images_of_a_group_are_closer_to_each_other_than_to_others(tmp_path):
    images, labels, ids = draw(tmp_path, LABELLED, SIGNS[:2], group=4, train=80)
    own = images[(ids["part"] == "train").to_numpy() & (labels == 0)].astype(float)
    blurred = own.reshape(40, 8, 4, 8, 4).mean(axis=(2, 4))
    groups = blurred.reshape(10, 4, 8, 8)
    within = groups.var(axis=1).mean()
    between = groups.mean(axis=1).var(axis=0).mean()
    assert between > 3 * within


@pytest.mark.parametrize("channels", [1, 3])
def test_classes_can_be_learnt(tmp_path, channels):
    images, labels, ids = draw(tmp_path, LABELLED, SIGNS, channels, train=480, test=120)
    flat = (images.astype(float) - images.mean(axis=(1, 2), keepdims=True)).reshape(len(images), -1)
    learnt = (ids["part"] == "train").to_numpy()
    model = KNeighborsClassifier(5, metric="cosine").fit(flat[learnt], labels[learnt])
    assert model.score(flat[~learnt], labels[~learnt]) > 0.6


def test_masks_can_be_learnt(tmp_path):
    images, masks, _ = draw(tmp_path, MASKED, LUNGS, objects=2, size=64)
    middle = (images.max(axis=(1, 2)) / 2 + np.median(images, axis=(1, 2)) / 2)[:, None, None]
    assert dice(images > middle, masks == 1).mean() > 0.6


@pytest.mark.parametrize(("channels", "most"), [(1, 70), (3, 140)])
def test_all_looks_differ(channels, most):
    assert len(set(looks(most, channels))) == most


def test_more_classes_than_looks_are_refused():
    with pytest.raises(UserError, match="70 classes in 1 channels, and the study has 71"):
        looks(71, 1)


@pytest.mark.parametrize(("layout", "classes"), [(LABELLED, SIGNS), (MASKED, ORGANS)])
def test_parts_that_cannot_show_every_class_are_refused(tmp_path, layout, classes):
    with pytest.raises(ValueError, match="1 images in Test cannot show"):
        draw(tmp_path, layout, classes, test=1)
