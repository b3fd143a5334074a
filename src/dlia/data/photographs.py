"""From the bytes of a photograph to pixels: JPEG or PNG of any size, letterboxed to one."""

import hashlib
import io
import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd
from PIL import Image

from dlia.data import archives
from dlia.data.archives import Archive
from dlia.data.boxes import Annotated, Box, clipped, flat
from dlia.data.layouts import Sample
from dlia.data.offences import EntryError, Offence, offence

MAX_PIXELS = 50_000_000
_ORIENTATION, _UPRIGHT = 274, (None, 1)
_MODES = {1: "L", 3: "RGB"}
# What the image leaves of its frame is the middle of the range, which no edge stands out from.
FRAME = 128
_HASH_SIDE = 8


class Photographs(NamedTuple):
    """Decoded photographs.

    Attributes:
        images: (N, H, W) or (N, H, W, 3), uint8.
        boxes: Of type ``BOXES``.
        table: Columns id, part, group, file, sha256 (of the pixels as they were decoded),
            difference_hash, and left_out, the boxes that are not used, each with the reason.
        offences: Why photographs cannot be used; without them in ``boxes`` and ``table``.
    """

    images: np.ndarray
    boxes: np.ndarray
    table: pd.DataFrame
    offences: list[Offence]


def decode_photographs(
    opened: Archive, samples: list[Sample], size: tuple[int, int], channels: int, classes: list[str]
) -> Photographs:
    """Decode photographs and bring their boxes to the same scale.

    Args:
        opened: The archive.
        samples: What to decode; their targets are ``Annotated``.
        size: Height and width of the frame that each photograph is fitted into.
        channels: 1 or 3.
        classes: Their names.
    """
    shape = size if channels == 1 else (*size, channels)
    pixels = np.full((len(samples), *shape), FRAME, np.uint8)
    boxes: list[tuple[Box, ...]] = []
    rows: list[dict[str, str]] = []
    offences: list[Offence] = []
    for row, sample in enumerate(samples):
        try:
            photograph = decode_photograph(archives.read_entry(opened, sample.picture), channels)
            assert isinstance(sample.target, Annotated)
            own_size = (photograph.height, photograph.width)
            inside, left_out = within(sample.target, own_size, classes)
            found = fit(photograph, size, pixels[row])
        except EntryError as reason:
            offences.append(offence(sample.picture, reason))
            continue
        boxes.append(tuple(box.scaled(found) for box in inside))
        shape_first = f"{photograph.height}x{photograph.width}x{channels}:".encode()
        rows.append(
            {
                "id": sample.id,
                "part": sample.part,
                "group": sample.group,
                "file": sample.picture.filename,
                "sha256": hashlib.sha256(shape_first + photograph.tobytes()).hexdigest(),
                "difference_hash": difference_hash(photograph),
                "left_out": "; ".join(left_out),
            }
        )
    return Photographs(pixels, flat(boxes), pd.DataFrame(rows), offences)


def decode_photograph(data: bytes, channels: int) -> Image.Image:
    """Decode a JPEG or PNG to grey or RGB; grey photographs become RGB where three are wanted.

    Raises:
        EntryError: It is neither, is damaged, has too many pixels or is to be turned when shown.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data), formats=["JPEG", "PNG"])
            if image.width * image.height > MAX_PIXELS:
                raise EntryError(f"has more than the {MAX_PIXELS} pixels that are allowed")
            turned = image.getexif().get(_ORIENTATION)
            image.load()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise EntryError(f"has more than the {MAX_PIXELS} pixels that are allowed") from None
    except Image.UnidentifiedImageError:
        raise EntryError("neither a JPEG nor a PNG") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise EntryError("a damaged photograph, or one that is cut off") from error
    if turned not in _UPRIGHT:
        raise EntryError(
            "is turned by its EXIF orientation, so that it is not clear how its boxes lie",
            advice="Save these photographs upright, and check that their boxes fit.",
        )
    if channels == 1 and image.mode not in ("L", "1"):
        raise EntryError("in colour, where grey photographs are expected")
    return image.convert(_MODES[channels])


def fit(photograph: Image.Image, size: tuple[int, int], frame: np.ndarray) -> float:
    """Fit a photograph into the upper left of ``frame``, as large as it can be undistorted.

    Returns:
        The factor of its lengths.
    """
    height, width = size
    scale = min(height / photograph.height, width / photograph.width)
    wide = min(width, max(1, round(photograph.width * scale)))
    high = min(height, max(1, round(photograph.height * scale)))
    frame[:high, :wide] = np.asarray(photograph.resize((wide, high), Image.Resampling.BILINEAR))
    return scale


def difference_hash(photograph: Image.Image) -> str:
    """Give 64 bits that hardly change when a photograph is scaled, saved anew or brightened.

    Each says whether a pixel of a small grey copy is brighter than its left neighbour (dHash).
    """
    small = photograph.convert("L").resize((_HASH_SIDE + 1, _HASH_SIDE), Image.Resampling.BOX)
    pixels = np.asarray(small, dtype=np.int16)
    return np.packbits(pixels[:, 1:] > pixels[:, :-1]).tobytes().hex()


def within(
    said: Annotated, size: tuple[int, int], classes: list[str]
) -> tuple[tuple[Box, ...], list[str]]:
    """Give the boxes within their photograph, and in words those that are left out.

    Args:
        said: What the annotations say of it.
        size: Its height and width.
        classes: Their names.

    Raises:
        EntryError: The annotations state another size, or a box lies outside.
    """
    _check_size(size, said)
    inside, left_out = list[Box](), list(said.left_out)
    for box in said.boxes:
        name = classes[box.label]
        own = clipped(box, size, name)
        if own.x1 < own.x2 and own.y1 < own.y2:
            inside.append(own)
        else:
            left_out.append(f"{name} at {box.x1:g}, {box.y1:g} lies on the edge")
    return tuple(inside), left_out


def _check_size(found: tuple[int, int], said: Annotated) -> None:
    if said.size not in (None, found):
        high, wide = said.size or found
        raise EntryError(
            f"{found[0]}x{found[1]} pixels (height x width), and not {high}x{wide} as its "
            "annotations say",
            "have another size than their annotations say",
            advice="Its boxes belong to another version of the photograph: use the original files.",
        )
