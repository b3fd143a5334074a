"""Pictures in BMP, PPM, GIF and TIFF, and the resizing of pictures.

What is not 8-bit grey or RGB is refused by name, never converted: 16-bit values, alpha, a palette
of colours, several frames, and pictures that are to be turned when shown. Only a palette of
greys is read, as its greys.
"""

import io
import re
import warnings
from collections.abc import Callable
from zipfile import ZipInfo

import numpy as np
from PIL import Image

from dlia.data.offences import EntryError

# How files begin, and the names of their formats in Pillow.
STARTS = {
    b"BM": "BMP",
    b"P5": "PPM",
    b"P6": "PPM",
    b"GIF8": "GIF",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
}
MAX_PIXELS = 50_000_000
_ORIENTATION, _UPRIGHT = 274, (None, 1)
_PPM_HEADER = re.compile(
    rb"P[56]\s(?:\s|#[^\n]*\n)*\d+\s(?:\s|#[^\n]*\n)*\d+\s(?:\s|#[^\n]*\n)*(\d+)\s"
)
_MODES = {
    "1": "black and white",
    "L": "8-bit grey",
    "P": "palette",
    "RGB": "8-bit RGB",
    "LA": "grey with alpha",
    "PA": "palette with alpha",
    "RGBA": "RGBA",
    "RGBX": "RGBX",
    "I": "32-bit grey",
    "F": "floating-point grey",
}
_FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}


def opened(data: bytes, formats: list[str]) -> Image.Image:
    """Open a picture without decoding it.

    Raises:
        EntryError: It is damaged, of another format, has too many pixels or several frames, or is
            to be turned.
    """
    kind = formats[0] if len(formats) == 1 else "picture"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Pillow warns of sizes that only hostile files have
            image = Image.open(io.BytesIO(data), formats=formats)
            if image.width * image.height > MAX_PIXELS:
                raise _too_many()
            if getattr(image, "is_animated", False):
                raise EntryError(f"a {kind} of several frames")
            # Pillow would decode a whole PNG to look for EXIF behind its pixels; png_chunks
            # (pictures) finds it there.
            exif = Image.Image.getexif(image) if image.format == "PNG" else image.getexif()
            refuse_turned(exif.get(_ORIENTATION))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many() from error
    except (OSError, SyntaxError, ValueError, Warning, TypeError, LookupError) as error:
        raise EntryError(f"a damaged {kind}") from error
    return image


def _too_many() -> EntryError:
    return EntryError(
        f"has more than the {MAX_PIXELS} pixels that are allowed",
        advice="Save these pictures with fewer pixels.",
    )


def refuse_turned(orientation: object) -> None:
    """Raise EntryError if an EXIF ``orientation`` says that a picture is to be turned."""
    if orientation not in _UPRIGHT:
        raise EntryError(
            "is turned by its EXIF orientation",
            advice="Save these pictures upright, and without an orientation.",
        )


def decode_plain(
    data: bytes, channels: int, check: Callable[[tuple[int, int]], None]
) -> np.ndarray:
    """Decode a BMP, PPM, GIF or TIFF to uint8 (H, W), or (H, W, 3) for three channels.

    Args:
        data: The file.
        channels: 1 or 3.
        check: Raises EntryError if height and width are not the expected ones.
    """
    kind = next((name for start, name in STARTS.items() if data.startswith(start)), None)
    if kind is None:
        raise EntryError("no BMP, PPM, GIF or TIFF file")
    levels = _PPM_HEADER.match(data) if kind == "PPM" else None
    if kind == "PPM" and (levels is None or int(levels[1]) != 255):
        raise EntryError("a PPM of other than 8 bits" if levels else "a damaged PPM")
    image = opened(data, [kind])
    check((image.height, image.width))
    wanted = "L" if channels == 1 else "RGB"
    greys = channels == 1 and image.mode in ("1", "P")
    if image.mode != wanted and not greys:
        name = "16-bit grey" if image.mode.startswith("I;16") else _MODES.get(image.mode, "other")
        raise EntryError(
            f"a {kind} of {name} values, not {_MODES[wanted]}",
            advice=f"If they are pictures of your own, convert them to {_MODES[wanted]}.",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            pixels = np.asarray(image.convert("RGB") if greys else image)
    except (OSError, SyntaxError, ValueError, Warning, TypeError, LookupError) as error:
        raise EntryError(f"a damaged {kind}, or one that is cut off") from error
    if not greys:
        return pixels
    if (pixels != pixels[..., :1]).any():
        raise EntryError(f"a {kind} with a palette of colours, not of greys")
    return pixels[..., 0]


def resized(pixels: np.ndarray, size: tuple[int, int], resampling: str) -> np.ndarray:
    """Resize (H, W) or (H, W, 3) to ``size`` (height, width); nothing changes at that size."""
    if pixels.shape[:2] == tuple(size):
        return pixels
    image = Image.fromarray(pixels).resize((size[1], size[0]), _FILTERS[resampling])
    return np.asarray(image)


def decode_plain_mask(entry: ZipInfo, read: Callable[[ZipInfo], bytes]) -> np.ndarray:
    """Decode the mask of a picture to uint8 (H, W).

    Raises:
        EntryError: It is damaged; the message names it, as it is said of the picture.
    """
    try:
        return decode_plain(read(entry), 1, lambda _: None)
    except EntryError as reason:
        raise EntryError(f"has a mask, {entry.filename}, that is unusable: {reason}") from None
