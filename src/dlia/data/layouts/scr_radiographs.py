"""The radiographs of JSRT with the masks of SCR, as both were released.

An .IMG file has 2048 x 2048 numbers of 12 bits, as big-endian words without a header, and is dark
where film is bright (http://db.jsrt.or.jp/eng.php). A mask is a GIF of 1024 x 1024 pixels for each
organ (B. van Ginneken et al., 2006).
"""

import io
import math
import re
from collections.abc import Callable, Iterable, Iterator
from zipfile import ZipInfo

import numpy as np
from PIL import Image

from dlia.data.layouts import Drawing, EntryPlace, Sample
from dlia.data.offences import NOT_EXPECTED, EntryError, Offence, offence
from dlia.data.plain_formats import decode_plain_mask

FORM = "<name>.IMG, fold1/masks/left lung/<name>.gif and right lung, and fold2 likewise"
FOLDERS = {"train": "fold1", "test": "fold2"}
MASKED = True
_BRIGHTEST = 4095
_LUNGS = ("left lung", "right lung")
_NAME = r"(?P<name>[^/]+)"
_IMAGE = re.compile(rf"(?:.*/)?{_NAME}\.img", re.I)
_MASK = re.compile(rf"(?:.*/)?fold(?P<fold>[12])/masks/(?P<organ>[^/]+)/{_NAME}\.gif", re.I)
_BESIDE = re.compile(r".*\.(?:pfs|txt|doc|xls|csv|jpg|htm|html|pdf)", re.I)
_PARTS = {"1": "Train", "2": "Test"}


def place(name: str, classes: tuple[str, ...]) -> EntryPlace | None:
    """Give Image/<name> or <organ>/<fold>/<name>, or None for what is not used.

    Raises:
        EntryError: It is no file of the releases.
    """
    if found := _IMAGE.fullmatch(name):
        return EntryPlace("", f"Image/{found['name'].upper()}")
    if found := _MASK.fullmatch(name):
        organ = found["organ"].lower().replace("_", " ")
        path = f"{organ}/{found['fold']}/{found['name'].upper()}"
        return EntryPlace("", path) if organ in _LUNGS else None
    if _BESIDE.fullmatch(name):
        return None
    raise EntryError(f"{NOT_EXPECTED}; only {FORM}")


def arrange(
    located: dict[str, ZipInfo], classes: tuple[str, ...], read: Callable[[ZipInfo], bytes]
) -> tuple[list[Sample], list[Offence]]:
    """Give the samples, sorted by id, and the offences of images and masks without the other.

    Args:
        located: Entries by their paths, as ``place`` gives them.
        classes: Not needed here.
        read: Not needed here.
    """
    samples: list[Sample] = []
    offences: list[Offence] = []
    images = {key.split("/")[1]: i for key, i in located.items() if key.startswith("Image/")}
    for name, info in images.items():
        folds = [f for f in _PARTS if all(f"{lung}/{f}/{name}" in located for lung in _LUNGS)]
        if len(folds) != 1:
            text = f"has the masks of both lungs in {len(folds)} folds of SCR, not in one"
            offences.append(offence(info, text))
            continue
        part = _PARTS[folds[0]]
        left, right = (located[f"{lung}/{folds[0]}/{name}"] for lung in _LUNGS)
        samples.append(Sample(f"{part}/{name}", part.lower(), info, left, more=(right,)))
    offences += [
        offence(info, "has no radiograph (.IMG)")
        for key, info in located.items()
        if key.rpartition("/")[2] not in images
    ]
    return sorted(samples, key=lambda sample: sample.id), offences


def prepared(
    sample: Sample, read: Callable[[ZipInfo], bytes], size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return a radiograph and the mask of both lungs, (H, W) each, uint8.

    Raises:
        EntryError: A file is damaged, or its sides are no multiples of those of ``size``.
    """
    data = read(sample.picture)
    side = math.isqrt(len(data) // 2)
    if side == 0 or 2 * side**2 != len(data):
        raise EntryError(f"has {len(data)} bytes, which are no square of 16-bit numbers")
    numbers = np.frombuffer(data, ">u2").reshape(side, side)
    if int(numbers.max()) > _BRIGHTEST:
        raise EntryError(f"has numbers above {_BRIGHTEST}, which are no 12-bit numbers")
    bright = _means(_BRIGHTEST - numbers.astype(np.float64), size)
    pixels = np.rint(bright * (255 / _BRIGHTEST)).astype(np.uint8)
    assert isinstance(sample.target, ZipInfo)
    masks = [decode_plain_mask(e, read) > 0 for e in (sample.target, *sample.more)]
    if masks[0].shape != masks[1].shape:
        raise EntryError("the masks of its lungs have different sizes")
    lungs = _means(np.logical_or(*masks).astype(np.float64), size) >= 0.5
    return pixels, lungs.astype(np.uint8)


def _means(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return the mean of each block, of as many blocks as ``size`` says."""
    (height, width), (rows, columns) = values.shape, size
    if height % rows or width % columns:
        raise EntryError(f"{height}x{width} pixels, which are no multiple of {rows}x{columns}")
    blocks = values.reshape(rows, height // rows, columns, width // columns)
    return np.asarray(blocks.mean(axis=(1, 3)))


def pack(
    part: str, drawings: Iterable[Drawing], classes: list[str]
) -> Iterator[tuple[str, np.ndarray | str | bytes]]:
    """Give the files of a part of a stand-in: its objects lie in the left or the right lung."""
    fold = 1 if part == "Train" else 2
    for each in drawings:
        assert each.mask is not None
        name = f"JPC{part[:2].upper()}{each.index:03d}"
        numbers = _BRIGHTEST - np.rint(each.pixels * (_BRIGHTEST / 255))
        yield f"JSRT/{name}.IMG", numbers.astype(">u2").tobytes()
        middle = each.mask.shape[1] // 2
        for lung, columns in zip(_LUNGS, (slice(None, middle), slice(middle, None)), strict=True):
            half = np.zeros_like(each.mask)
            half[:, columns] = each.mask[:, columns]
            buffer = io.BytesIO()
            Image.fromarray(half).save(buffer, "GIF")
            yield f"SCR/fold{fold}/masks/{lung}/{name}.gif", buffer.getvalue()
