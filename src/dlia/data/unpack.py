"""From an archive of PNG pictures to arrays, in an order that does not depend on the archive's."""

import hashlib
import io
import re
import struct
import unicodedata
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import numpy as np
import pandas as pd
from PIL import Image

from dlia.data import archives
from dlia.data.archives import REPLACE, EntryError, offence, shown
from dlia.errors import UserError
from dlia.runtime.files import write_csv, write_npy

PARTS = ("Train", "Test")
# Packing the folder that an archive was unpacked into doubles the top folder.
_TOP_AND_PART = r"(?:(?P<top>[^/]+)/(?:(?P=top)/)?)?(?P<part>train|test)/"
EXPECTED = {
    "class_folders": (
        "Train/<class>/<name>.png",
        re.compile(_TOP_AND_PART + r"(?P<class>[^/]+)/(?P<stem>[^/]+)\.png", re.I | re.A),
    ),
    "image_mask_pairs": (
        "Train/image_<number>.png with Train/label_<number>.png",
        re.compile(_TOP_AND_PART + r"(?P<stem>(?:image|label)_[0-9]+)\.png", re.I | re.A),
    ),
}
_COLOURS = {0: "grey", 2: "RGB", 3: "palette", 4: "grey with alpha", 6: "RGBA"}


@dataclass(frozen=True)
class Layout:
    """How the pictures lie in an archive; ``size`` is the height and width of each, in pixels."""

    kind: str
    size: tuple[int, int]
    channels: int
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.kind not in EXPECTED or self.channels not in (1, 3) or min(self.size) < 1:
            raise ValueError(f"no such layout: {self}")


@dataclass(frozen=True)
class Sample:
    """One picture; its ``target`` is the index of its class, or the entry of its mask."""

    id: str
    part: str
    picture: ZipInfo
    target: int | ZipInfo


def unpack(archive: Path, layout: Layout, *, images: Path, targets: Path, ids: Path) -> None:
    """Decode the pictures of ``archive`` into arrays, one row a picture, sorted by id.

    ``images`` takes uint8 (N, H, W) or (N, H, W, 3), ``targets`` int64 (N,) of class indices or
    uint8 (N, H, W) of 0 and 1, ``ids`` the columns id, part, file and sha256 of the pixels.

    Raises:
        UserError: The archive is missing, incomplete or hostile; nothing has been written.
    """
    with archives.open_archive(archive) as opened:
        entries, refused = archives.checked_entries(opened)
        samples, misplaced = arrange(entries, layout)
        offences = refused + misplaced
        # What was refused explains what is missing.
        fault = _excess(samples, layout) or ("" if offences else _gap(samples, layout))
        if fault:
            raise UserError(f"{archive}: {fault}\n{REPLACE}")
        pixels, truth, digests, damaged = _decode(opened, samples, layout)
    if offences or damaged:
        raise archives.unusable(archive, offences + damaged)
    rows = [(sample.id, sample.part, sample.picture.filename) for sample in samples]
    table = pd.DataFrame(rows, columns=["id", "part", "file"]).assign(sha256=digests)
    write_npy(images, pixels)
    write_npy(targets, truth)
    write_csv(ids, table)


def arrange(entries: list[ZipInfo], layout: Layout) -> tuple[list[Sample], list[str]]:
    """Give the samples that ``entries`` form, sorted by id, and the offences of all others."""
    located, offences = _locate(entries, layout)
    samples = []
    for key, info in sorted(located.items()):
        part, name = key.split("/", 1)
        if layout.kind == "class_folders":
            target = layout.classes.index(name.split("/")[0])
            samples.append(Sample(key, part.lower(), info, target))
            continue
        role, number = name.split("_")
        partner = f"{'label' if role == 'image' else 'image'}_{number}"
        if f"{part}/{partner}" not in located:
            offences.append(offence(info, f"no {partner}.png beside it"))
        elif role == "image":
            samples.append(Sample(key, part.lower(), info, located[f"{part}/{partner}"]))
    return samples, offences


def _locate(entries: list[ZipInfo], layout: Layout) -> tuple[dict[str, ZipInfo], list[str]]:
    """Give the entries by their canonical path below the top folder, and the offences."""
    placed: list[tuple[str, str, ZipInfo]] = []
    offences = []
    for info in entries:
        try:
            placed.append((*_place(info.filename, layout), info))
        except EntryError as reason:
            offences.append(offence(info, reason))
    tops = Counter(top for top, _, _ in placed)
    home = min(tops, key=lambda top: (-tops[top], top), default="")
    located: dict[str, ZipInfo] = {}
    for top, key, info in placed:
        if top != home:
            offences.append(offence(info, "beside the folder that holds the other pictures"))
        elif key in located:
            first = shown(located[key].filename)
            offences.append(offence(info, f"falls on the same picture as {first}"))
        else:
            located[key] = info
    return located, offences


