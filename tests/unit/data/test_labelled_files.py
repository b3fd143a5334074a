"""Images whose class is in their path or in a table, at paths that a study states."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlia.data import standins
from dlia.data.splits import split
from dlia.data.unpack import Layout, decode
from dlia.errors import UserError
from dlia.study.layout_blocks import LabelledFiles
from dlia.study.path_template import Template

TABLE = {
    "file": "Test/labels.csv",
    "separator": ";",
    "image": "Filename",
    "image_form": "<name>.ppm",
    "label": "ClassId",
}
SIGNS = {
    "name": "labelled_files",
    "train": {"images": "Training/Images/<class>/<track>_<frame>.png"},
    "test": {"images": "Test/Images/<name>.png", "table": TABLE},
    "classes_as": "numbers",
    "group": "<class>/<track>",
    "unused": ["*.csv"],
}
# Names of classes in the folders of both parts, which lie the other way round.
PETS = {
    "name": "labelled_files",
    "train": {"images": "<class>/learn/<patient>-<name>.png"},
    "test": {"images": "<class>/exam/<name>.png"},
    "group": "<patient>",
}

FILE = "test.table.file"


def png(value: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((3, 4, 3), value, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def table(*rows: str, header: str = "Filename;Width;ClassId") -> bytes:
    return "\r\n".join([header, *rows, ""]).encode()


ENTRIES = {
    **{
        f"Set/Training/Images/0000{label}/{track:05d}_{frame:05d}.png": png(50 * label + frame)
        for label in (0, 1)
        for track in (0, 1)
        for frame in (0, 1)
    },
    "Set/Training/Images/00000/GT-00000.csv": b"not read",
    "Set/Test/Images/00000.png": png(7),
    "Set/Test/Images/00001.png": png(8),
    "Set/Test/labels.csv": table("00000.ppm;53;1", "00001.ppm;42;0"),
}
ANIMALS = {
    "Cat/learn/ann-1.png": png(1),
    "Cat/learn/ann-2.png": png(2),
    "DOG/learn/ann-1.png": png(3),
    "DOG/learn/bob-1.png": png(4),
    "Cat/exam/1.png": png(5),
    "DOG/exam/1.png": png(6),
}


def read(folder: Path, entries: dict[str, bytes], options: dict = SIGNS, classes="ab"):
    with zipfile.ZipFile(folder / "set.zip", "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    layout = Layout("labelled_files", (3, 4), 3, tuple(classes), options)
    return decode(folder / "set.zip", layout)


def refusal(*arguments, **named) -> str:
    with pytest.raises(UserError) as caught:
        read(*arguments, **named)
    return str(caught.value)


def test_classes_come_from_the_folders_and_from_the_table(tmp_path):
    _, labels, ids = read(tmp_path, ENTRIES)
    assert dict(zip(ids["id"], labels, strict=True)) == {
        "Test/00000": 1,
        "Test/00001": 0,
        **{
            f"Train/0000{label}/0000{track}_0000{frame}": label
            for label in (0, 1)
            for track in (0, 1)
            for frame in (0, 1)
        },
    }


ANY_SUFFIX = {
    **SIGNS,
    "test": {"images": "Test/Images/<name>.*", "table": {**TABLE, "image_form": "<name>.*"}},
}


def test_a_table_names_images_with_their_suffixes_where_any_is_allowed(tmp_path):
    named = table("00000.png;53;1", "00001.PNG;42;0")
    _, labels, _ = read(tmp_path, ENTRIES | {"Set/Test/labels.csv": named}, ANY_SUFFIX)
    assert labels[:2].tolist() == [1, 0]
    assert "names 00000.ppm, which is not in the archive" in refusal(tmp_path, ENTRIES, ANY_SUFFIX)


def test_rows_are_sorted_by_id(tmp_path):
    _, _, ids = read(tmp_path, dict(reversed(ENTRIES.items())))
    assert ids["id"].is_monotonic_increasing


def test_pixels_are_those_of_the_file_of_the_row(tmp_path):
    pixels, _, ids = read(tmp_path, ENTRIES)
    assert {id_: image[0, 0, 0] for id_, image in zip(ids["id"], pixels, strict=True)} == {
        id_: Image.open(io.BytesIO(ENTRIES[file])).getpixel((0, 0))[0]
        for id_, file in zip(ids["id"], ids["file"], strict=True)
    }


def test_a_group_is_what_the_study_makes_of_the_path(tmp_path):
    _, _, ids = read(tmp_path, ENTRIES)
    groups = ids[ids["part"] == "train"]["group"]
    assert groups.value_counts().to_dict() == {
        f"0000{label}/0000{track}": 2 for label in (0, 1) for track in (0, 1)
    }


def test_images_whose_path_has_no_group_have_none(tmp_path):
    _, _, ids = read(tmp_path, ENTRIES)
    assert set(ids[ids["part"] == "test"]["group"]) == {""}


def test_a_group_may_have_images_of_several_classes(tmp_path):
    _, labels, ids = read(tmp_path, ANIMALS, PETS, ("cat", "dog"))
    assert set(labels[(ids["group"] == "ann").to_numpy()]) == {0, 1}


def test_classes_may_be_written_in_another_case(tmp_path):
    _, labels, ids = read(tmp_path, ANIMALS, PETS, ("cat", "dog"))
    assert labels[(ids["id"] == "Train/dog/learn/bob-1").to_numpy()] == 1


@pytest.mark.parametrize("top", ["", "Set/", "Set/Set/"])
def test_the_archive_may_have_a_top_folder_or_two_alike(tmp_path, top):
    entries = {name.replace("Set/", top, 1): data for name, data in ENTRIES.items()}
    assert len(read(tmp_path, entries)[1]) == 10


def test_no_group_is_on_both_sides_of_the_split(tmp_path):
    entries = {
        f"Set/Training/Images/0000{label}/{track:05d}_{frame:05d}.png": png(10 * track + frame)
        for label in (0, 1)
        for track in range(10)
        for frame in range(5)
    }
    rest = {name: data for name, data in ENTRIES.items() if "Training" not in name}
    _, labels, ids = read(tmp_path, entries | rest)
    parts = split(ids, labels, 0.2, 1)["part"]
    assert parts.value_counts()["validation"] == 20
    sides = ids.assign(part=parts)[ids["group"] != ""].groupby("group")["part"].nunique()
    assert set(sides) == {1}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"Set/Test/labels.csv": table("00000.ppm;53;1")},
            "Set/Test/Images/00001.png: has no row in Test/labels.csv",
        ),
        (
            {"Set/Test/labels.csv": table("00000.ppm;1;1", "00001.ppm;1;0", "00002.ppm;1;0")},
            "Set/Test/labels.csv: names 00002.ppm, which is not in the archive",
        ),
        (
            {"Set/Test/labels.csv": table("00000.ppm;53;2", "00001.ppm;42;0")},
            "Set/Test/labels.csv: row 2: its class 2 is none of the numbers 0 to 1",
        ),
        (
            {"Set/Test/labels.csv": table("00000.ppm;53;1", "00000.ppm;42;0")},
            "Set/Test/labels.csv: row 3: 00000.ppm has another row already",
        ),
        (
            {"Set/Test/labels.csv": table("00000.jpg;53;1", "00001.ppm;42;0")},
            "Set/Test/labels.csv: row 2: '00000.jpg' is not of the form <name>.ppm",
        ),
        (
            {"Set/Test/labels.csv": table(header="Filename;Width")},
            "Set/Test/labels.csv: has no column ClassId; its columns are Filename, Width",
        ),
        (
            {"Set/Test/labels.csv": table("00000.ppm;53", "00001.ppm;42;0")},
            "Set/Test/labels.csv: row 2 ends early",
        ),
        (
            {"Set/Test/labels.csv": b"\xff\xfe"},
            "Set/Test/labels.csv: is no table of UTF-8 text",
        ),
        (
            {"Set/Training/Images/00002/00000_00000.png": png(1)},
            "its class 00002 is none of the numbers 0 to 1",
        ),
        (
            {"Set/Training/Images/00001/noise.png": png(1)},
            "Set/Training/Images/00001/noise.png: not expected there; only Training/Images/<class>",
        ),
    ],
)
def test_what_does_not_fit_the_study_is_named(tmp_path, changes, text):
    assert text in refusal(tmp_path, ENTRIES | changes)


def test_a_missing_table_is_named_once(tmp_path):
    entries = {name: data for name, data in ENTRIES.items() if "labels.csv" not in name}
    text = refusal(tmp_path, entries)
    assert "1 entry cannot be used" in text
    assert "Test/labels.csv: is missing from the archive" in text


def test_paths_of_another_archive_lead_to_the_study_and_not_to_other_folders(tmp_path):
    entries = {name.replace("Training", "Learning"): data for name, data in ENTRIES.items()}
    assert "data.layout in the study states other paths" in refusal(tmp_path, entries)


def test_a_part_without_images_is_named_by_its_folder(tmp_path):
    entries = {name: data for name, data in ENTRIES.items() if "Training" not in name}
    assert "no pictures in its folder Training/Images" in refusal(tmp_path, entries)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"train": {"images": "Training/<class>/<name>.webp"}}, "train.images"),
        ({"train": {"images": "Training/<name>.png"}}, "train.images"),
        ({"train": {"images": "Training/<class>/<class>.png"}, "group": ""}, "train.images"),
        ({"test": {"images": "Test/<class>/<name>.png", "table": TABLE}}, "test.images"),
        ({"group": "<volume>"}, "group"),
        ({"group": "track"}, "group"),
        (
            {"test": {"images": "T/<name>.png", "table": {**TABLE, "image_form": "<file>"}}},
            "test.table.image_form",
        ),
        (
            {"test": {"images": "T/<a>.png", "table": {**TABLE, "image_form": "<a>_<a>"}}},
            "test.table.image_form",
        ),
        ({"test": {"images": "T/<a>.png", "table": {**TABLE, "file": "<a>.csv"}}}, FILE),
        ({"train": {"images": "Images/<name>.png", "table": TABLE}, "group": ""}, FILE),
        ({"test": {"images": "training/images/<class>/<number>_<side>.png"}}, "test.images"),
        (
            {"test": {"images": "T/<a>.png", "table": {**TABLE, "separator": '"'}}},
            "test.table.separator",
        ),
    ],
)
def test_faults_of_the_stated_paths_are_found_before_an_archive_is_read(change, path):
    block = LabelledFiles.model_validate({**SIGNS, **change})
    assert path in [problem.path for problem in block.problems()]


def test_the_folder_of_a_part_is_no_class_of_the_other(tmp_path):
    paths = {
        "name": "labelled_files",
        "train": {"images": "<class>/<name>.png"},
        "test": {"images": "test/<class>-<name>.png"},
    }
    entries = {"cat/1.png": png(1), "dog/1.png": png(2)}
    entries |= {"Test/cat-1.png": png(3), "Test/dog-1.png": png(4)}
    _, labels, ids = read(tmp_path, entries, paths, ("cat", "dog"))
    assert ids["id"].tolist() == ["Test/cat-1", "Test/dog-1", "Train/cat/1", "Train/dog/1"]
    assert labels.tolist() == [0, 1, 0, 1]


def test_a_stand_in_has_any_names_of_classes(tmp_path):
    table = {"image": "image", "label": 'the "kind", in words'}
    parts = {
        part: {"images": f"{part}/<name>.png", "table": {**table, "file": f"{part}.csv"}}
        for part in ("train", "test")
    }
    options = {"name": "labelled_files", **parts}
    classes = ["small, dog", 'a "cat"', "b/c", "d;e"]
    counts = {"train": 8, "test": 4, "size": 8, "seed": 1, "group": 1, "objects": 1}
    wanted = {"layout": "labelled_files", "options": options, "channels": 1, "classes": classes}
    standins.draw("shapes", tmp_path / "set.zip", **wanted, **counts)
    layout = Layout("labelled_files", (8, 8), 1, tuple(classes), options)
    _, labels, _ = decode(tmp_path / "set.zip", layout)
    assert np.bincount(labels).tolist() == [3, 3, 3, 3]


def test_a_placeholder_ends_where_the_next_text_begins():
    found = Template("<track>_<frame>.png").match("00001_00002_b.PNG")
    assert found == {"track": "00001", "frame": "00002_b"}
