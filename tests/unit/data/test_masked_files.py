"""Images with a mask each, at paths that a study states."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlia.data import standins
from dlia.data.splits import split
from dlia.data.unpack import Layout, decode
from dlia.errors import UserError
from dlia.study.layout_blocks import MaskedFiles

LUNGS = {
    "name": "masked_files",
    "train": {"images": "train/images/<name>.png", "masks": "train/masks/<name>.png"},
    "test": {"images": "test/images/<name>.png", "masks": "test/masks/<name>.png"},
}
# One pair of folders; the numbers tell the parts.
BY_NUMBER = {
    "name": "masked_files",
    "train": {"images": "images/<name>.png", "masks": "masks/<name>.png"},
    "test_numbers": "even",
}
# An image and its mask lie in the same folder, one for each patient.
BESIDE = {
    "name": "masked_files",
    "train": {"images": "learn/<patient>/<name>.png", "masks": "learn/<patient>/<name>_mask.png"},
    "test": {"images": "exam/<patient>/<name>.png", "masks": "exam/<patient>/<name>_mask.png"},
    "group": "<patient>",
    "unused": ["*.txt"],
}
MASK = np.array([[0, 255, 255, 0]] * 3, np.uint8)


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def pairs(*names: str) -> dict[str, bytes]:
    """Give images of different brightness and their masks; ``names`` are the images' paths."""
    files = {}
    for value, name in enumerate(names, start=1):
        files[f"Set/{name}"] = png(np.full((3, 4), value, np.uint8))
        mask = name.replace("images/", "masks/")
        files[f"Set/{mask if mask != name else name.replace('.png', '_mask.png')}"] = png(MASK)
    return files


ENTRIES = pairs("train/images/A1.png", "train/images/B3.png", "test/images/A2.png")
NUMBERED = pairs("images/A2_001.png", "images/A1_003.png", "images/A3_002.png")
OF_PATIENTS = pairs(
    "learn/ann/1.png", "learn/ann/2.png", "learn/bob/1.png", "learn/eve/1.png", "exam/dan/1.png"
)


def read(folder: Path, entries: dict[str, bytes], options: dict[str, Any] = LUNGS):
    with zipfile.ZipFile(folder / "set.zip", "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    layout = Layout("masked_files", (3, 4), 1, ("background", "lung"), options)
    return decode(folder / "set.zip", layout)


def drawn(folder: Path, options: dict[str, Any]):
    path, classes = folder / "Set.zip", ["background", "lung"]
    wanted = {"layout": "masked_files", "options": options, "channels": 1, "classes": classes}
    counts = {"train": 12, "test": 4, "size": 32, "seed": 1, "group": 2, "objects": 2}
    standins.draw("shapes", path, **wanted, **counts)
    return decode(path, Layout("masked_files", (32, 32), 1, tuple(classes), options))


def refusal(*arguments, **named) -> str:
    with pytest.raises(UserError) as caught:
        read(*arguments, **named)
    return str(caught.value)


def test_images_and_masks_of_one_name_are_pairs(tmp_path):
    other = ENTRIES | {"Set/train/masks/B3.png": png(255 - MASK)}
    images, masks, ids = read(tmp_path, other)
    assert ids["id"].tolist() == ["Test/a2", "Train/a1", "Train/b3"]
    assert images[:, 0, 0].tolist() == [3, 1, 2]
    assert masks[:, 0].tolist() == [[0, 1, 1, 0], [0, 1, 1, 0], [1, 0, 0, 1]]


def test_the_folders_tell_the_parts(tmp_path):
    _, _, ids = read(tmp_path, ENTRIES)
    assert ids["part"].tolist() == ["test", "train", "train"]


@pytest.mark.parametrize(
    ("numbers", "parts"), [("even", ["test", "train", "train"]), ("odd", ["test", "test", "train"])]
)
def test_the_last_number_of_a_name_tells_the_part_if_folders_do_not(tmp_path, numbers, parts):
    _, _, ids = read(tmp_path, NUMBERED, {**BY_NUMBER, "test_numbers": numbers})
    assert ids["part"].tolist() == parts
    assert [name.split("/")[0].lower() for name in ids["id"]] == parts


def test_of_two_forms_of_a_path_the_one_with_more_text_is_meant(tmp_path):
    options = {
        "name": "masked_files",
        "train": {"images": "<folder>/image_<name>.png", "masks": "<folder>/<name>.png"},
        "test": {"images": "test/image_<name>.png", "masks": "test/<name>.png"},
    }
    entries = {
        f"{folder}/{kind}1.png": png(MASK) for folder in ("ann", "test") for kind in ("image_", "")
    }
    _, _, ids = read(tmp_path, entries, options)
    assert ids["id"].tolist() == ["Test/image_1", "Train/ann/image_1"]


def test_a_mask_may_lie_beside_its_image(tmp_path):
    _, _, ids = read(tmp_path, OF_PATIENTS | {"Set/learn/ann/notes.txt": b"x"}, BESIDE)
    assert len(ids) == 5


def test_the_group_of_an_image_comes_from_its_path(tmp_path):
    _, _, ids = read(tmp_path, OF_PATIENTS, BESIDE)
    assert ids["group"].tolist() == ["dan", "ann", "ann", "bob", "eve"]


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ("Set/train/masks/B3.png", "Set/train/images/B3.png: has no mask train/masks/b3.png"),
        ("Set/train/images/B3.png", "Set/train/masks/B3.png: has no image train/images/b3.png"),
    ],
)
def test_an_image_without_its_mask_is_named_and_a_mask_without_its_image(tmp_path, missing, told):
    rest = {name: data for name, data in ENTRIES.items() if name != missing}
    assert told in refusal(tmp_path, rest)


