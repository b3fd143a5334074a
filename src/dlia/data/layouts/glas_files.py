"""The images of the GlaS contest as they were released (Warwick QU Dataset, 2016_07_08).

Colours are unmixed as by ``separate_stains`` of scikit-image, with its matrix ``rgb_from_hed``:
A. C. Ruifrok, D. A. Johnston: Quantification of histochemical staining by color deconvolution.
Analytical and Quantitative Cytology and Histology 23 (2001), 291-299.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator
from zipfile import ZipInfo

import numpy as np
from PIL import Image

from dlia.data.layouts import Drawing, EntryPlace, Sample
from dlia.data.offences import NOT_EXPECTED, EntryError, Offence, offence
from dlia.data.plain_formats import decode_plain, decode_plain_mask, resized

FORM = "train_<number>.bmp with train_<number>_anno.bmp, and testA likewise"
FOLDERS = {"train": "(train_*.bmp)", "test": "(testA_*.bmp)"}
MASKED = True
# The optical densities of red, green and blue for haematoxylin, eosin and DAB.
_DENSITIES = np.array([[0.65, 0.70, 0.29], [0.07, 0.99, 0.11], [0.27, 0.57, 0.78]])
_STAINS = 2  # haematoxylin and eosin
_TOP = r"(?P<top>(?:.*/)?)"
_IMAGE = re.compile(
    _TOP + r"(?P<part>train|testA|testB)_(?P<number>[0-9]+)(?P<mask>_anno)?\.bmp", re.I | re.A
)
_BESIDE = re.compile(_TOP + r"(?:Grade\.csv|.*\.(?:txt|pdf))", re.I | re.A)
_PARTS = {"train": "Train", "testa": "Test"}


def place(name: str, classes: tuple[str, ...]) -> EntryPlace | None:
    """Give <Part>/<image or mask>/<number>, or None for what is not used.

    Raises:
        EntryError: It is no file of the release.
    """
    if found := _IMAGE.fullmatch(name):
        part = _PARTS.get(found["part"].lower())
        if part is None:
            return None
        role = "mask" if found["mask"] else "image"
        return EntryPlace(found["top"].lower(), f"{part}/{role}/{int(found['number']):02d}")
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
    for key, info in sorted(located.items()):
        part, role, number = key.split("/")
        other = located.get(f"{part}/{'mask' if role == 'image' else 'image'}/{number}")
        if other is None:
            offences.append(offence(info, "has no image or no mask (_anno.bmp) beside it"))
        elif role == "image":
            samples.append(Sample(f"{part}/{number}", part.lower(), info, other))
    return samples, offences


def prepared(
    sample: Sample, read: Callable[[ZipInfo], bytes], size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return an image (H, W, 3) of two stains and nothing, and its mask (H, W), both uint8.

    Raises:
        EntryError: One of them is damaged, or they have different sizes.
    """
    assert isinstance(sample.target, ZipInfo)
    colours = decode_plain(read(sample.picture), 3, lambda _: None)
    glands = decode_plain_mask(sample.target, read)
    if colours.shape[:2] != glands.shape:
        raise EntryError("has another size than its mask")
    stains = unmixed(_square(colours))
    pixels = np.zeros((*size, 3), np.uint8)
    for channel in range(_STAINS):
        layer = Image.fromarray(stains[..., channel].astype(np.float32))
        layer = layer.resize((size[1], size[0]), Image.Resampling.BILINEAR)
        pixels[..., channel] = np.rint(255 * np.clip(np.asarray(layer), 0, 1))
    mask = (_square(glands) > 0).astype(np.uint8)
    return pixels, resized(mask, size, "nearest")


def unmixed(colours: np.ndarray) -> np.ndarray:
    """Return the amounts of haematoxylin and eosin, (H, W, 2), 0 or more, of uint8 (H, W, 3)."""
    densities = -np.log10(np.maximum(colours, 1) / 255)
    return np.maximum(densities @ np.linalg.inv(_DENSITIES), 0)[..., :_STAINS]


def _square(pixels: np.ndarray) -> np.ndarray:
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return pixels[top : top + side, left : left + side]


def pack(
    part: str, drawings: Iterable[Drawing], classes: list[str]
) -> Iterator[tuple[str, np.ndarray | str | bytes]]:
    """Give the files of a part of a stand-in."""
    stem = "train" if part == "Train" else "testA"
    for each in drawings:
        assert each.mask is not None
        yield f"{stem}_{each.index + 1}.bmp", _bmp(each.pixels)
        yield f"{stem}_{each.index + 1}_anno.bmp", _bmp(each.mask)


def _bmp(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "BMP")
    return buffer.getvalue()
