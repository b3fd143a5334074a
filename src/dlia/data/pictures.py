"""From the bytes of a picture to pixels, of a stated size: PNG, JPEG, and plainer formats."""

import io
import struct
import warnings
import zlib
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image

from dlia.data.class_shares import IGNORED
from dlia.data.offences import EntryError
from dlia.data.plain_formats import STARTS, decode_plain, opened, refuse_turned, resized

PNG_START = b"\x89PNG\r\n\x1a\n"
JPEG_START, JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
_OTHER_KINDS = {
    JPEG_START: "a JPEG",
    b"RIFF": "a WebP",
    b"version https://git-lfs": "a pointer of Git LFS",
}
FORMATS = ["PNG", "JPEG", *dict.fromkeys(STARTS.values())]
_ORIENTATION = 274  # in EXIF
_MODES = {"L": "grey values", "CMYK": "CMYK"}  # by their names in Pillow
_WANTED = {"L": "8-bit grey", "RGB": "8-bit RGB"}
_COLOURS = {0: "grey", 2: "RGB", 3: "palette", 4: "grey with alpha", 6: "RGBA"}


def decode_picture(
    data: bytes,
    size: tuple[int, int],
    channels: int,
    resize: str | None = None,
    grey_jpeg: bool = False,
) -> np.ndarray:
    """Decode an image of ``size`` (height, width) to uint8 (H, W), or (H, W, 3) for three channels.

    Its format is told by its content, whatever its name ends in.

    Args:
        data: The file.
        size: Height and width.
        channels: 1 or 3.
        resize: How images of other sizes are resized; by default they are refused.
        grey_jpeg: Whether one channel may come from a JPEG, which blurs the values of masks and
            of images that were published without loss.

    Raises:
        EntryError: It is no whole image of that size and kind.
    """
    if resize is None:
        return _decoded(data, size, channels, grey_jpeg)
    return resized(_decoded(data, size_of(data), channels, grey_jpeg), size, resize)


def size_of(data: bytes) -> tuple[int, int]:
    """Return the height and width that the header of an image states.

    Raises:
        EntryError: It is none, is damaged, has too many pixels, or is to be turned.
    """
    with opened(data, FORMATS) as image:
        return image.height, image.width


def _decoded(data: bytes, size: tuple[int, int], channels: int, grey_jpeg: bool) -> np.ndarray:
    if (channels == 3 or grey_jpeg) and data.startswith(JPEG_START):
        return decode_jpeg(data, size, channels)
    if data.startswith(tuple(STARTS)):
        return decode_plain(data, channels, lambda found: check_size(found, size))
    return decode_png(data, size, channels)


def decode_jpeg(data: bytes, size: tuple[int, int], channels: int = 3) -> np.ndarray:
    """Decode a JPEG of ``size`` (height, width) to uint8 (H, W), or (H, W, 3) for three channels.

    Raises:
        EntryError: It is not a whole JPEG of that size with so many channels.
    """
    mode = "L" if channels == 1 else "RGB"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Pillow warns of sizes that only hostile files have
            image = Image.open(io.BytesIO(data), formats=["JPEG"])
        with image:
            check_size((image.height, image.width), size)
            refuse_turned(image.getexif().get(_ORIENTATION))
            if image.mode != mode:
                advice = f"If they are pictures of your own, convert them to {_WANTED[mode]}."
                found = _MODES.get(image.mode, image.mode)
                raise EntryError(f"a JPEG of {found}, not {_WANTED[mode]}", advice=advice)
            if JPEG_END not in data:
                raise EntryError("a JPEG that is cut off")
            decoded = image.tobytes()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise EntryError("a JPEG of far too many pixels") from error
    except (OSError, SyntaxError, ValueError, Warning) as error:
        raise EntryError("a damaged JPEG, or one that is cut off") from error
    return np.frombuffer(decoded, np.uint8).reshape(size if channels == 1 else (*size, channels))


def check_size(found: tuple[int, ...], size: tuple[int, int]) -> None:
    """Raise EntryError unless an image of ``found`` (height, width) has the stated size."""
    height, width = found
    if (height, width) != tuple(size):
        wanted = f"not {size[0]}x{size[1]}"
        raise EntryError(
            f"{height}x{width} pixels (height x width), {wanted}",
            cause=f"{wanted} pixels (height x width)",
            advice="Other sizes look like another release of the data: use the course's archive.",
        )


def check_proportions(mask: tuple[int, int], image: tuple[int, int]) -> None:
    """Raise EntryError unless a mask, both of (height, width), may show what its image shows.

    A mask of another size is one of the same picture only if its sides have the same proportion,
    to a pixel; another one belongs to a part of the picture, or to another picture.
    """
    if abs(mask[0] * image[1] - mask[1] * image[0]) > max(*mask, *image):
        raise EntryError(
            f"{mask[0]}x{mask[1]} pixels (height x width), and its image {image[0]}x{image[1]}",
            cause="masks of other proportions than their images",
            advice="Masks must have the sizes of their images, or the same proportions.",
        )