def test_a_file_elsewhere_is_refused(tmp_path):
    more = ENTRIES | {"Set/train/other/A1.png": png(MASK)}
    assert "not expected there; only train/images/<name>.png with" in refusal(tmp_path, more)


def test_a_name_without_a_number_is_refused_if_numbers_tell_the_part(tmp_path):
    more = NUMBERED | pairs("images/left.png")
    assert "images/left.png: has no number in its name" in refusal(tmp_path, more, BY_NUMBER)


def test_a_part_without_images_is_named_by_its_numbers(tmp_path):
    told = refusal(tmp_path, pairs("images/1.png", "images/3.png"), BY_NUMBER)
    assert "no pictures in its folder images with even numbers" in told


@pytest.mark.parametrize(
    "options", [LUNGS, BY_NUMBER, BESIDE], ids=["folders", "numbers", "beside"]
)
def test_a_stand_in_is_read_as_its_layout_says(tmp_path, options):
    _, masks, ids = drawn(tmp_path, options)
    assert ids["part"].value_counts().to_dict() == {"train": 12, "test": 4}
    assert set(np.unique(masks)) == {0, 1}
    assert set(ids.groupby("group").size()) == ({2} if "group" in options else {16})


def test_no_patient_is_on_both_sides_of_the_split(tmp_path):
    _, masks, ids = drawn(tmp_path, BESIDE)
    table = split(ids, masks, 0.3, seed=1).assign(group=ids["group"])
    assert (table.groupby("group")["part"].nunique() == 1).all()
    assert set(table["part"]) == {"train", "validation", "test"}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"test_numbers": "even"}, "test"),
        ({"test": None}, "test"),
        ({"train": {"images": "a/<name>.webp", "masks": "b/<name>.png"}}, "train.images"),
        ({"train": {"images": "a/x.png", "masks": "b/x.png"}}, "train.images"),
        ({"train": {"images": "a/<name>.png", "masks": "b/<other>.png"}}, "train.masks"),
        ({"train": {"images": "a/<name>.png", "masks": "a/<name>.png"}}, "train.masks"),
        ({"group": "<patient>"}, "group"),
        ({"train": {"images": "a/<name>.png", "masks": "b/<name>/<name>.png"}}, "train.masks"),
        ({"test": {"images": "train/images/<x>.png", "masks": "b/<x>.png"}}, "test.images"),
        ({"test": {"images": "a/<x>.png", "masks": "Train/Masks/<x>.png"}}, "test.masks"),
    ],
)
def test_paths_that_do_not_go_together_are_refused(change, path):
    found = [problem.path for problem in MaskedFiles.model_validate(LUNGS | change).problems()]
    assert found == [path]
