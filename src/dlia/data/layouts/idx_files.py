"""Images and labels in tables of bytes, four files in the IDX format of MNIST, packed or not.

train-images-idx3-ubyte has all training images, train-labels-idx1-ubyte their classes, as numbers;
the names of the test files begin with t10k. Each may end in .gz.
"""

import gzip
import math
import re
import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple
from zipfile import ZipInfo

import numpy as np

from dlia.data.archives import MAX_ENTRY_BYTES, MAX_RATIO
from dlia.data.layouts import Drawing, EntryPlace, Sample
from dlia.data.offences import NOT_EXPECTED, EntryError, Offence, offence

FORM = "train-images-idx3-ubyte, train-labels-idx1-ubyte and the same of t10k, or .gz of them"
FOLDERS = {"train": "train-images-idx3-ubyte", "test": "t10k-images-idx3-ubyte"}
MASKED = False
_NAME = re.compile(
    r"(?:(?P<top>.*)/)?(?P<part>train|t10k)-(?P<role>images|labels)[-.]idx(?P<rank>[13])-ubyte"
    r"(?P<packed>\.gz)?",
    re.I | re.A,
)
_PARTS = {"train": "Train", "t10k": "Test"}
_RANKS = {"images": "3", "labels": "1"}
_GZIP = 16 + zlib.MAX_WBITS  # a gzip header and its checksum, for zlib
# Ids are numbered as in folders of images, whose order they must have as text.
_DIGITS = 4


class _Table(NamedTuple):
    entry: ZipInfo
    values: np.ndarray


def place(name: str, classes: tuple[str, ...]) -> EntryPlace:
    """Give <Part>/images or <Part>/labels, with .gz if it is packed.

    Raises:
        EntryError: It is none of the four files.
    """
    found = _NAME.fullmatch(name)
    if found is None or found["rank"] != _RANKS[found["role"].lower()]:
        raise EntryError(f"{NOT_EXPECTED}; only {FORM}")
    key = f"{_PARTS[found['part'].lower()]}/{found['role'].lower()}{found['packed'] or ''}"
    return EntryPlace((found["top"] or "").lower(), key.replace(".GZ", ".gz"))


def arrange(
    located: dict[str, ZipInfo], classes: tuple[str, ...], read: Callable[[ZipInfo], bytes]
) -> tuple[list[Sample], list[Offence]]:
    """Give the samples, numbered within their class, sorted by id, and the offences of files.

    Args:
        located: Entries by their paths, as ``place`` gives them.
        classes: Their names; labels are their numbers.
        read: Reads an entry.
    """
    samples: list[Sample] = []
    offences: list[Offence] = []
    for part in _PARTS.values():
        tables = {}
        for role in _RANKS:
            try:
                if found := _one_of(located, f"{part}/{role}", read):
                    tables[role] = found
            except _BadEntryError as fault:
                offences.append(offence(fault.entry, fault.reason))
        if len(tables) < len(_RANKS):
            continue
        images, labels = tables["images"], tables["labels"]
        if (count := len(images.values)) != len(labels.values):
            text = f"has {len(labels.values)} labels for {count} images"
            offences.append(offence(labels.entry, text))
            continue
        strange = sorted({*labels.values.tolist()} - {*range(len(classes))})
        if strange:
            text = f"has the label {strange[0]}; the classes have the numbers 0 to"
            offences.append(offence(labels.entry, f"{text} {len(classes) - 1}"))
            continue
        seen: Counter[int] = Counter()
        for row, label in enumerate(labels.values.tolist()):
            id_ = f"{part}/{classes[label]}/{seen[label]:0{_DIGITS}d}"
            seen[label] += 1
            samples.append(Sample(id_, part.lower(), images.entry, label, row=row))
    return sorted(samples, key=lambda sample: sample.id), offences


def images_in(data: bytes) -> np.ndarray:
    """Decode a file of images to uint8 (N, H, W); raises EntryError if it is damaged."""
    return _decoded(data, 3)


def count(entries: Iterable[ZipInfo], read: Callable[[ZipInfo], bytes]) -> int:
    """Count the images of all files, by their headers; damaged files count as none."""
    total = 0
    for entry in entries:
        found = _NAME.fullmatch(entry.filename)
        if found and found["role"].lower() == "labels":
            try:
                total += len(_decoded(read(entry), 1))
            except EntryError:
                continue
    return total


def pack(part: str, drawings: Iterable[Drawing], classes: list[str]) -> Iterator[tuple[str, bytes]]:
    """Give the files of a part of a stand-in."""
    drawn = list(drawings)
    stem = next(short for short, name in _PARTS.items() if name == part)
    tables = {"images": np.stack([d.pixels for d in drawn]), "labels": [d.label for d in drawn]}
    for role, values in tables.items():
        content = packed(np.asarray(values, np.uint8))
        yield f"{stem}-{role}-idx{_RANKS[role]}-ubyte.gz", gzip.compress(content, mtime=0)


def packed(values: np.ndarray) -> bytes:
    """Encode numbers of one byte as an IDX file."""
    shape = struct.pack(f">{values.ndim}I", *values.shape)
    return bytes((0, 0, 8, values.ndim)) + shape + values.astype(np.uint8).tobytes()


class _BadEntryError(Exception):
    def __init__(self, entry: ZipInfo, reason: EntryError) -> None:
        super().__init__(str(reason))
        self.entry, self.reason = entry, reason


def _one_of(
    located: dict[str, ZipInfo], key: str, read: Callable[[ZipInfo], bytes]
) -> _Table | None:
    """Read a file, or the packed one, or both if they agree: torchvision leaves both."""
    rank = int(_RANKS[key.rpartition("/")[2]])
    found = []
    for entry in (located.get(key), located.get(f"{key}.gz")):
        if entry is not None:
            try:
                found.append(_Table(entry, _decoded(read(entry), rank)))
            except EntryError as reason:
                raise _BadEntryError(entry, reason) from None
    if len(found) == 2 and not np.array_equal(found[0].values, found[1].values):
        text = f"differs from {found[0].entry.filename}: remove one of them"
        raise _BadEntryError(found[1].entry, EntryError(text))
    return found[0] if found else None


def _decoded(data: bytes, rank: int) -> np.ndarray:
    """Decode an IDX file of bytes with ``rank`` dimensions.

    Raises:
        EntryError: It is another file, or damaged, or too large.
    """
    if data.startswith(b"\x1f\x8b"):
        data = _unpacked(data)
    start = 4 * (1 + rank)
    if data[:4] != bytes((0, 0, 8, rank)) or len(data) < start:
        raise EntryError(f"is no IDX file of bytes with {rank} dimensions")
    shape = struct.unpack(f">{rank}I", data[4:start])
    expected = start + math.prod(shape)
    if len(data) != expected:
        raise EntryError(f"has {len(data)} bytes, but its header announces {expected}")
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def _unpacked(data: bytes) -> bytes:
    """Unpack a gzip file within the bounds of an entry."""
    unpacker = zlib.decompressobj(_GZIP)
    try:
        content = unpacker.decompress(data, MAX_ENTRY_BYTES + 1)
    except zlib.error as error:
        raise EntryError("a damaged gzip file") from error
    if len(content) > min(MAX_ENTRY_BYTES, MAX_RATIO * len(data) + 2**20):
        raise EntryError(f"unpacks to more than {MAX_ENTRY_BYTES} bytes or {MAX_RATIO} times")
    if not unpacker.eof or unpacker.unused_data:
        raise EntryError("a gzip file that is cut off, or has more after its end")
    return content