def _place(name: str, layout: Layout) -> tuple[str, str]:
    """Split ``name`` into its top folder, in lower case, and its canonical path below it."""
    form, pattern = EXPECTED[layout.kind]
    found = pattern.fullmatch(name)
    if found is None:
        raise EntryError(f"not expected there; only {form}, and Test likewise")
    top, part = name[: found.start("part")].lower(), found["part"].capitalize()
    # Systems differ in how they store letters with accents, and in whether case tells files apart.
    stem = unicodedata.normalize("NFC", found["stem"]).lower()
    if layout.kind == "image_mask_pairs":
        return top, f"{part}/{stem}"
    for known in layout.classes:
        if known.lower() == found["class"].lower():
            return top, f"{part}/{known}/{stem}"
    raise EntryError(f"its folder is none of the classes {', '.join(layout.classes)}")


def _gap(samples: list[Sample], layout: Layout) -> str:
    if not samples:
        return f"no pictures in it; expected are {EXPECTED[layout.kind][0]}, and Test likewise"
    for part in PARTS:
        if all(sample.part != part.lower() for sample in samples):
            return f"no pictures in its folder {part}"
    trained = {sample.target for sample in samples if sample.part == "train"}
    empty = [name for index, name in enumerate(layout.classes) if index not in trained]
    if empty and layout.kind == "class_folders":
        return f"no training pictures of class {', '.join(empty)}"
    return ""


def _excess(samples: list[Sample], layout: Layout) -> str:
    bytes_a_pixel = layout.channels + (layout.kind == "image_mask_pairs")
    needed = len(samples) * layout.size[0] * layout.size[1] * bytes_a_pixel
    if needed <= archives.MAX_TOTAL_BYTES:
        return ""
    return f"its pictures take {needed} bytes, more than the allowed {archives.MAX_TOTAL_BYTES}"


def _decode(
    opened: ZipFile, samples: list[Sample], layout: Layout
) -> tuple[np.ndarray, np.ndarray, list[str], list[str]]:
    """Give the pixels, the targets, the digests of the pixels, and the offences."""
    shape = layout.size if layout.channels == 1 else (*layout.size, layout.channels)
    pixels = np.zeros((len(samples), *shape), np.uint8)
    masked = layout.kind == "image_mask_pairs"
    targets = np.zeros((len(samples), *(layout.size if masked else ())), "u1" if masked else "i8")
    # The shape is hashed too, or a picture would equal all its reshapings.
    seed = hashlib.sha256("x".join(map(str, shape)).encode() + b":")
    digests, offences = [], []
    for row, sample in enumerate(samples):
        try:
            pixels[row] = decode_png(
                archives.read_entry(opened, sample.picture), layout.size, layout.channels
            )
        except EntryError as reason:
            offences.append(offence(sample.picture, reason))
        digest = seed.copy()
        digest.update(pixels[row])
        digests.append(digest.hexdigest())
        if isinstance(sample.target, int):
            targets[row] = sample.target
            continue
        try:
            targets[row] = _mask(archives.read_entry(opened, sample.target), layout.size)
        except EntryError as reason:
            offences.append(offence(sample.target, reason))
    return pixels, targets, digests, offences


def _mask(data: bytes, size: tuple[int, int]) -> np.ndarray:
    grey = decode_png(data, size, 1)
    others = np.setdiff1d(grey, (0, 255))
    if others.size:
        raise EntryError(f"a label may hold 0 and 255 only, not {others[0]}")
    return grey // 255


def decode_png(data: bytes, size: tuple[int, int], channels: int) -> np.ndarray:
    """Decode a PNG of ``size`` (height, width) to uint8 (H, W), or (H, W, 3) for three channels.

    Raises:
        EntryError: It is not a whole PNG of that size, grey of 1 to 8 bits or RGB of 8 bits.
    """
    header, *rows, end = archives.png_chunks(data)
    width, height, depth, colour = struct.unpack_from(">IIBB", header, 8)
    if (height, width) != tuple(size):
        raise EntryError(f"{height}x{width} pixels (height x width), not {size[0]}x{size[1]}")
    if colour != (0 if channels == 1 else 2) or depth not in ((1, 2, 4, 8) if not colour else (8,)):
        found = f"{depth}-bit {_COLOURS.get(colour, 'unknown colours')}"
        raise EntryError(f"{found}, not 8-bit {_COLOURS[0 if channels == 1 else 2]}")
    packed = b"".join(chunk[8:-4] for chunk in rows)
    _check_rows(packed, height * (1 + -(-width * channels * depth // 8)))
    try:
        file = io.BytesIO(b"".join((archives.PNG_START, header, *rows, end)))
        with Image.open(file, formats=["PNG"]) as image:
            decoded = (image.convert("L") if image.mode == "1" else image).tobytes()
    except (OSError, SyntaxError, ValueError) as error:
        raise EntryError("a damaged PNG") from error
    return np.frombuffer(decoded, np.uint8).reshape(size if channels == 1 else (*size, channels))


def _check_rows(rows: bytes, expected: int) -> None:
    """Refuse packed ``rows`` that end early: Pillow silently leaves the rest black.

    ``expected`` counts bytes. An interlaced PNG has a few more, so that of such a one the last
    rows may be missing unnoticed.
    """
    try:
        found = len(zlib.decompressobj().decompress(rows, expected))
    except zlib.error as error:
        raise EntryError("a damaged PNG") from error
    if found < expected:
        raise EntryError("a PNG that is cut off: rows are missing")
