"""Other releases, made from the courses' own archives: the same pixels, classes and boxes."""

import csv
import io
import json
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
from own_studies import own_study
from PIL import Image

from dlia.data.unpack import Layout, decode

DATA = Path(os.environ.get("DLIA_DATA", "/nowhere"))
SAME = ["id", "part", "group", "sha256"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("DLIA_DATA" not in os.environ, reason="DLIA_DATA names no data folder"),
]


def layout_of(study, block=None):
    data = own_study(study).data
    options = block or data.layout_options
    name = options["name"] if options else data.layout_name
    size = (data.size[0], data.size[1])
    return Layout(name, size, data.channels, tuple(data.classes), options)


def as_ppm(data):
    buffer = io.BytesIO()
    Image.open(io.BytesIO(data)).save(buffer, "PPM")
    return buffer.getvalue()


def test_the_official_zips_of_signs_give_the_pixels_of_the_archive(tmp_path):
    """Of each class the first track, and every tenth test image: all 50,000 take minutes."""
    (form,) = own_study("signs").data.forms
    official = tmp_path / "official/GTSRB"
    official.mkdir(parents=True)
    course = tmp_path / "course.zip"
    zips = [zipfile.ZipFile(official / name, "w") for name in form.files]
    with zipfile.ZipFile(DATA / "GTSRB.zip") as archive, zipfile.ZipFile(course, "w") as some:
        for name in archive.namelist():
            track, test = "/00000_" in name, "/Final_Test/" in name and name[-5:-4] == "0"
            if name.endswith(".png") and (track or test):
                some.writestr(name, archive.read(name))
                zips[test].writestr(name[:-3] + "ppm", as_ppm(archive.read(name)))
        head, *rows = archive.read("GTSRB/Final_Test/GT-final_test.csv").decode().splitlines()
        table = "\n".join([head, *(row for row in rows if row.partition(".")[0].endswith("0"))])
        some.writestr("GTSRB/Final_Test/GT-final_test.csv", table)
        zips[2].writestr("GT-final_test.csv", table)
    for each in zips:
        each.close()
    found = decode(official, layout_of("signs", form.layout.plain()))
    wanted = decode(course, layout_of("signs"))
    assert len(wanted[0]) == 43 * 30 + 1263
    assert np.array_equal(found[0], wanted[0])
    assert np.array_equal(found[1], wanted[1])
    assert found[2][SAME].equals(wanted[2][SAME])


@pytest.mark.parametrize("form", ["binary", "pickled"])
def test_batches_of_cifar_give_the_pixels_and_classes_of_the_archive(tmp_path, form):
    images, labels, ids = decode(DATA / "CIFAR10.zip", layout_of("cifar"))
    folder = tmp_path / "CIFAR10"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for part, stem in (("train", "data_batch_1"), ("test", "test_batch")):
        rows = rng.permutation(np.flatnonzero(ids["part"] == part))
        planes = images[rows].transpose(0, 3, 1, 2).reshape(len(rows), -1)
        if form == "binary":
            records = np.concatenate([labels[rows, None].astype(np.uint8), planes], axis=1)
            (folder / f"{stem}.bin").write_bytes(records.tobytes())
        else:
            content = {b"labels": labels[rows].tolist(), b"data": planes}
            (folder / stem).write_bytes(pickle.dumps(content, 2))
    options = {"name": "cifar_batches", "batches": [1]}
    found, classes, table = decode(folder, layout_of("cifar", options))
    for part in ("train", "test"):
        own = [
            sorted(zip(of["sha256"][of["part"] == part], which[of["part"] == part], strict=True))
            for of, which in ((ids, labels), (table, classes))
        ]
        assert own[0] == own[1]
    assert found.shape == images.shape


def annotated(archive, part):
    """Give the photographs of a part of the aquarium, and the boxes of each."""
    said = json.loads(archive.read(f"AQUARIUM/{part}/_annotations.coco.json"))
    classes = {each["id"]: each["name"] for each in said["categories"]}
    boxes = {each["id"]: [] for each in said["images"]}
    for each in said["annotations"]:
        x, y, width, height = each["bbox"]
        boxes[each["image_id"]].append((x, y, width, height, classes[each["category_id"]]))
    for image in said["images"]:
        yield image["file_name"], boxes[image["id"]]


def of_photographs(boxes, ids):
    """Give the boxes of every photograph, with their classes, by its digest."""
    found = {digest: [] for digest in ids["sha256"]}
    for image, *box in boxes.tolist():
        found[ids["sha256"].iloc[image]].append(tuple(box))
    return found


def test_photographs_with_tables_and_with_files_of_boxes_give_those_of_the_coco_files(tmp_path):
    wanted = decode(DATA / "AQUARIUM.zip", layout_of("aquarium"))
    table, voc = tmp_path / "table.zip", tmp_path / "voc.zip"
    with (
        zipfile.ZipFile(DATA / "AQUARIUM.zip") as archive,
        zipfile.ZipFile(table, "w") as tables,
        zipfile.ZipFile(voc, "w") as files,
    ):
        for part in ("train", "validation", "test"):
            text, listed = io.StringIO(), []
            rows = csv.writer(text)
            rows.writerow(["image", "x", "y", "width", "height", "class"])
            for name, boxes in annotated(archive, part):
                data = archive.read(f"AQUARIUM/{part}/{name}")
                tables.writestr(f"{part}/{name}", data)
                files.writestr(f"JPEGImages/{part}_{name}", data)
                rows.writerows([name, *box] for box in boxes or [("",) * 5])
                objects = "".join(
                    f"<object><name>{label}</name><bndbox><xmin>{x}</xmin><ymin>{y}</ymin>"
                    f"<xmax>{x + w}</xmax><ymax>{y + h}</ymax></bndbox></object>"
                    for x, y, w, h, label in boxes
                )
                stem = f"{part}_{name.removesuffix('.jpg')}"
                files.writestr(f"Annotations/{stem}.xml", f"<annotation>{objects}</annotation>")
                listed.append(stem)
            tables.writestr(f"{part}.csv", text.getvalue())
            files.writestr(f"ImageSets/Main/{part}.txt", "\n".join(listed))
    parts = {
        part: {"images": f"{part}/<name>.jpg", "annotations": f"{part}.csv"}
        for part in ("train", "validation", "test")
    }
    columns = ["image", "x", "y", "width", "height", "class"]
    options = {"name": "boxes_table", "columns": columns, "box": "corner_and_size"}
    found = decode(table, layout_of("aquarium", options | parts))
    assert np.array_equal(found[0], wanted[0])
    assert np.array_equal(found[1], wanted[1])
    assert found[2][SAME].equals(wanted[2][SAME])
    options = {
        "name": "voc",
        "images": "JPEGImages/<name>.jpg",
        "annotations": "Annotations/<name>.xml",
        "validation": "ImageSets/Main/validation.txt",
        "test": "ImageSets/Main/test.txt",
        "unused": ["*.txt"],
    }
    images, boxes, ids = decode(voc, layout_of("aquarium", options))
    assert ids["part"].value_counts().equals(wanted[2]["part"].value_counts())
    assert sorted(ids["sha256"]) == sorted(wanted[2]["sha256"])
    assert images.shape == wanted[0].shape
    found_boxes, wanted_boxes = of_photographs(boxes, ids), of_photographs(*wanted[1:])
    assert found_boxes.keys() == wanted_boxes.keys()
    for digest, own in wanted_boxes.items():
        # In the size of the study; files of VOC count the first pixel as 1.
        assert found_boxes[digest] == [pytest.approx(box, abs=1.5) for box in own]
