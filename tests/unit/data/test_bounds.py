"""Text about images is bounded: what is larger, or has too many faults, ends in one message."""

import zipfile

import pytest
from pydantic import ValidationError

from dlia.data.layouts import boxed, boxes_table, coco, labelled_files, voc
from dlia.data.unpack import Layout, decode
from dlia.errors import UserError

LABELS = {
    "name": "labelled_files",
    "train": {
        "images": "train/<name>.png",
        "table": {"file": "train.csv", "image": "image", "label": "label"},
    },
    "test": {"images": "test/<class>/<name>.png"},
}
BOXES = {
    "name": "boxes_table",
    "train": {"images": "img/<name>.png", "annotations": "train.csv"},
    "test_share": 0.2,
}
COCO = BOXES | {"name": "coco", "train": BOXES["train"] | {"annotations": "train.json"}}
VOC = {
    "name": "voc",
    "images": "img/<name>.png",
    "annotations": "xml/<name>.xml",
    "test": "test.txt",
}
EMPTY = b'{"images": [], "categories": [], "annotations": [%s]}'


def absent(rest: bytes, suffix: bytes = b".png") -> bytes:
    """Rows of images that are not in the archive."""
    return b"".join(b"n%d%s%s\n" % (number, suffix, rest) for number in range(50))


BOX = b'{"id": 1, "image_id": 7, "category_id": 1, "bbox": [1, 1, 1, 1]}'


def refusal(folder, options, name, content, **more):
    with zipfile.ZipFile(folder / "set.zip", "w") as archive:
        for path, data in {name: content, "img/a.png": b"", **more}.items():
            archive.writestr(path, data)
    layout = Layout(options["name"], (8, 8), 3, ("x", "y"), options)
    with pytest.raises(UserError) as caught:
        decode(folder / "set.zip", layout)
    return str(caught.value)


@pytest.mark.parametrize(
    ("module", "bound", "options", "name"),
    [
        (labelled_files, "MAX_TABLE_BYTES", LABELS, "train.csv"),
        (boxes_table, "MAX_TABLE_BYTES", BOXES, "train.csv"),
        (coco, "MAX_JSON_BYTES", COCO, "train.json"),
        (voc, "MAX_TABLE_BYTES", VOC, "test.txt"),
        (voc, "MAX_XML_BYTES", VOC, "xml/a.xml"),
    ],
    ids=["labels", "boxes", "coco", "lists", "xml"],
)
def test_a_file_that_is_too_large_is_refused_by_its_bytes(
    tmp_path, monkeypatch, module, bound, options, name
):
    monkeypatch.setattr(module, bound, 60)
    said = refusal(tmp_path, options, name, b" " * 61)
    assert f"{name}: has 61 bytes, more than the 60 that are allowed" in said


@pytest.mark.parametrize(
    ("module", "options", "name", "content"),
    [
        (labelled_files, LABELS, "train.csv", b"image,label\n" + b"a,z\n" * 50),
        (boxes_table, BOXES, "train.csv", b"a.png,1,1,0,0,x\n" * 50),
        (labelled_files, LABELS, "train.csv", b"image,label\n" + absent(b",x", b"")),
        (boxed, BOXES, "train.csv", absent(b",1,1,2,2,x")),
        (coco, COCO, "train.json", EMPTY % b",".join([BOX] * 50)),
        (voc, VOC, "test.txt", b"absent\n" * 50),
    ],
    ids=["labels", "boxes", "absent images", "absent photographs", "coco", "lists"],
)
def test_of_many_faults_the_first_are_gathered(
    tmp_path, monkeypatch, module, options, name, content
):
    monkeypatch.setattr(module, "MOST_FAULTS", 7)
    said = refusal(tmp_path, options, name, content)
    assert f"\n  {name}: " in said
    assert "... and 4 more" in said  # three of the seven are listed


def test_of_a_coco_file_without_anything_right_one_fault_is_kept():
    """Counted, because those of a file of 3 MB took 4 GB."""
    content = {name: [{}] * 50 for name in ("images", "annotations", "categories")}
    with pytest.raises(ValidationError) as caught:
        coco.CocoFile.model_validate(content)
    places = {tuple(error["loc"][:2]) for error in caught.value.errors()}
    assert places == {(name, 0) for name in content}
