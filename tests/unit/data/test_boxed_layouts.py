"""Photographs with boxes: COCO, VOC and tables, letterboxed, and what is wrong with an archive."""

import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlia.data import standins
from dlia.data.boxes import BOXES, NO_BOX, places
from dlia.data.layouts.voc import read_voc
from dlia.data.photographs import FRAME
from dlia.data.splits import SIMILAR_BITS
from dlia.data.unpack import Layout, decode, unpack
from dlia.errors import UserError

CLASSES = ("cat", "dog")
COCO = {
    "name": "coco",
    "train": {"images": "train/<name>.jpg", "annotations": "train/boxes.json"},
    "test": {"images": "test/<name>.jpg", "annotations": "test/boxes.json"},
}
TABLE = {
    "name": "boxes_table",
    "train": {"images": "all/<sequence>_<frame>.jpg", "annotations": "train.csv"},
    "test": {"images": "all/<sequence>_<frame>.jpg", "annotations": "valid.csv"},
    "image_form": "all/<sequence>_<frame>.jpg",
    "group": "<sequence>",
}
VOC = {
    "name": "voc",
    "images": "JPEGImages/<name>.jpg",
    "annotations": "Annotations/<name>.xml",
    "test": "lists/test.txt",
}
LAYOUTS = {"coco": COCO, "boxes_table": TABLE, "voc": VOC}

Files = dict[str, bytes]


def photograph(width: int = 40, height: int = 20, kind: str = "JPEG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(buffer, kind, **options)
    return buffer.getvalue()


def coco(*boxes: list[float], name: str = "a.jpg", **changes: Any) -> dict[str, Any]:
    """A file of one photograph with boxes of the first class."""
    return {
        "images": [{"id": 7, "file_name": name, "width": 40, "height": 20}],
        "annotations": [
            {"id": number, "image_id": 7, "category_id": 1 + number % 2, "bbox": box}
            for number, box in enumerate(boxes)
        ],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "Dog"}],
        **changes,
    }


def xml(*boxes: tuple[str, list[float]], width: int = 40) -> bytes:
    objects = "".join(
        f"<object><name>{name}</name><bndbox><xmin>{a}</xmin><ymin>{b}</ymin><xmax>{c}</xmax>"
        f"<ymax>{d}</ymax></bndbox></object>"
        for name, (a, b, c, d) in boxes
    )
    size = f"<size><width>{width}</width><height>20</height></size>"
    return f"<annotation>{size}{objects}</annotation>".encode()


BOTH = ([4, 2, 16, 8], [20, 10, 20, 10])  # x, y, width, height
GOOD: dict[str, Files] = {
    "coco": {
        "train/a.jpg": photograph(),
        "train/boxes.json": json.dumps(coco(*BOTH)).encode(),
        "test/a.jpg": photograph(),
        "test/boxes.json": json.dumps(coco(BOTH[0])).encode(),
    },
    "boxes_table": {
        "all/s_1.jpg": photograph(),
        "all/t_1.jpg": photograph(),
        "train.csv": b"path,x1,y1,x2,y2,class\nall/s_1.jpg,4,2,20,10,cat\n"
        b"all/s_1.jpg,20,10,40,20,dog\n",
        "valid.csv": b"all/t_1.jpg,4,2,20,10,cat\n",
    },
    "voc": {
        "JPEGImages/1.jpg": photograph(),
        "JPEGImages/2.jpg": photograph(),
        "Annotations/1.xml": xml(("cat", [4, 2, 20, 10]), ("dog", [20, 10, 40, 20])),
        "Annotations/2.xml": xml(("cat", [4, 2, 20, 10])),
        "lists/test.txt": b"2\n",
    },
}


@pytest.fixture
def unpacked(tmp_path: Path) -> Callable[..., Any]:
    def unpacked(kind: str, changes: dict[str, bytes | None] | None = None, **options: Any) -> Any:
        """Decode the good archive of a layout with some of its files changed or left out."""
        files = {**GOOD[kind], **(changes or {})}
        path = tmp_path / "SET.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in files.items():
                if data is not None:
                    archive.writestr(f"SET/{name}", data)
        size = options.pop("size", (80, 80))
        return decode(path, Layout(kind, size, 3, CLASSES, {**LAYOUTS[kind], **options}))

    return unpacked


