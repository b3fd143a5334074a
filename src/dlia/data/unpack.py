"""From an archive of pictures to arrays, in an order that does not depend on the archive's."""

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import Any, cast
from zipfile import ZipInfo

import numpy as np
import pandas as pd

from dlia.data import archives
from dlia.data.archives import Archive
from dlia.data.boxes import Annotated
from dlia.data.class_shares import IGNORED, present_classes
from dlia.data.layouts import (
    EntryPlace,
    LayoutModule,
    Preparing,
    Sample,
    SeveralInAnEntry,
    find_layout,
)
from dlia.data.layouts.boxed import BoxedLayout
from dlia.data.misplaced import advice_on_misplaced
from dlia.data.offences import REPLACE, EntryError, Offence, offence, printable, unusable
from dlia.data.pictures import (
    check_proportions,
    check_size,
    decode_mask,
    decode_picture,
    size_of,
)
from dlia.data.test_share import with_test_part
from dlia.errors import UserError
from dlia.runtime.files import write_csv, write_npy
from dlia.study.layout_volumes import VOLUMES, NiftiVolumes

# Of all pictures together; compressed ones unpack to much more than an archive.
MAX_DECODED_BYTES = 8 * 2**30
_PARTS = ("Train", "Test")
_OTHER_PATHS = (
    "data.layout in the study states other paths: correct it, or use the archive that it describes."
)


@dataclass(frozen=True)
class Layout:
    """How the pictures lie in an archive.

    Attributes:
        kind: The name of the layout.
        size: Height and width of each picture, in pixels.
        channels: 1 or 3.
        classes: Their names.
        options: The study's ``layout`` block, if the layout has settings.
    """

    kind: str
    size: tuple[int, int]
    channels: int
    classes: tuple[str, ...]
    options: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.channels not in (1, 3) or min(self.size) < 1:
            raise ValueError(f"no such pictures: {self}")
        if self.module.MASKED and len(self.classes) > IGNORED:
            raise ValueError(f"a byte of a mask cannot hold {len(self.classes)} classes")

    @classmethod
    def of(cls, plain: dict[str, Any]) -> "Layout":
        """Make a layout of the plain values that ``Plan.layout`` gives."""
        height, width = plain["size"]
        classes = tuple(plain["classes"])
        options = plain.get("options")
        return cls(plain["kind"], (height, width), plain["channels"], classes, options)

    @cached_property
    def module(self) -> LayoutModule:
        """What knows the paths."""
        return find_layout(self.kind, self.options)

    @property
    def boxed(self) -> bool:
        """Whether pictures come with boxes."""
        return isinstance(self.module, BoxedLayout)


def unpack(
    archive: Path,
    layout: Layout,
    files: Sequence[str] = (),
    *,
    images: Path,
    targets: Path,
    ids: Path,
) -> list[str]:
    """Write what ``decode`` gives to the files ``images``, ``targets`` and ``ids``.

    Returns:
        The boxes that are left out, in words.

    Raises:
        UserError: The archive is missing, incomplete or hostile; nothing has been written.
    """
    pixels, truth, table = decode(archive, layout, files)
    write_npy(images, pixels)
    write_npy(targets, truth)
    write_csv(ids, table)
    if not layout.boxed:
        return []
    said = zip(table["file"].astype(str), table["left_out"].astype(str), strict=True)
    return [f"{file}: {box}" for file, boxes in said for box in boxes.split("; ") if box]


