"""The original releases of CIFAR-10: batches of images in binary or pickled form, packed or not.

In the binary form, an image is a byte with its class and 3,072 bytes of its pixels, all red ones
first, then green and blue (https://www.cs.toronto.edu/~kriz/cifar.html).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from zipfile import ZipInfo

import numpy as np

from dlia.data.batch_pickles import read_batch
from dlia.data.layouts import Drawing, EntryPlace, Sample
from dlia.data.offences import NOT_EXPECTED, EntryError, Offence, offence
from dlia.study.layout_batches import CifarBatches

SIDE = 32
_IMAGE_BYTES = 3 * SIDE * SIDE
TEST = "test"
_PICKLE = b"\x80"
_TOP = r"(?:(?P<top>.*)/)?"
_BATCH = re.compile(_TOP + r"(?:data_batch_(?P<number>[1-5])|test_batch)(?:\.bin)?", re.I | re.A)
_BESIDE = re.compile(_TOP + r"(?:batches\.meta(?:\.txt)?|readme\.html)", re.I | re.A)


def layout_of(options: Mapping[str, object]) -> "Layout":
    """Make the layout of a study's ``layout`` block."""
    return Layout(CifarBatches.model_validate(dict(options)))


class Layout:
    """The layout of one study; see ``layouts.LayoutModule``.

    Args:
        options: The study's ``layout`` block.
    """

    MASKED = False
    FORM = "data_batch_1 to data_batch_5 and test_batch, with or without .bin, or their .tar.gz"

    def __init__(self, options: CifarBatches) -> None:
        self.batches = [str(number) for number in options.batches]
        self.FOLDERS = {"train": f"data_batch_{self.batches[0]}", "test": "test_batch"}

    def place(self, name: str, classes: tuple[str, ...]) -> EntryPlace | None:
        """Give Batch/<number or test>, or None for what is not needed.

        Raises:
            EntryError: It is none of the files of CIFAR-10.
        """
        if found := _BATCH.fullmatch(name):
            number = found["number"] or TEST
            needed = number in (*self.batches, TEST)
            return EntryPlace((found["top"] or "").lower(), f"Batch/{number}") if needed else None
        if _BESIDE.fullmatch(name):
            return None
        raise EntryError(f"{NOT_EXPECTED}; only {self.FORM}")

    def arrange(
        self,
        located: dict[str, ZipInfo],
        classes: tuple[str, ...],
        read: Callable[[ZipInfo], bytes],
    ) -> tuple[list[Sample], list[Offence]]:
        """Give the samples, called by class, batch and place, sorted by id, and the offences.

        Args:
            located: Entries by their paths, as ``place`` gives them.
            classes: Their names; labels are their numbers.
            read: Reads an entry.
        """
        samples: list[Sample] = []
        offences: list[Offence] = []
        seen: set[str] = set()
        for entry in located.values():
            number = _number_of(entry)
            try:
                pixels, labels = _batch(read(entry))
                _check(pixels, labels, len(classes))
            except EntryError as reason:
                offences.append(offence(entry, reason))
                continue
            seen.add(number)
            part = "test" if number == TEST else "train"
            for row, label in enumerate(labels):
                id_ = f"{part.capitalize()}/{classes[label]}/{number}_{row:05d}"
                samples.append(Sample(id_, part, entry, label, row=row))
        missing = [number for number in (*self.batches, TEST) if number not in seen]
        if located and missing and not offences:
            entry = next(iter(located.values()))
            text = f"not all batches are there; missing: {', '.join(missing)}"
            offences.append(offence(entry, EntryError(text)))
        return sorted(samples, key=lambda sample: sample.id), offences

    def images_in(self, data: bytes) -> np.ndarray:
        """Decode the images of an entry, (N, 32, 32, 3); raises EntryError if it is damaged."""
        pixels, _ = _batch(data)
        return pixels.reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1)

    def count(self, entries: Iterable[ZipInfo], read: Callable[[ZipInfo], bytes]) -> int:
        """Count the images of all entries by their sizes."""
        needed = (*self.batches, TEST)
        return sum(
            entry.file_size // (_IMAGE_BYTES + 1)
            for entry in entries
            if _BATCH.fullmatch(entry.filename) and _number_of(entry) in needed
        )

    def pack(
        self, part: str, drawings: Iterable[Drawing], classes: list[str]
    ) -> Iterator[tuple[str, bytes]]:
        """Give the binary batches of a part of a stand-in."""
        drawn = list(drawings)
        names = [TEST] if part == "Test" else self.batches
        for place, number in enumerate(names):
            own = drawn[place :: len(names)]
            pixels = [d.pixels.transpose(2, 0, 1).tobytes() for d in own]
            rows = [bytes([d.label]) + row for d, row in zip(own, pixels, strict=True)]
            yield (
                f"{'test_batch' if number == TEST else f'data_batch_{number}'}.bin",
                b"".join(rows),
            )


def _number_of(entry: ZipInfo) -> str:
    found = _BATCH.fullmatch(entry.filename)
    return (found and found["number"]) or TEST


def _batch(data: bytes) -> tuple[np.ndarray, list[int]]:
    """Decode a batch to pixels (n, 3072) and labels; its first byte tells its form."""
    if data.startswith(_PICKLE):
        return read_batch(data)
    if not data or len(data) % (_IMAGE_BYTES + 1):
        raise EntryError(
            f"is no batch of images: {len(data)} bytes, not {_IMAGE_BYTES + 1} an image"
        )
    rows = np.frombuffer(data, np.uint8).reshape(-1, _IMAGE_BYTES + 1)
    return rows[:, 1:], rows[:, 0].tolist()


def _check(pixels: np.ndarray, labels: list[int], classes: int) -> None:
    if pixels.ndim != 2 or pixels.shape[1] != _IMAGE_BYTES:
        raise EntryError(f"has images that are not of {_IMAGE_BYTES} bytes")
    if len(pixels) != len(labels):
        raise EntryError(f"has {len(labels)} labels for {len(pixels)} images")
    strange = sorted({*labels} - {*range(classes)})
    if strange:
        text = f"has the label {strange[0]}; the classes have the numbers 0 to {classes - 1}"
        raise EntryError(text)
