"""MNIST's own four files: the same images, ids and labels as in folders of PNG files."""

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlia.data import standins
from dlia.data.layouts import find_layout
from dlia.data.layouts.idx_files import packed
from dlia.data.unpack import Layout, decode
from dlia.errors import UserError

CLASSES = tuple("0123456789")
FOLDERS = Layout("class_folders", (16, 16), 1, CLASSES)
IDX = Layout("idx_files", (16, 16), 1, CLASSES)
STEMS = {"Train": "train", "Test": "t10k"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Draw folders of PNG files, such as a course hands them out."""
    path = tmp_path_factory.mktemp("png") / "MNIST.zip"
    standins.draw("digits", path, train=120, test=30, size=16, seed=1, classes=list(CLASSES))
    return path


@pytest.fixture(scope="module")
def tables(archive):
    """Give the same images as the four files, the classes mixed and the order within each kept."""
    files = {}
    with zipfile.ZipFile(archive) as opened:
        names = sorted(opened.namelist(), key=lambda name: name.split("/")[3])
        for part, stem in STEMS.items():
            own = [name for name in names if name.split("/")[1] == part]
            pixels = [np.asarray(Image.open(io.BytesIO(opened.read(name)))) for name in own]
            labels = [int(name.split("/")[2]) for name in own]
            files[f"{stem}-images-idx3-ubyte"] = packed(np.stack(pixels))
            files[f"{stem}-labels-idx1-ubyte"] = packed(np.array(labels))
    return files


def folder_of(path: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return path


def as_gzip(files: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{name}.gz": gzip.compress(content) for name, content in files.items()}


FORMS = {
    "plain": lambda files: files,
    "gzip": as_gzip,
    "with dots": lambda files: {n.replace("-idx", ".idx"): c for n, c in files.items()},
    "in upper case": lambda files: {name.upper(): c for name, c in as_gzip(files).items()},
    "both, as torchvision leaves them": lambda files: {
        f"raw/{name}": content for name, content in {**files, **as_gzip(files)}.items()
    },
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_images_labels_and_ids_are_those_of_the_folders(form, tmp_path, archive, tables):
    folder = folder_of(tmp_path / "MNIST", form(tables))
    images, labels, ids = decode(folder, IDX)
    wanted_images, wanted_labels, wanted_ids = decode(archive, FOLDERS)
    assert np.array_equal(images, wanted_images)
    assert np.array_equal(labels, wanted_labels)
    assert ids.drop(columns="file").equals(wanted_ids.drop(columns="file"))


def test_a_zip_archive_may_have_the_four_files_too(tmp_path, archive, tables):
    path = tmp_path / "MNIST.zip"
    with zipfile.ZipFile(path, "w") as opened:
        for name, content in tables.items():
            opened.writestr(name, content)
    assert np.array_equal(decode(path, IDX)[0], decode(archive, FOLDERS)[0])


def test_the_file_of_an_image_is_named_with_its_number(tmp_path, tables):
    folder = folder_of(tmp_path / "MNIST", tables)
    files = decode(folder, IDX)[2]["file"]
    numbers = {f"MNIST/train-images-idx3-ubyte[{row}]" for row in range(120)}
    assert numbers < {*files}


def test_images_are_counted_by_their_labels(tables):
    layout = find_layout("idx_files")
    entries = [zipfile.ZipInfo(name) for name in as_gzip(tables)]
    read = as_gzip(tables)
    assert layout.count(entries, lambda entry: read[entry.filename]) == 150


def test_stand_ins_can_be_drawn_in_this_layout(tmp_path):
    path = tmp_path / "MINE.zip"
    options = {"layout": "idx_files", "options": None, "channels": 1, "group": 1, "objects": 1}
    standins.draw(
        "shapes", path, train=30, test=20, size=16, seed=1, classes=list(CLASSES), **options
    )
    images, labels, _ = decode(path, IDX)
    assert (images.shape, {*labels.tolist()}) == ((50, 16, 16), {*range(10)})


def with_label(content: bytes, label: int) -> bytes:
    return content[:-1] + bytes([label])


def announcing(content: bytes, images: int) -> bytes:
    return content[:4] + images.to_bytes(4) + content[8:]


IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
FAULTS = {
    "a label without a class": (LABELS, lambda c: with_label(c, 10), "has the label 10; the"),
    "fewer labels than images": (LABELS, lambda _: packed(np.zeros(7)), "7 labels for 120 images"),
    "cut off": (IMAGES, lambda c: c[:-1], "its header announces"),
    "more than announced": (IMAGES, lambda c: c + b"x", "its header announces"),
    "announces billions": (IMAGES, lambda c: announcing(c, 2**32 - 1), "its header announces"),
    "an image in place of it": (IMAGES, lambda _: b"\x89PNG\r\n\x1a\n", "is no IDX file"),
    "empty": (IMAGES, lambda _: b"", "is no IDX file"),
    "of 32-bit numbers": (IMAGES, lambda c: b"\0\0\x0c" + c[3:], "is no IDX file"),
    "other sizes": (IMAGES, lambda _: packed(np.zeros((120, 5, 7))), "5x7 pixels"),
    "damaged gzip": (IMAGES, lambda c: gzip.compress(c)[:-9] + bytes(9), "gzip"),
    "gzip cut off": (IMAGES, lambda c: gzip.compress(c)[:-4], "a gzip file that is cut off"),
    "more after gzip": (IMAGES, lambda c: gzip.compress(c) + b"x", "has more after its end"),
    "a bomb": (IMAGES, lambda _: gzip.compress(bytes(2**27)), "unpacks to more than"),
}


@pytest.mark.parametrize(("name", "change", "said"), FAULTS.values(), ids=FAULTS)
def test_a_damaged_file_is_named(name, change, said, tmp_path, tables):
    folder = folder_of(tmp_path / "MNIST", {**tables, name: change(tables[name])})
    with pytest.raises(UserError) as refusal:
        decode(folder, IDX)
    assert f"MNIST/{name}" in str(refusal.value)
    assert said in str(refusal.value)


def test_a_file_that_differs_from_its_packed_copy_is_named(tmp_path, tables):
    other = {f"{LABELS}.gz": gzip.compress(with_label(tables[LABELS], 3))}
    folder = folder_of(tmp_path / "MNIST", {**tables, **other})
    with pytest.raises(UserError, match="differs from MNIST/train-labels-idx1-ubyte"):
        decode(folder, IDX)


def test_other_files_beside_them_are_refused(tmp_path, tables):
    folder = folder_of(tmp_path / "MNIST", {**tables, "train.csv": b"7"})
    with pytest.raises(UserError, match=r"MNIST/train\.csv: not expected there"):
        decode(folder, IDX)
