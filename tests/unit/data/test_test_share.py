"""A test part that is drawn from an archive without one."""

import csv
import io
import zipfile
from zipfile import ZipInfo

import numpy as np
import pytest

from dlia.data import standins
from dlia.data.layouts import Sample, find_layout
from dlia.data.test_share import with_test_part
from dlia.data.unpack import Layout, decode
from dlia.errors import UserError
from dlia.study.layout_blocks import LabelledFiles, MaskedFiles
from dlia.study.layout_boxes import BoxesTable, Voc

PETS = {"name": "labelled_files", "train": {"images": "<class>/<name>.png"}, "test_share": 0.25}
MASKED = {
    "name": "masked_files",
    "train": {"images": "<name>.png", "masks": "<name>_mask.png"},
    "test_share": 0.25,
}
BOXED = {
    "name": "boxes_table",
    "train": {"images": "photos/<name>.png", "annotations": "boxes.csv"},
    "test_share": 0.25,
    "columns": ["file", "left", "top", "wide", "high", "kind"],
    "box": "corner_and_size",
}
VOC = {
    "name": "voc",
    "images": "photos/<name>.png",
    "annotations": "boxes/<name>.xml",
    "test_share": 0.25,
}
CLASSES = ["a", "b", "c"]


def drawn(folder, options, train=36, test=12):
    """Draw a stand-in and unpack it."""
    kind = options["name"]
    archive = folder / "SET.zip"
    standins.draw(
        "shapes",
        archive,
        train=train,
        test=test,
        size=16,
        seed=1,
        classes=CLASSES,
        layout=kind,
        options=options,
        channels=3,
        group=1,
        objects=2,
    )
    return decode(archive, Layout(kind, (16, 16), 3, tuple(CLASSES), options))


@pytest.mark.parametrize("options", [PETS, MASKED, BOXED, VOC], ids=lambda each: each["name"])
def test_a_share_of_the_images_becomes_the_test_part(tmp_path, options):
    _, _, ids = drawn(tmp_path, options)
    assert len(ids) == 48
    assert 10 <= (ids["part"] == "test").sum() <= 14
    assert (ids["id"].str.partition("/")[0].str.lower() == ids["part"]).all()


def test_each_class_gives_the_same_share(tmp_path):
    _, labels, ids = drawn(tmp_path, PETS)
    assert np.bincount(labels[ids["part"] == "test"]).tolist() == [4, 4, 4]


def test_an_image_that_is_added_moves_at_most_one_other():
    def tested(count):
        found = [Sample(f"Train/a/{n}", "train", ZipInfo(), 0) for n in range(count)]
        return {each.id for each in with_test_part(found, 0.25) if each.part == "test"}

    before, after = tested(40), tested(41)
    assert len(before) == 10
    assert len(before - after) <= 1


def test_a_validation_part_stays_as_it_is():
    samples = [Sample(f"Train/{n}", "train", ZipInfo(), 0) for n in range(20)]
    held = [Sample(f"Validation/{n}", "validation", ZipInfo(), 0) for n in range(8)]
    found = with_test_part(samples + held, 0.25)
    assert [each for each in found if each.part == "validation"] == held
    assert len({each.id for each in found}) == 28


def test_images_of_a_group_stay_together(tmp_path):
    options = PETS | {"train": {"images": "<class>/<dog>_<name>.png"}, "group": "<class>/<dog>"}
    archive = tmp_path / "SET.zip"
    drawn(tmp_path, options)
    with zipfile.ZipFile(archive) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    with zipfile.ZipFile(archive, "w") as opened:
        for number, (name, data) in enumerate(files.items()):
            folder = name.rpartition("/")[0]
            opened.writestr(f"{folder}/dog{number % 8}_{number}.png", data)
    layout = Layout("labelled_files", (16, 16), 3, tuple(CLASSES), options)
    _, _, ids = decode(archive, layout)
    assert (ids.groupby("group")["part"].nunique() == 1).all()
    assert set(ids["part"]) == {"train", "test"}


def test_groups_that_cannot_be_divided_are_told_by_the_key(tmp_path):
    options = PETS | {"train": {"images": "<class>/<dog>_<name>.png"}, "group": "<dog>"}
    archive = tmp_path / "SET.zip"
    drawn(tmp_path, PETS)
    with zipfile.ZipFile(archive) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    with zipfile.ZipFile(archive, "w") as opened:
        for name, data in files.items():
            folder, _, file = name.rpartition("/")
            opened.writestr(f"{folder}/rex_{file}", data)
    with pytest.raises(UserError, match=r"data\.layout\.test_share"):
        decode(archive, Layout("labelled_files", (16, 16), 3, tuple(CLASSES), options))


@pytest.mark.parametrize(
    ("kind", "options", "other"),
    [
        (LabelledFiles, PETS, {"images": "exam/<class>/<name>.png"}),
        (MaskedFiles, MASKED, {"images": "exam/<name>.png", "masks": "exam/<name>_mask.png"}),
        (BoxesTable, BOXED, {"images": "exam/<name>.png", "annotations": "exam.csv"}),
        (Voc, VOC, "exam.txt"),
    ],
)
def test_the_test_part_is_stated_once(kind, options, other):
    def found(**changes):
        kept = {key: value for key, value in (options | changes).items() if value is not None}
        return [problem.path for problem in kind.model_validate(kept).problems()]

    assert found() == []
    assert found(test=other) == ["test"]
    assert found(test_share=None) == ["test"]
    assert found(test=other, test_share=None) == []


def test_columns_are_found_by_their_names():
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(["kind", "file", "unused", "left", "top", "wide", "high"])
    rows.writerow(["b", "x.png", "7", "1", "2", "3", "4"])
    layout = find_layout("boxes_table", BOXED)
    found, faults = layout.records(table.getvalue().encode(), "train", ("a", "b"))
    assert faults == []
    assert found["x",].boxes == ((1, 2, 4, 6, 1),)


def test_a_column_that_is_missing_is_named(tmp_path):
    options = BOXED | {"columns": ["file", "left", "top", "wide", "high", "what"]}
    drawn(tmp_path, BOXED)
    layout = Layout("boxes_table", (16, 16), 3, tuple(CLASSES), options)
    with pytest.raises(UserError, match="no column what"):
        decode(tmp_path / "SET.zip", layout)