@pytest.mark.parametrize("kind", LAYOUTS)
def test_boxes_have_the_scale_of_the_letterboxed_photograph(unpacked, kind):
    images, boxes, table = unpacked(kind)
    first = np.flatnonzero(table["part"] == "train")[0]
    found = boxes[boxes["image"] == first]
    assert found.dtype == BOXES
    assert [tuple(row)[1:] for row in found] == [(8, 4, 40, 20, 0), (40, 20, 80, 40, 1)]
    assert (images[first, 40:] == FRAME).all()  # a photograph of 40 x 20 fills the upper half
    assert np.abs(images[first, :40].astype(int) - (200, 30, 30)).max() < 5


def test_every_image_has_as_many_places_as_the_fullest(unpacked):
    _, boxes, table = unpacked("coco")
    found = places(boxes, len(table))
    assert found.shape == (2, 2, 5)
    assert sorted(found[..., 4].ravel().tolist()) == [NO_BOX, 0, 0, 1]


def test_a_photograph_without_a_row_of_numbers_has_no_box(unpacked):
    rows = b"all/s_1.jpg,4,2,20,10,cat\nall/s_1.jpg,4,2,20,10,dog\nall/u_1.jpg,,,,,\n"
    _, boxes, table = unpacked("boxes_table", {"train.csv": rows, "all/u_1.jpg": photograph()})
    image = table.index[table["id"] == "Train/u_1"][0]
    assert image not in boxes["image"]


def test_photographs_of_a_sequence_are_a_group(unpacked):
    _, _, table = unpacked("boxes_table")
    assert table["group"].tolist() == ["t", "s"]


def test_lists_name_photographs_with_or_without_suffix(unpacked):
    for content in (b"filename,width\n2.jpg,40\n", b"2\n"):
        _, _, table = unpacked("voc", {"lists/test.txt": content})
        assert table.loc[table["part"] == "test", "id"].tolist() == ["Test/2"]


def test_a_box_that_rounding_put_beyond_the_edge_is_cut_off(unpacked):
    _, boxes, _ = unpacked(
        "voc", {"Annotations/1.xml": xml(*GOOD_OBJECTS, ("dog", [0, 0, 41, 20]))}
    )
    assert boxes["x2"].max() == 80


GOOD_OBJECTS = (("cat", [4, 2, 20, 10]), ("dog", [20, 10, 40, 20]))


@pytest.mark.parametrize(
    ("kind", "name", "content"),
    [
        ("coco", "train/boxes.json", json.dumps(coco(*BOTH, [5, 5, 0, 3])).encode()),
        ("voc", "Annotations/1.xml", xml(*GOOD_OBJECTS, ("cat", [5, 5, 5, 8]))),
        ("boxes_table", "train.csv", GOOD["boxes_table"]["train.csv"] + b"all/s_1.jpg,5,5,5,8,cat"),
    ],
)
def test_a_box_without_area_is_left_out_and_named(unpacked, kind, name, content):
    _, boxes, table = unpacked(kind, {name: content})
    assert len(boxes) == 3
    assert "cat at 5, 5 has no area" in table["left_out"].tolist()


def test_a_box_of_which_the_edge_leaves_nothing_is_left_out_and_named(unpacked):
    content = xml(*GOOD_OBJECTS, ("dog", [40, 0, 41, 20]))
    _, boxes, table = unpacked("voc", {"Annotations/1.xml": content})
    assert len(boxes) == 3
    assert "dog at 40, 0 lies on the edge" in table["left_out"].tolist()


def test_each_box_that_is_left_out_is_named_on_its_own(tmp_path):
    content = xml(*GOOD_OBJECTS, ("dog", [40, 0, 41, 20]), ("cat", [5, 5, 5, 8]))
    with zipfile.ZipFile(tmp_path / "SET.zip", "w") as archive:
        for name, data in {**GOOD["voc"], "Annotations/1.xml": content}.items():
            archive.writestr(f"SET/{name}", data)
    files = {name: tmp_path / name for name in ("images", "targets", "ids")}
    said = unpack(tmp_path / "SET.zip", Layout("voc", (80, 80), 3, CLASSES, VOC), **files)
    assert [text.partition(": ")[2] for text in said] == [
        "cat at 5, 5 has no area",
        "dog at 40, 0 lies on the edge",
    ]


