"""From an archive of PNG pictures to arrays, in an order that does not depend on the archive's."""

import hashlib
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import numpy as np
import pandas as pd

from dlia.data import archives
from dlia.data.archives import REPLACE, EntryError, offence, printable
from dlia.data.class_shares import IGNORED
from dlia.data.layouts import LayoutModule, Sample, find_layout
from dlia.data.pictures import decode_mask, decode_png
from dlia.errors import UserError
from dlia.runtime.files import write_csv, write_npy

_PARTS = ("Train", "Test")


@dataclass(frozen=True)
class Layout:
    """How the pictures lie in an archive; ``size`` is the height and width of each, in pixels."""

    kind: str
    size: tuple[int, int]
    channels: int
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.channels not in (1, 3) or min(self.size) < 1:
            raise ValueError(f"no such pictures: {self}")
        if find_layout(self.kind).MASKED and len(self.classes) > IGNORED:
            raise ValueError(f"a byte of a mask cannot hold {len(self.classes)} classes")

    @property
    def module(self) -> LayoutModule:
        """What knows the paths."""
        return find_layout(self.kind)


def unpack(archive: Path, layout: Layout, *, images: Path, targets: Path, ids: Path) -> None:
    """Decode the pictures of ``archive`` into arrays, one row a picture, sorted by id.

    ``images`` takes uint8 (N, H, W) or (N, H, W, 3), ``targets`` int64 (N,) of class indices or
    uint8 (N, H, W) of class indices and ``IGNORED``, ``ids`` the columns id, part, group, file and
    sha256 of the pixels.

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
    rows = [(each.id, each.part, each.group, each.picture.filename) for each in samples]
    table = pd.DataFrame(rows, columns=["id", "part", "group", "file"]).assign(sha256=digests)
    write_npy(images, pixels)
    write_npy(targets, truth)
    write_csv(ids, table)


def arrange(entries: list[ZipInfo], layout: Layout) -> tuple[list[Sample], list[str]]:
    """Give the samples that ``entries`` form, sorted by id, and the offences of all others."""
    located, misplaced = _locate(entries, layout)
    samples, incomplete = layout.module.arrange(located, layout.classes)
    return samples, misplaced + incomplete


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
            first = printable(located[key].filename)
            offences.append(offence(info, f"falls on the same picture as {first}"))
        else:
            located[key] = info
    return located, offences


def _place(name: str, layout: Layout) -> tuple[str, str]:
    """Split ``name`` into its top folder, in lower case, and its canonical path below it."""
    found = layout.module.PATTERN.fullmatch(name)
    if found is None:
        raise EntryError(f"not expected there; only {layout.module.FORM}, and Test likewise")
    top, part = name[: found.start("part")].lower(), found["part"].capitalize()
    # Systems differ in how they store letters with accents, and in whether case tells files apart.
    stem = unicodedata.normalize("NFC", found["stem"]).lower()
    return top, f"{part}/{layout.module.place(found, stem, layout.classes)}"


def _gap(samples: list[Sample], layout: Layout) -> str:
    if not samples:
        return f"no pictures in it; expected are {layout.module.FORM}, and Test likewise"
    for part in _PARTS:
        if all(sample.part != part.lower() for sample in samples):
            return f"no pictures in its folder {part}"
    trained = {sample.target for sample in samples if sample.part == "train"}
    empty = [name for index, name in enumerate(layout.classes) if index not in trained]
    if empty and not layout.module.MASKED:
        return f"no training pictures of class {', '.join(empty)}"
    return ""


def _excess(samples: list[Sample], layout: Layout) -> str:
    bytes_a_pixel = layout.channels + layout.module.MASKED
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
    masked = layout.module.MASKED
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
            targets[row] = decode_mask(
                archives.read_entry(opened, sample.target), layout.size, len(layout.classes)
            )
        except EntryError as reason:
            offences.append(offence(sample.target, reason))
    return pixels, targets, digests, offences
