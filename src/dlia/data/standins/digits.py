"""Numerals in the fonts that Matplotlib ships, distorted until they vary like handwriting."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageFont
from scipy import ndimage

from dlia.errors import UserError, listing

# Only fonts with lining figures: cmmi10 and the like have old-style ones of unequal height.
FONTS = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSans-Oblique",
    "DejaVuSansMono",
    "DejaVuSansMono-BoldOblique",
    "DejaVuSerif",
    "DejaVuSerif-Bold",
    "DejaVuSerif-Italic",
    "STIXGeneral",
    "STIXGeneralBol",
    "STIXGeneralItalic",
    "STIXGeneralBolIta",
    "cmb10",
    "cmr10",
    "cmss10",
    "cmti10",
    "cmtt10",
)

DIGITS = tuple("0123456789")

# Images of each digit in the 60,000 of MNIST's training part (LeCun et al. 1998).
MNIST_COUNTS = (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)

# MNIST fits every digit into 20 x 20 of 28 x 28 pixels; distortions may leave that box.
MNIST_SIZE = 28
MNIST_BOX = 20

# Outlines are rendered finer than they are read, or thin strokes would have steps.
OVERSAMPLING = 4

# Ranges that keep a numeral legible to a person; 6 and 9, 1 and 7 come close to each other.
ROTATION_DEGREES = 10.0
SHEAR = 0.2
SCALE = (0.9, 1.05)
SHIFT_PIXELS = 1.0
STROKE_PIXELS = (0.0, 0.5)
# A firm pen leaves white, a light one grey.
PRESSURE = (0.6, 1.0)
NOISE = 0.03

# Simard et al. 2003 use sigma 4 and alpha 34 on handwriting of 29 x 29 pixels; thin printed
# strokes break up under that much.
ELASTIC_SIGMA_PIXELS = 4.0
ELASTIC_ALPHA_PIXELS = (8.0, 18.0)


def entries(
    part: str,
    count: int,
    size: int,
    generator: Callable[[str, int], np.random.Generator],
    classes: list[str],
) -> Iterator[tuple[str, np.ndarray]]:
    """Draw the digits of one part, as pairs of path and pixels (uint8, ``size`` x ``size``).

    Raises:
        UserError: The classes of the study are not the ten digits.
    """
    if sorted(classes) != list(DIGITS):
        raise UserError(
            f"data.standin: digits shows the classes 0 to 9, but the study has {listing(classes)}; "
            "put the archive into data_dir"
        )
    for digit, images in enumerate(class_counts(count)):
        folder = f"{part}/{digit}"
        for index in range(images):
            yield f"{folder}/{index:04d}.png", draw_digit(generator(folder, index), digit, size)


def class_counts(count: int) -> list[int]:
    """Split ``count`` images over the ten digits as unequally as in MNIST (largest remainder)."""
    if count < len(MNIST_COUNTS):
        raise ValueError(f"{count} images cannot show all ten digits")
    quotas = np.array(MNIST_COUNTS) * count / sum(MNIST_COUNTS)
    counts = np.floor(quotas).astype(int)
    by_remainder = np.argsort(counts - quotas, kind="stable")
    counts[by_remainder[: count - counts.sum()]] += 1
    return counts.tolist()


def draw_digit(rng: np.random.Generator, digit: int, size: int) -> np.ndarray:
    """Draw one white numeral on black (uint8, ``size`` x ``size``)."""
    unit = size / MNIST_SIZE
    distance = _distance_to_outline(FONTS[rng.integers(len(FONTS))], digit, size)
    where = _affine_grid(rng, size) + _elastic_displacement(rng, size)
    # Centres of fine pixels lie half a fine pixel inside of their corners.
    fine = (where + 0.5) * OVERSAMPLING - 0.5
    depth = ndimage.map_coordinates(distance, fine, order=1, mode="nearest")
    # A ramp of one pixel across the outline is the coverage of the pixels that it cuts.
    ink = np.clip(depth + rng.uniform(*STROKE_PIXELS) * unit + 0.5, 0, 1)
    ink = ink * rng.uniform(*PRESSURE) + rng.normal(0, NOISE, ink.shape)
    return np.rint(255 * np.clip(ink, 0, 1)).astype(np.uint8)


@lru_cache(maxsize=len(FONTS) * len(MNIST_COUNTS))
def _distance_to_outline(font: str, digit: int, size: int) -> np.ndarray:
    """Measure how deep inside the undistorted numeral every fine pixel lies, in image pixels.

    Strokes get thicker or thinner by adding a constant, which no change of a raster image does
    smoothly.
    """
    side = OVERSAMPLING * size
    box = round(side * MNIST_BOX / MNIST_SIZE)
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{font}.ttf"
    # The other layout engine is missing on some machines.
    type_face = ImageFont.truetype(str(path), 2 * box, layout_engine=ImageFont.Layout.BASIC)
    mask = type_face.getmask(str(digit), mode="L")
    glyph = Image.frombytes("L", mask.size, bytes(mask))
    glyph = glyph.crop(glyph.getbbox())
    scale = box / max(glyph.size)
    glyph = glyph.resize((round(glyph.width * scale), round(glyph.height * scale)))
    canvas = Image.new("L", (side, side))
    canvas.paste(glyph, ((side - glyph.width) // 2, (side - glyph.height) // 2))
    inside = np.asarray(canvas) > 127
    signed = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
    return signed / OVERSAMPLING


def _affine_grid(rng: np.random.Generator, size: int) -> np.ndarray:
    """Choose where a rotated, sheared, scaled and shifted image reads its pixels (2 x H x W)."""
    angle = np.deg2rad(rng.uniform(-ROTATION_DEGREES, ROTATION_DEGREES))
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shear = np.array([[1, 0], [rng.uniform(-SHEAR, SHEAR), 1]])
    scaling = np.diag(rng.uniform(*SCALE, 2))
    backward = np.linalg.inv(rotation @ shear @ scaling)
    centre = (size - 1) / 2
    shift = rng.uniform(-SHIFT_PIXELS, SHIFT_PIXELS, 2) * size / MNIST_SIZE
    offsets = np.indices((size, size)) - centre - shift[:, None, None]
    return np.tensordot(backward, offsets, axes=1) + centre


def _elastic_displacement(rng: np.random.Generator, size: int) -> np.ndarray:
    """Draw a smooth random displacement in pixels (2 x H x W), after Simard et al. 2003."""
    unit = size / MNIST_SIZE
    jitter = rng.uniform(-1, 1, (2, size, size))
    sigma = ELASTIC_SIGMA_PIXELS * unit
    smooth = ndimage.gaussian_filter(jitter, (0, sigma, sigma), mode="constant")
    # Smoothing divides the amplitude by sigma, so both scale with the image.
    return smooth * rng.uniform(*ELASTIC_ALPHA_PIXELS) * unit**2