TURNED = Image.Exif()
TURNED[274] = 6
WRONG: dict[str, tuple[str, dict[str, bytes | None], str]] = {
    "a box outside its photograph": (
        "coco",
        {"train/boxes.json": json.dumps(coco(*BOTH, [30, 0, 20, 5])).encode()},
        "30, 0, 50, 5",
    ),
    "a negative width": (
        "coco",
        {"train/boxes.json": json.dumps(coco(*BOTH, [9, 0, -2, 5])).encode()},
        "negative width",
    ),
    "an unknown class in JSON": (
        "coco",
        {"train/boxes.json": json.dumps(coco(*BOTH)).replace("Dog", "cow").encode()},
        "cow is none of cat, dog",
    ),
    "a class that JSON does not list": (
        "coco",
        {
            "train/boxes.json": json.dumps(
                coco(*BOTH, categories=[{"id": 1, "name": "cat"}])
            ).encode()
        },
        "class 2, which is not listed",
    ),
    "a photograph that is not there": ("coco", {"train/a.jpg": None}, "not in the archive"),
    "a photograph that is not listed": ("coco", {"train/b.jpg": photograph()}, "is not listed in"),
    "a box of no photograph": (
        "coco",
        {
            "train/boxes.json": json.dumps(coco(*BOTH))
            .replace('image_id": 7', 'image_id": 8')
            .encode()
        },
        "photograph 8, which is not listed",
    ),
    "another size than JSON says": (
        "coco",
        {"train/a.jpg": photograph(60, 20)},
        "not 20x40 as its annotations say",
    ),
    "JSON that lacks a key": ("coco", {"train/boxes.json": b'{"images": []}'}, "annotations"),
    "JSON of other types": (
        "coco",
        {"train/boxes.json": json.dumps(coco(*BOTH, images=[{"id": "x"}])).encode()},
        "images.0",
    ),
    "JSON of a list": ("coco", {"train/boxes.json": b"[]"}, "COCO file: it begins with no object"),
    "a class listed twice": (
        "coco",
        {"train/boxes.json": json.dumps(coco(*BOTH)).replace('"id": 2', '"id": 1').encode()},
        "lists the class of the number 1 twice",
    ),
    "a negative height in a table": (
        "boxes_table",
        {"train.csv": GOOD["boxes_table"]["train.csv"] + b"all/s_1.jpg,4,10,20,2,cat\n"},
        "row 4: all/s_1.jpg: the box 4, 10, 20, 2 .* negative width or height",
    ),
    "a box outside its photograph in a table": (
        "boxes_table",
        {"train.csv": GOOD["boxes_table"]["train.csv"] + b"all/s_1.jpg,30,0,50,5,cat\n"},
        "s_1.jpg: its box 30, 0, 50, 5 .cat. lies outside the photograph of 20x40",
    ),
    "a photograph of a table that is not there": (
        "boxes_table",
        {"train.csv": GOOD["boxes_table"]["train.csv"] + b"all/u_1.jpg,3,0,20,5,cat\n"},
        "names all/u_1.jpg, which is not in the archive",
    ),
    "a row without a class": (
        "boxes_table",
        {"train.csv": GOOD["boxes_table"]["train.csv"] + b"all/s_1.jpg,3,0,20,5,\n"},
        "row 4: a box has no class",
    ),
    "a table parted by semicolons": (
        "boxes_table",
        {"train.csv": b"all/s_1.jpg;4;2;20;10;cat\n"},
        "has 1 column parted by ',', and not path, x1, y1, x2, y2, class",
    ),
    "no JSON": ("coco", {"train/boxes.json": b"{" * 9}, "is no JSON"),
    "no annotations": ("coco", {"test/boxes.json": None}, "is missing from the archive"),
    "a photograph listed twice": (
        "coco",
        {
            "train/boxes.json": json.dumps(
                coco(*BOTH, images=[coco()["images"][0], {**coco()["images"][0], "id": 9}])
            ).encode()
        },
        "a.jpg twice",
    ),
    "a damaged photograph": ("coco", {"train/a.jpg": photograph()[:300]}, "damaged"),
    "no photograph": ("coco", {"train/a.jpg": b"GIF89a"}, "neither a JPEG nor a PNG"),
    "a photograph that is turned when shown": (
        "coco",
        {"train/a.jpg": photograph(exif=TURNED.tobytes())},
        "EXIF orientation",
    ),
    "an unknown class in a table": (
        "boxes_table",
        {"train.csv": b"all/s_1.jpg,4,2,20,10,cow\n"},
        "row 1",
    ),
    "a word for a number": (
        "boxes_table",
        {"train.csv": b"all/s_1.jpg,4,2,20,10,cat\nall/s_1.jpg,4,two,20,10,cat\n"},
        "'two' is no number",
    ),
    "too few columns": ("boxes_table", {"train.csv": b"all/s_1.jpg,4,2,20,10\n"}, "5 columns"),
    "a photograph in two tables": (
        "boxes_table",
        {"valid.csv": b"all/t_1.jpg,4,2,20,10,cat\nall/s_1.jpg,4,2,20,10,cat\n"},
        "is listed in train.csv and valid.csv",
    ),
    "no XML": ("voc", {"Annotations/1.xml": b"<annotation>"}, "is no XML"),
    "XML that declares entities": (
        "voc",
        {"Annotations/1.xml": b'<!DOCTYPE x [<!ENTITY a "aaaa">]><annotation>&a;</annotation>'},
        "document type",
    ),
    "XML in an encoding that there is not": (
        "voc",
        {"Annotations/1.xml": b'<?xml version="1.0" encoding="none"?><annotation/>'},
        "is no XML: unknown encoding",
    ),
    "XML nested without end": ("voc", {"Annotations/1.xml": b"<annotation>" * 999}, "nested"),
    "a size that is not finite": (
        "voc",
        {"Annotations/1.xml": xml(*GOOD_OBJECTS).replace(b">40</width>", b">inf</width>")},
        "its width is 'inf', which is no number",
    ),
    "a size that is no number": (
        "voc",
        {"Annotations/1.xml": xml(*GOOD_OBJECTS).replace(b">20</height>", b">nan</height>")},
        "its height is 'nan', which is no number",
    ),
    "a test part without a box": ("voc", {"Annotations/2.xml": xml()}, "no boxes in its folder"),
    "an object without a box": (
        "voc",
        {"Annotations/1.xml": b"<annotation><object><name>cat</name></object></annotation>"},
        "has no box",
    ),
    "a photograph without XML": ("voc", {"Annotations/1.xml": None}, "has no annotations"),
    "XML without a photograph": ("voc", {"JPEGImages/1.jpg": None}, "has no photograph"),
    "a box outside its photograph in XML": (
        "voc",
        {"Annotations/1.xml": xml(*GOOD_OBJECTS, ("cat", [30, 0, 50, 5]))},
        "1.jpg: its box 30, 0, 50, 5 .cat. lies outside the photograph of 20x40",
    ),
    "a negative width in XML": (
        "voc",
        {"Annotations/1.xml": xml(*GOOD_OBJECTS, ("cat", [30, 0, 20, 5]))},
        "the box 30, 0, 20, 5 .* negative width or height",
    ),
    "an unknown class in XML": (
        "voc",
        {"Annotations/1.xml": xml(*GOOD_OBJECTS, ("cow", [3, 0, 20, 5]))},
        "the class cow is none of cat, dog",
    ),
    "another size than XML says": (
        "voc",
        {"Annotations/1.xml": xml(*GOOD_OBJECTS, width=41)},
        "20x40 pixels .height x width., and not 20x41 as its annotations say",
    ),
    "an absent photograph in the first line of a list": (
        "voc",
        {"lists/test.txt": b"9\n2\n"},
        "line 1: 9 is not in the archive",
    ),
    "a list of absent photographs": (
        "voc",
        {"lists/test.txt": b"2\n3\n"},
        "line 2: 3 is not in the archive",
    ),
}