def decode(
    archive: Path, layout: Layout, files: Sequence[str] = ()
) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Decode the pictures of ``archive`` into arrays, one row a picture, sorted by id.

    Photographs with boxes are fitted into a frame of the layout's size; others must have it.

    Args:
        archive: A zip archive, or the folder that unpacking it has made.
        layout: How the pictures lie in it.
        files: The names of the only files in the folder that count; without any, all do.

    Returns:
        uint8 images (N, H, W) or (N, H, W, 3), of volumes int16 slices (N, H, W); int64 class
        indices (N,), or uint8 masks (N, H, W) of class indices and ``IGNORED``, or boxes of type
        ``BOXES``; a table with the columns id, part, group, file, and sha256 of the pixels; of
        volumes also voxel_mm, with boxes difference_hash, and left_out, the boxes that are
        not used, each with the reason.

    Raises:
        UserError: The archive is missing, incomplete or hostile.
    """
    with archives.open_archive(archive, files) as opened:
        entries, refused = archives.checked_entries(opened)
        samples, misplaced = arrange(entries, layout, partial(archives.read_entry, opened))
        offences = refused + misplaced
        # What was refused explains what is missing.
        fault = _excess(len(samples), layout) or ("" if offences else _gap(samples, layout))
        if fault:
            raise UserError(f"{archive}: {fault}\n{REPLACE}")
        read = _slices if layout.kind == VOLUMES else _boxed if layout.boxed else _decode
        pixels, truth, table, damaged = read(opened, samples, layout)
    if offences or damaged:
        raise unusable(archive, offences + damaged)
    if layout.module.MASKED and (fault := _unseen(truth, table["part"], layout)):
        raise UserError(f"{archive}: {fault}\n{REPLACE}")
    return pixels, truth, table


def arrange(
    entries: list[ZipInfo], layout: Layout, read: Callable[[ZipInfo], bytes]
) -> tuple[list[Sample], list[Offence]]:
    """Give the samples that ``entries`` form, sorted by id, and the offences of all others.

    Args:
        entries: The files of an archive.
        layout: How they lie in it.
        read: Reads one of them.
    """
    located, misplaced = _locate(entries, layout)
    samples, incomplete = layout.module.arrange(located, layout.classes, read)
    share = (layout.options or {}).get("test_share")
    known = {*(_PARTS[:1] if share else _PARTS)}
    if layout.kind == VOLUMES and located:
        known = set()
    if misplaced and not {key.split("/")[0] for key in located}.issuperset(known):
        names = [each.name for each in misplaced]
        advice = _OTHER_PATHS if layout.options else advice_on_misplaced(names, layout.classes)
        misplaced = [replace(each, advice=advice) for each in misplaced]
    if share and samples:
        samples = with_test_part(samples, share)
    return samples, misplaced + incomplete


def _locate(entries: list[ZipInfo], layout: Layout) -> tuple[dict[str, ZipInfo], list[Offence]]:
    """Give the entries by their canonical path below the top folder, and the offences."""
    placed: list[tuple[EntryPlace, ZipInfo]] = []
    offences: list[Offence] = []
    for info in entries:
        try:
            if place := layout.module.place(info.filename, layout.classes):
                placed.append((place, info))
        except EntryError as reason:
            offences.append(offence(info, reason))
    tops = Counter(place.top for place, _ in placed)
    home = min(tops, key=lambda top: (-tops[top], top), default="")
    located: dict[str, ZipInfo] = {}
    for (top, key), info in placed:
        if top != home:
            offences.append(offence(info, "beside the folder that holds the other pictures"))
        elif key in located:
            first = printable(located[key].filename)
            cause = "falls on the same picture as another"
            offences.append(
                offence(info, EntryError(f"falls on the same picture as {first}", cause))
            )
        else:
            located[key] = info
    return located, offences


def _gap(samples: list[Sample], layout: Layout) -> str:
    if not samples:
        return f"no pictures in it; expected are {layout.module.FORM}"
    for part, folder in layout.module.FOLDERS.items():
        if all(sample.part != part for sample in samples):
            return f"no pictures in its folder {folder}"
    if layout.module.MASKED:
        return ""
    for part, folder in layout.module.FOLDERS.items():
        shown = {label for each in samples if each.part == part for label in _labels(each)}
        if layout.boxed and part != "train":
            if not shown:
                return f"no boxes in its folder {folder}"
            continue  # an average precision is over the classes that are there
        empty = [name for index, name in enumerate(layout.classes) if index not in shown]
        if empty:
            return f"no pictures of class {', '.join(empty)} in its folder {folder}"
    return ""


def _labels(sample: Sample) -> list[int]:
    if isinstance(sample.target, Annotated):
        return [box.label for box in sample.target.boxes]
    return [sample.target] if isinstance(sample.target, int) else []


def _unseen(masks: np.ndarray, parts: pd.Series, layout: Layout) -> str:
    """Name the classes that no mask of a part shows, if there are any."""
    for part, folder in layout.module.FOLDERS.items():
        shown = present_classes(masks[np.flatnonzero(parts == part)])
        empty = [name for index, name in enumerate(layout.classes) if index not in shown]
        if empty:
            alike = len(layout.classes) == 2 and f": all are {'black' if 0 in shown else 'white'}"
            return f"no mask in its folder {folder} shows class {', '.join(empty)}{alike or ''}"
    return ""


def decoded_bytes(pictures: int, layout: Layout) -> int:
    """Give how much memory the pixels of so many pictures take, masks included."""
    bytes_a_pixel = layout.channels + layout.module.MASKED
    return pictures * layout.size[0] * layout.size[1] * bytes_a_pixel


def _excess(pictures: int, layout: Layout) -> str:
    if layout.kind == VOLUMES:  # their own headers say how many slices they have
        return ""
    needed = decoded_bytes(pictures, layout)
    if needed <= MAX_DECODED_BYTES:
        return ""
    return f"its pictures take {needed} bytes, more than the allowed {MAX_DECODED_BYTES}"


def _decode(
    opened: Archive, samples: list[Sample], layout: Layout
) -> tuple[np.ndarray, np.ndarray, pd.DataFrame, list[Offence]]:
    """Give the pixels, the targets, the table of the images, and the offences."""
    shape = layout.size if layout.channels == 1 else (*layout.size, layout.channels)
    pixels = np.zeros((len(samples), *shape), np.uint8)
    masked = layout.module.MASKED
    targets = np.zeros((len(samples), *(layout.size if masked else ())), "u1" if masked else "i8")
    # The shape is hashed too, or a picture would equal all its reshapings.
    seed = hashlib.sha256("x".join(map(str, shape)).encode() + b":")
    digests: list[str] = []
    offences: list[Offence] = []
    picture_of, options = _pictures(opened, layout), layout.options or {}
    read = partial(archives.read_entry, opened)
    preparing = cast("Preparing", layout.module) if hasattr(layout.module, "prepared") else None
    for row, sample in enumerate(samples):
        try:
            if preparing:
                pixels[row], targets[row] = preparing.prepared(sample, read, layout.size)
            else:
                pixels[row] = picture_of(sample)
        except EntryError as reason:
            offences.append(offence(sample.picture, reason))
        digest = seed.copy()
        digest.update(pixels[row])
        digests.append(digest.hexdigest())
        if preparing:
            continue
        if not isinstance(sample.target, ZipInfo):
            targets[row] = sample.target
            continue
        try:
            mask = read(sample.target)
            if options.get("resize"):
                check_proportions(size_of(mask), size_of(read(sample.picture)))
            targets[row] = decode_mask(
                mask,
                layout.size,
                len(layout.classes),
                options.get("mask"),
                bool(options.get("resize")),
            )
        except EntryError as reason:
            offences.append(offence(sample.target, reason))
    rows = [(each.id, each.part, each.group, each.file) for each in samples]
    table = pd.DataFrame(rows, columns=["id", "part", "group", "file"]).assign(sha256=digests)
    return pixels, targets, table, offences


def _boxed(
    opened: Archive, samples: list[Sample], layout: Layout
) -> tuple[np.ndarray, np.ndarray, pd.DataFrame, list[Offence]]:
    """Give what ``_decode`` gives, of photographs with boxes."""
    photographs = import_module("dlia.data.photographs")
    found = photographs.decode_photographs(
        opened, samples, layout.size, layout.channels, list(layout.classes)
    )
    return found.images, found.boxes, found.table, found.offences


def _slices(
    opened: Archive, samples: list[Sample], layout: Layout
) -> tuple[np.ndarray, np.ndarray, pd.DataFrame, list[Offence]]:
    """Give what ``_decode`` gives, of volumes: a row a slice."""
    # Imported by name, so that an edit to it unpacks no other archive anew.
    volumes = import_module("dlia.data.volumes")
    options = NiftiVolumes.model_validate(layout.options)
    found, offences = volumes.decode_volumes(opened, samples, options, layout.size)
    return found.images, found.masks, found.table, offences


def _pictures(opened: Archive, layout: Layout) -> Callable[[Sample], np.ndarray]:
    """Return what decodes the picture of a sample; an entry with several is decoded once."""
    kept: dict[str, np.ndarray | EntryError] = {}
    resize = (layout.options or {}).get("resize")

    def picture_of(sample: Sample) -> np.ndarray:
        if sample.row is None:
            data = archives.read_entry(opened, sample.picture)
            # The course's own layouts have grey images as PNG files alone.
            stated = layout.options is not None
            return decode_picture(data, layout.size, layout.channels, resize, grey_jpeg=stated)
        name = sample.picture.filename
        if name not in kept:
            kept[name] = decoded(sample)
        found = kept[name]
        if isinstance(found, EntryError):
            raise found
        return found[sample.row]

    def decoded(sample: Sample) -> np.ndarray | EntryError:
        module = cast("SeveralInAnEntry", layout.module)
        try:
            found = module.images_in(archives.read_entry(opened, sample.picture))
            check_size(found.shape[1:3], layout.size)
        except EntryError as reason:
            return reason
        return found

    return picture_of
