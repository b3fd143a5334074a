"""Archives as a user might have them, of layouts that no study describes."""

import io
import json
import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np
from PIL import Image

LETTERS = [f"letter {chr(ord('A') + number)}" for number in range(26)]


def encoded(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    """Encode pixels of type uint8."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def pack(path: Path, files: dict[str, bytes | str]) -> Path:
    """Write a zip archive."""
    path.parent.mkdir(exist_ok=True, parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def letters(folder: Path, each: int = 10) -> Path:
    """26 classes of 20x24 pixels in colour, a folder for each, without parts."""
    rng = np.random.default_rng(0)
    files: dict[str, bytes | str] = {}
    for number, name in enumerate(LETTERS):
        colours = np.array([[number % 5, number // 5, 2], [number // 5, 2, number % 5]]) * 45
        pixels = np.repeat(colours[None], 20, axis=0).repeat(12, axis=1)
        for image in range(each):
            noisy = (pixels + rng.integers(0, 20, pixels.shape)).astype(np.uint8)
            files[f"letters/{name}/{image:03d}.png"] = encoded(noisy)
    return pack(folder / "letters.zip", files)


def disc(rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Draw a bright disc: the image, whether each pixel is in it, and the box around it."""
    radius = int(rng.integers(size // 6, size // 3))
    y, x = (int(value) for value in rng.integers(radius + 1, size - radius - 1, 2))
    rows, columns = np.indices((size, size))
    inside = (rows - y) ** 2 + (columns - x) ** 2 <= radius**2
    image = np.where(inside, 200, 60) + rng.integers(0, 30, (size, size))
    return image.astype(np.uint8), inside, [x - radius, y - radius, x + radius, y + radius]


def masks(folder: Path, number: int = 30) -> Path:
    """Images of two sizes and masks that are told by their names, with 0 and 1."""
    rng = np.random.default_rng(1)
    files: dict[str, bytes | str] = {"about.json": "{}"}
    for image in range(number):
        pixels, inside, _ = disc(rng, 32 + 4 * (image % 2))
        files[f"cells_{image}.png"] = encoded(pixels)
        files[f"cells_{image}_mask.png"] = encoded(inside.astype(np.uint8))
    return pack(folder / "cells.zip", files)


def _photographs(number: int, size: int = 64) -> list[tuple[str, bytes, str, list[int]]]:
    rng = np.random.default_rng(2)
    found = []
    for image in range(number):
        grey, _, box = disc(rng, size)
        name = ("ball", "sun")[image % 2]
        colour = np.stack([grey, grey, grey if name == "ball" else grey // 2], axis=-1)
        found.append((f"p{image:02d}.jpg", encoded(colour, "JPEG"), name, box))
    return found


def boxes(folder: Path, number: int = 30) -> Path:
    """Photographs with boxes in one table, whose columns have names and an order of their own."""
    photographs = _photographs(number)
    rows = ["filename,width,height,class,xmin,ymin,xmax,ymax"]
    for name, _, label, box in photographs:
        rows.append(f"{name},64,64,{label},{','.join(map(str, box))}")
    files: dict[str, bytes | str] = {f"photos/{name}": data for name, data, _, _ in photographs}
    return pack(folder / "balls.zip", files | {"boxes.csv": "\n".join(rows)})


def coco(folder: Path, number: int = 30) -> Path:
    """Photographs with a COCO file for training and one for validation."""
    photographs = _photographs(number)
    files: dict[str, bytes | str] = {}
    for part, own in (("train", photographs[:-8]), ("val", photographs[-8:])):
        images, annotations = [], []
        for place, (name, data, label, (x1, y1, x2, y2)) in enumerate(own):
            files[f"set/{part}2017/{name}"] = data
            images.append({"id": place, "file_name": name, "width": 64, "height": 64})
            size = [x1, y1, x2 - x1, y2 - y1]
            category = 1 + (label == "sun")
            annotations.append(
                {"id": place, "image_id": place, "category_id": category, "bbox": size}
            )
        categories = [{"id": 1, "name": "ball"}, {"id": 2, "name": "sun"}]
        content = {"images": images, "annotations": annotations, "categories": categories}
        files[f"set/annotations/instances_{part}2017.json"] = json.dumps(content)
    return pack(folder / "balls_coco.zip", files)


def voc(folder: Path, number: int = 20) -> Path:
    """Photographs with an XML file each, and no lists."""
    files: dict[str, bytes | str] = {}
    for name, data, label, box in _photographs(number):
        ends = zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)
        bounds = "".join(f"<{key}>{value}</{key}>" for key, value in ends)
        files[f"JPEGImages/{name}"] = data
        files[f"Annotations/{name[:-4]}.xml"] = (
            f"<annotation><object><name>{label}</name><bndbox>{bounds}</bndbox></object>"
            "</annotation>"
        )
    return pack(folder / "balls_voc.zip", files)


def table(folder: Path, number: int = 40) -> Path:
    """Images in one folder, and their classes in a table."""
    files: dict[str, bytes | str] = {}
    rows = ["id;weight;species"]
    for name, data, label, _ in _photographs(number, 24):
        files[f"images/{name}"] = data
        rows.append(f"{name[:-4]};{len(data)};{label}")
    return pack(folder / "balls_table.zip", files | {"species.csv": "\r\n".join(rows)})


def volume(numbers: np.ndarray) -> bytes:
    """Give numbers the NIfTI form."""
    return nib.Nifti1Image(numbers, np.eye(4)).to_bytes()


def volumes(folder: Path, number: int = 5, inner: int = 1) -> Path:
    """Volumes in the NIfTI form, with segmentations of three numbers; of two if inner is 0."""
    rng = np.random.default_rng(3)
    files: dict[str, bytes | str] = {}
    place = np.stack(np.indices((36, 40, 6)) - np.reshape([18, 20, 3], (3, 1, 1, 1)))
    distance = np.sqrt((place**2).sum(axis=0))
    for head in range(number):
        truth = (distance < 15 + head).astype(np.uint8) + np.uint8(inner) * (distance < 7)
        values = (100 * truth + rng.integers(0, 40, truth.shape)).astype(np.int16)
        for name, numbers in (("image", values), ("label", truth)):
            files[f"heads/{name}s/head{head}.nii"] = volume(numbers)
    return pack(folder / "heads.zip", files)


ALL = {
    "classification": (letters, table),
    "segmentation": (masks,),
    "detection": (boxes, coco, voc),
    "volume_segmentation": (volumes,),
}