@pytest.mark.parametrize(("kind", "changes", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_an_archive_is_named(unpacked, kind, changes, said):
    with pytest.raises(UserError, match=said) as refused:
        unpacked(kind, changes)
    assert "SET.zip" in str(refused.value)


def test_an_entry_with_many_faults_is_one_entry(unpacked):
    boxes = [[number, 5, -3, 5] for number in range(9)]
    with pytest.raises(UserError, match="1 entry cannot be used") as refused:
        unpacked("coco", {"train/boxes.json": json.dumps(coco(*BOTH, *boxes)).encode()})
    assert "and 6 more: boxes of negative width or height" in str(refused.value)


@pytest.mark.parametrize("kind", LAYOUTS)
def test_a_standin_has_the_layout(tmp_path, kind):
    path = tmp_path / "SET.zip"
    standins.draw(
        "shapes",
        path,
        train=12,
        test=6,
        size=32,
        seed=3,
        classes=list(CLASSES),
        layout=kind,
        options=LAYOUTS[kind],
        channels=3,
        group=3,
        objects=2,
    )
    images, boxes, table = decode(path, Layout(kind, (32, 32), 3, CLASSES, LAYOUTS[kind]))
    assert table["part"].value_counts().to_dict() == {"train": 12, "test": 6}
    assert set(boxes["image"]) == set(range(18))
    assert images.std(axis=(1, 2)).min() > 5


def test_frames_of_a_drawn_sequence_look_almost_alike(tmp_path):
    path, kind = tmp_path / "SET.zip", next(iter(LAYOUTS))
    parts = {"train": 16, "test": 8, "size": 48, "seed": 3, "classes": list(CLASSES)}
    of_layout = {"layout": kind, "options": LAYOUTS[kind], "channels": 3}
    standins.draw("shapes", path, **parts, **of_layout, group=4, objects=2)
    _, _, table = decode(path, Layout(kind, (48, 48), 3, CLASSES, LAYOUTS[kind]))
    hashes = np.array([int(text, 16) for text in table["difference_hash"]], dtype=np.uint64)
    bits = np.bitwise_count(hashes[:, None] ^ hashes).reshape(6, 4, 6, 4)
    within = np.concatenate([bits[n, :, n].ravel() for n in range(6)])
    between = np.concatenate([bits[n, :, m].ravel() for n in range(6) for m in range(n)])
    assert np.mean(within <= SIMILAR_BITS) > 0.8
    assert between.min() > SIMILAR_BITS


@pytest.mark.skipif("DLIA_DATA" not in os.environ, reason="needs the archives")
def test_coco_and_voc_of_raccoon_agree():
    archive = Path(os.environ["DLIA_DATA"]) / "RACCOON.zip"
    part = {"images": "images/<name>.jpg"}
    as_coco = {
        "name": "coco",
        "train": {**part, "annotations": "coco_train.json"},
        "test": {**part, "annotations": "coco_test.json"},
        "image_form": "images/<name>.jpg",
        "unused": ["*.xml", "*.csv", "*.record"],
    }
    as_voc = {
        "name": "voc",
        "images": "images/<name>.jpg",
        "annotations": "annotations/<name>.xml",
        "test": "data/test_labels.csv",
        "unused": ["*.json", "*.csv", "*.record"],
    }
    layouts = {"coco": as_coco, "voc": as_voc}
    found = [decode(archive, Layout(k, (64, 64), 3, ("raccoon",), o)) for k, o in layouts.items()]
    assert len(found[0][1]) == 217
    assert (found[0][1] == found[1][1]).all()
    assert found[0][2].equals(found[1][2])


def test_a_file_of_boxes_may_declare_a_namespace():
    plain = xml(*GOOD_OBJECTS)
    declared = plain.replace(b"<annotation>", b'<annotation xmlns="http://example.org/voc">')
    assert declared != plain
    assert read_voc(declared, CLASSES) == read_voc(plain, CLASSES)


@pytest.mark.slow
@pytest.mark.skipif("DLIA_DATA" not in os.environ, reason="needs the archives")
def test_the_two_boxes_of_aquarium_without_area_are_named():
    parts = {
        part: {"images": f"{part}/<name>.jpg", "annotations": f"{part}/_annotations.coco.json"}
        for part in ("train", "validation", "test")
    }
    fish = ("fish", "jellyfish", "penguin", "puffin", "shark", "starfish", "stingray")
    archive = Path(os.environ["DLIA_DATA"]) / "AQUARIUM.zip"
    layout = Layout("coco", (64, 64), 3, fish, {"name": "coco", **parts})
    _, boxes, table = decode(archive, layout)
    named = table[table["left_out"] != ""]
    assert table["part"].value_counts().to_dict() == {"train": 448, "validation": 127, "test": 63}
    assert len(boxes) == 4815
    assert named["file"].tolist() == ["AQUARIUM/test/0011.jpg", "AQUARIUM/test/0029.jpg"]