def decode_png(data: bytes, size: tuple[int, int], channels: int) -> np.ndarray:
    """Decode a PNG of ``size`` (height, width) to uint8 (H, W), or (H, W, 3) for three channels.

    Raises:
        EntryError: It is not a whole PNG of that size, grey of 1 to 8 bits or RGB of 8 bits.
    """
    header, *rows, end = png_chunks(data)
    width, height, depth, colour = struct.unpack_from(">IIBB", header, 8)
    check_size((height, width), size)
    if colour != (0 if channels == 1 else 2) or depth not in ((1, 2, 4, 8) if not colour else (8,)):
        found = f"{depth}-bit {_COLOURS.get(colour, 'unknown colours')}"
        wanted = f"8-bit {_COLOURS[0 if channels == 1 else 2]}"
        advice = f"If they are pictures of your own, convert them to PNG files of {wanted}."
        raise EntryError(f"{found}, not {wanted}", advice=advice)
    packed = b"".join(chunk[8:-4] for chunk in rows)
    _check_rows(packed, height * (1 + -(-width * channels * depth // 8)))
    try:
        file = io.BytesIO(b"".join((PNG_START, header, *rows, end)))
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


def decode_mask(
    data: bytes,
    size: tuple[int, int],
    classes: int,
    reading: str | Mapping[str, Sequence[int]] | None = None,
    resize: bool = False,
) -> np.ndarray:
    """Decode a mask to uint8 (H, W) of class indices.

    Args:
        data: The file.
        size: Height and width.
        classes: Their number.
        reading: "nonzero": all values but 0 are the second class. "classes": the indices
            themselves, and 255 where the class is to be ignored, which stays. The values of the
            classes in their order, under "values". By default a mask of two classes is black and
            white, 0 and 255, and one of more has the indices.
        resize: Whether masks of other sizes are resized, each pixel from the nearest one.

    Raises:
        EntryError: It is not a grey image of that size, or holds other values.
    """
    grey = decode_picture(data, size, 1, "nearest" if resize else None)
    if reading == "nonzero":
        return (grey > 0).astype(np.uint8)
    if isinstance(reading, Mapping):
        return _by_values(grey, reading["values"])
    if reading == "classes":
        return _indices(grey, classes)
    return _indices(grey, classes) if classes > 2 else _black_and_white(grey)


def _by_values(grey: np.ndarray, values: Sequence[int]) -> np.ndarray:
    others = np.setdiff1d(grey, values)
    if others.size:
        rule = f"a label may hold {', '.join(map(str, values))} only"
        raise EntryError(f"{rule}, not {others[0]}", rule)
    table = np.zeros(256, np.uint8)
    table[list(values)] = range(len(values))
    return table[grey]


def _indices(grey: np.ndarray, classes: int) -> np.ndarray:
    return _checked(grey, range(classes), classes)


def _black_and_white(grey: np.ndarray) -> np.ndarray:
    return _checked(grey, (0,), 2) // 255


def _checked(grey: np.ndarray, known: Sequence[int], classes: int) -> np.ndarray:
    others = np.setdiff1d(grey, (*known, IGNORED))
    if others.size:
        named = "0" if len(known) == 1 else f"0 to {classes - 1}"
        rule = f"a label may hold {named} and 255 only"
        raise EntryError(f"{rule}, not {others[0]}", rule, _advice_on_masks(others, classes))
    return grey


def _advice_on_masks(others: np.ndarray, classes: int) -> str:
    """Say what a mask looks like that holds ``others``, sorted numbers that are no class."""
    if classes > 2:
        return "Masks must hold the numbers of the study's classes, from 0, and 255 where ignored."
    if others.tolist() == list(range(1, len(others) + 1)):
        return (
            "Masks of 0 and 1, or of 0, 1, 2, ... (instance masks, which number the objects), are "
            "almost right: set every number above 0 to 255, or state mask: nonzero in the layout "
            "masked_files."
        )
    return "Masks of many grey levels were resized or saved as JPEG: use the original masks."


def png_chunks(data: bytes) -> list[bytes]:
    """Give the header, the packed rows and the end of a PNG of which every chunk is whole.

    Texts, colour profiles and animations are left out, so that they never reach a decoder. Pillow
    itself passes over a second header, and over an end that is cut off or has a wrong checksum.

    Raises:
        EntryError: It is no PNG, or one that is cut off or damaged.
    """
    if not data.startswith(PNG_START):
        if not data:
            raise EntryError("an empty file")
        kinds = [kind for magic, kind in _OTHER_KINDS.items() if data.startswith(magic)]
        raise EntryError(f"{kinds[0]}, not a PNG" if kinds else "not a PNG")
    kept: list[bytes] = []
    start = len(PNG_START)
    while start + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, start)
        end = start + 12 + length
        if end > len(data):
            break
        if zlib.crc32(data[start + 4 : end - 4]).to_bytes(4) != data[end - 4 : end]:
            raise EntryError("a damaged PNG: the checksum of a chunk is wrong")
        if (name == b"IHDR") == bool(kept) or (length != 13 and not kept):
            raise EntryError("a damaged PNG: its header is not where it belongs")
        if name == b"eXIf":
            refuse_turned(_orientation(data[start + 8 : end - 4]))
        if name in (b"IHDR", b"IDAT", b"IEND"):
            kept.append(data[start:end])
        if name == b"IEND":
            return kept
        start = end
    raise EntryError("a PNG that is cut off")


def _orientation(exif: bytes) -> object:
    """Read how a picture is to be turned; None if that cannot be read."""
    found = Image.Exif()
    try:
        found.load(b"Exif\0\0" + exif)
    except (OSError, SyntaxError, ValueError, struct.error, LookupError):
        return None
    return found.get(_ORIENTATION)
