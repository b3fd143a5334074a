"""Small valid archives of every layout, from which the fuzzer starts."""

import io
import pickle
import tarfile
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from dlia.data import standins
from dlia.data.layouts.idx_files import packed
from dlia.data.unpack import Layout

SIDE = 16
CLASSES = ("a", "b", "c")


class Seed(NamedTuple):
    """An archive: the files in it, by their paths, and how it is read."""

    layout: Layout
    files: dict[str, bytes]


# Settings of the layouts that have some.
OPTIONS: dict[str, dict[str, object]] = {
    "labelled_files": {
        "train": {"images": "learn/<class>/<track>_<frame>.png"},
        "test": {
            "images": "exam/<name>.png",
            "table": {"file": "exam.csv", "image": "image", "label": "label"},
        },
        "group": "<class>/<track>",
    },
    "masked_files": {
        "train": {"images": "learn/<name>.png", "masks": "learn/<name>_mask.png"},
        "test": {"images": "exam/<name>.png", "masks": "exam/<name>_mask.png"},
        "resize": "bilinear",
    },
    "coco": {
        part: {"images": f"{part}/<name>.jpg", "annotations": f"{part}/boxes.json"}
        for part in ("train", "test")
    },
    "boxes_table": {
        part: {"images": f"{part}/<name>.png", "annotations": f"{part}.csv"}
        for part in ("train", "test")
    },
    "voc": {"images": "img/<name>.jpg", "annotations": "xml/<name>.xml", "test": "test.txt"},
}


def seeds(folder: Path) -> dict[str, Seed]:
    """Make the archives, by the name of their layout."""
    drawn = {
        **{name: _drawn(folder, name, 3) for name in ("class_folders", "image_mask_pairs")},
        **{name: _drawn(folder, name, 3, options) for name, options in OPTIONS.items()},
        "idx_files": _drawn(folder, "idx_files", 1),
        "glas_files": _drawn(folder, "glas_files", 3, classes=CLASSES[:2]),
        "scr_radiographs": _drawn(folder, "scr_radiographs", 1, classes=CLASSES[:2]),
    }
    drawn["idx_plain"] = Seed(drawn["idx_files"].layout, _idx())
    drawn["formats"] = _formats(drawn["class_folders"])
    drawn["cifar_python"], drawn["cifar_binary"] = _batches()
    if find_spec("nibabel"):
        drawn["nifti_volumes"] = _volumes(folder)
    return drawn


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Pack files into a zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return buffer.getvalue()


def _drawn(
    folder: Path,
    name: str,
    channels: int,
    options: dict[str, object] | None = None,
    classes: tuple[str, ...] = CLASSES,
) -> Seed:
    named = {"name": name, **options} if options else None
    layout = Layout(name, (SIDE, SIDE), channels, classes, named)
    archive = folder / f"{name}.zip"
    standins.draw(
        "shapes",
        archive,
        train=9,
        test=6,
        size=SIDE,
        seed=1,
        classes=list(classes),
        layout=name,
        options=named,
        channels=channels,
        group=1,
        objects=2,
    )
    return Seed(layout, _unpacked(archive))


def _unpacked(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def _idx() -> dict[str, bytes]:
    return {
        f"{stem}-{role}": packed(values)
        for stem in ("train", "t10k")
        for role, values in (
            ("images-idx3-ubyte", np.arange(6 * SIDE * SIDE).reshape(6, SIDE, SIDE) % 251),
            ("labels-idx1-ubyte", np.arange(6) % 3),
        )
    }


def _formats(seed: Seed) -> Seed:
    """Give the images of class folders other formats, as data that a study describes."""
    options = {
        "name": "labelled_files",
        "train": {"images": "Train/<class>/<name>.bmp"},
        "test": {"images": "Test/<class>/<name>.bmp"},
        "resize": "box",
    }
    kinds = ("BMP", "PPM", "TIFF", "JPEG", "PNG")
    files = {}
    for number, (name, content) in enumerate(seed.files.items()):
        buffer = io.BytesIO()
        Image.open(io.BytesIO(content)).save(buffer, kinds[number % len(kinds)])
        files[name.replace(".png", ".bmp")] = buffer.getvalue()
    return Seed(Layout("labelled_files", (SIDE, SIDE), 3, CLASSES, options), files)


def _batches() -> tuple[Seed, Seed]:
    options = {"name": "cifar_batches", "batches": [1]}
    layout = Layout("cifar_batches", (32, 32), 3, CLASSES, options)
    labels, pixels = [0, 1, 2], np.arange(3 * 3072).reshape(3, 3072).astype(np.uint8)
    batch = pickle.dumps({b"labels": labels, b"data": pixels}, 2)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name in ("data_batch_1", "test_batch"):
            entry = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            entry.size = len(batch)
            archive.addfile(entry, io.BytesIO(batch))
    binary = b"".join(bytes([n]) + row.tobytes() for n, row in zip(labels, pixels, strict=True))
    return (
        Seed(layout, {"CIFAR/cifar-10-python.tar.gz": buffer.getvalue()}),
        Seed(layout, {f"CIFAR/{name}.bin": binary for name in ("data_batch_1", "test_batch")}),
    )


def _volumes(folder: Path) -> Seed:
    options = {
        "name": "nifti_volumes",
        "images": "volumes/<volume>.nii.gz",
        "segmentations": "classes/<volume>.nii.gz",
        "train": ["v1", "v2"],
        "validation": ["v3"],
        "test": ["v4"],
        "labels": [1, 2, 3],
        "ignored": [0],
    }
    archive = folder / "volumes.zip"
    draw: Callable[..., None] = standins.draw
    draw(
        "ellipsoids",
        archive,
        train=16,
        test=4,
        size=SIDE,
        seed=1,
        classes=list(CLASSES),
        options=options,
    )
    layout = Layout("nifti_volumes", (SIDE, SIDE), 1, CLASSES, options)
    return Seed(layout, _unpacked(archive))
