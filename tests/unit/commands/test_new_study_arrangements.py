"""``dlia new-study``: arrangements of images and masks, and files that end differently."""

import argparse

import numpy as np
import own_archives
import pytest

from dlia.commands import new_study
from dlia.data.unpack import Layout, decode
from dlia.errors import UserError
from dlia.tasks.studies import load_studies

COUNT = 8
_KINDS = {"jpg": "JPEG", "png": "PNG", "tif": "TIFF", "gif": "GIF"}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A folder of a build without studies of its own."""
    (tmp_path / "studies").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def drawn(path, pixels):
    return own_archives.encoded(pixels, _KINDS[path.rpartition(".")[2].lower()])


def photographs(*forms, count=COUNT, channels=3):
    """Images of many colours; {s} in a path stands for jpg and png in turn."""
    rng = np.random.default_rng(0)
    shape = (16, 16, 3) if channels == 3 else (16, 16)
    files = {}
    for form in forms:
        for n in range(count):
            path = form.format(n=n, s=("jpg", "png")[n % 2])
            files[path] = drawn(path, rng.integers(0, 256, shape, dtype=np.uint8))
    return files


def masks(*forms):
    """Masks of 0 and 255."""
    files = {}
    for path in (form.format(n=n) for form in forms for n in range(COUNT)):
        mask = np.zeros((16, 16), np.uint8)
        mask[4:9, 2:8] = 255
        files[path] = drawn(path, mask)
    return files


def studied(here, files):
    """Write a study of an archive, unpack it as a build does, and return data, parts and text."""
    archive = own_archives.pack(here / "data/set.zip", files)
    new_study.run(argparse.Namespace(archive=archive, name=None))
    data = load_studies(["set"], here)["set"].data
    layout = Layout(
        data.layout_name, tuple(data.size), data.channels, tuple(data.classes), data.layout_options
    )
    parts = decode(archive, layout)[2]["part"].value_counts().to_dict()
    return data, parts, (here / "studies/set.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("image", "mask", "found"),
    [
        ("i/{n}.png", "m/{n}_mask.png", ("i/<name>.png", "m/<name>_mask.png")),
        ("i/{n}.{s}", "m/{n}_mask.png", ("i/<name>.*", "m/<name>_mask.png")),
        ("images/{n}.{s}", "masks/{n}.png", ("images/<name>.*", "masks/<name>.png")),
        (
            "CXR_png/c_{n}.png",
            "mask/c_{n}_mask.png",
            ("CXR_png/<name>.png", "mask/<name>_mask.png"),
        ),
        (
            "Data/S_{n}.jpg",
            "Part1_GroundTruth/S_{n}_segmentation.png",
            ("Data/<name>.jpg", "Part1_GroundTruth/<name>_segmentation.png"),
        ),
        (
            "Original/{n}.tif",
            "Ground Truth/{n}.tif",
            ("Original/<name>.tif", "Ground Truth/<name>.tif"),
        ),
        ("IMAGES/{n}.JPG", "MASKS/{n}_MASK.PNG", ("IMAGES/<name>.jpg", "MASKS/<name>_MASK.png")),
        (
            "images/train/{n}.jpg",
            "annotations/{n}.png",
            ("images/train/<name>.jpg", "annotations/<name>.png"),
        ),
        ("i/p.{n}.png", "m/p.{n}_mask.png", ("i/<name>.png", "m/<name>_mask.png")),
    ],
)
def test_images_and_masks_are_paired_by_their_names(here, image, mask, found):
    data, parts, text = studied(here, photographs(image) | masks(mask))
    assert (data.layout.train.images, data.layout.train.masks) == found
    assert sum(parts.values()) == COUNT
    assert "?" not in text.partition("data:")[2].partition("size:")[0]


@pytest.mark.parametrize(
    ("image", "mask"),
    [("x/{n}.png", "y/{n}.png"), ("{n}.jpg", "{n}.png"), ("b/{n}.jpg", "b/{n}.gif")],
)
def test_pairs_that_few_colours_alone_tell_apart_are_asked_about(here, image, mask):
    _, parts, text = studied(here, photographs(image) | masks(mask))
    assert sum(parts.values()) == COUNT
    assert "is taken as the mask of" in text


def test_parts_whose_masks_are_named_in_one_word_are_kept(here):
    files = photographs("train/{n}.png", "test/t{n}.png")
    data, parts, _ = studied(here, files | masks("trainannot/{n}.png", "testannot/t{n}.png"))
    assert data.layout.test.masks == "testannot/<name>.png"
    assert parts == {"train": COUNT, "test": COUNT}


@pytest.mark.parametrize("other", ["without_mask", "Non Mask", "NoMask"])
def test_faces_with_masks_and_without_are_classes(here, other):
    data, _, _ = studied(here, photographs("mask/{n}.jpg", other + "/{n}.jpg"))
    assert data.classes == sorted(["mask", other])


def test_several_masks_of_an_image_are_asked_about(here):
    files = photographs("CXR/{n}.png", channels=1) | masks("left/{n}.png", "right/{n}.png")
    assert "Is left/0.png a mask? It has few colours" in studied(here, files)[2]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (photographs("images/{n}.jpg", "masks/{n}.jpg"), "masks/0.jpg is a JPEG, which blurs"),
        (
            photographs("images/train/{n}.jpg", "images/val/v{n}.jpg")
            | masks("gt/{n}.png", "gt/v{n}.png"),
            "give each part a folder of its own",
        ),
    ],
)
def test_masks_that_no_study_can_state_are_refused_with_the_reason(here, files, said):
    with pytest.raises(UserError, match=said):
        studied(here, files)


@pytest.mark.parametrize("form", ["a/{n}.{s} b/{n}.{s}", "a_{n}.{s} b_{n}.{s}"])
@pytest.mark.parametrize("channels", [1, 3])
def test_classes_whose_images_end_differently_are_read(here, form, channels):
    data, parts, _ = studied(here, photographs(*form.split(), channels=channels))
    assert data.layout.train.images.endswith("<name>.*")
    assert sum(parts.values()) == 2 * COUNT


@pytest.mark.parametrize("written", ["{n}.{s}", "{n}"])
@pytest.mark.parametrize(
    ("header", "row"), [("file,label", "{},{}"), ("file,label,x1,y1,x2,y2", "{},{},2,3,9,9")]
)
def test_tables_of_images_that_end_differently_are_read(here, written, header, row):
    names = [written.format(n=n, s=("jpg", "png")[n % 2]) for n in range(24)]
    rows = [row.format(name, "ab"[n % 3 // 2]) for n, name in enumerate(names)]
    files = photographs("pics/{n}.{s}", count=24) | {"all.csv": "\n".join([header, *rows])}
    assert sum(studied(here, files)[1].values()) == 24


def boxed(*names):
    """Give a file of a box (XML) each."""
    box = "<xmin>2</xmin><ymin>2</ymin><xmax>9</xmax><ymax>9</ymax>"
    text = f"<annotation><object><name>a</name><bndbox>{box}</bndbox></object></annotation>"
    return dict.fromkeys((f"VOC2012/Annotations/{name}.xml" for name in names), text)


def test_the_tree_of_pascal_voc_has_photographs_and_masks_of_the_same_names(here):
    names = [f"2008_{number:06d}" for number in range(COUNT)]
    files = photographs("VOC2012/JPEGImages/2008_{n:06d}.jpg") | boxed(*names)
    files |= {
        f"VOC2012/Segmentation{kind}/{name}.png": own_archives.encoded(np.ones((16, 16), np.uint8))
        for kind in ("Class", "Object")
        for name in names[::4]
    }
    for part, own in (("train", names[1:-4]), ("val", names[-4:]), ("trainval", names[1:])):
        files[f"VOC2012/ImageSets/Main/{part}.txt"] = "\n".join(own)
        files[f"VOC2012/ImageSets/Main/a_{part}.txt"] = "\n".join(f"{name}  1" for name in own)
    data, parts, text = studied(here, {f"VOCdevkit/{name}": data for name, data in files.items()})
    assert "in no list: 1 of them" in text
    assert data.layout.images == "VOC2012/JPEGImages/<name>.jpg"
    assert parts == {"train": COUNT - 4, "test": 4}


def test_a_table_of_boxes_names_photographs_with_their_suffixes(here):
    files = photographs("pics/{n}.{s}", count=24)
    rows = [f"{n}.{('jpg', 'png')[n % 2]},a,2,3,9,9" for n in range(24)]
    table = {"all.csv": "\n".join(["file,label,x1,y1,x2,y2", *rows])}
    studied(here, files | table)
    archive = here / "data/set.zip"
    own_archives.pack(archive, files | {"all.csv": table["all.csv"].replace("7.png", "7.jpg")})
    data = load_studies(["set"], here)["set"].data
    layout = Layout(data.layout_name, (32, 32), 3, ("a",), data.layout_options)
    with pytest.raises(UserError, match=r"names 7\.jpg, which is not in the archive"):
        decode(archive, layout)
