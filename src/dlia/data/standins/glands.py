"""Tissue with glands in two unmixed stains: haematoxylin (nuclei) in red and eosin in green."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from dlia.data.standins.textures import (
    REFERENCE_SIZE,
    fibres,
    nuclei,
    smooth_noise,
    step_up,
)

# Lengths are reference pixels (see textures). Ranges are drawn from anew for every image.

# Share of gland before septa are cut out, which take up to a tenth.
SHARE = (0.37, 0.82)

# From a few large crypts to a crowd of small ones.
GLANDS = (4, 15)
RELATIVE_RADIUS = (0.7, 1.2)

# Candidates per centre (Mitchell 1991): more would space the glands as evenly as a lattice.
CANDIDATES = 6
# Centres also lie this share of the side outside, so that the border cuts glands.
OVERHANG = 0.12

# Half the axis of a gland, and the length of a branch, in radii.
HALF_AXIS = (0.0, 2.2)
BRANCH = (1.0, 2.0)
BRANCHING = 0.3
BRANCH_RADIANS = (0.7, 1.6)
HEADING_SPREAD_RADIANS = 0.5
BEND_RADIANS = 0.4

SEPTUM = (2.5, 5.0)
WOBBLE = 2.0
WOBBLE_GRAIN = 5.0
OUTLINE_SMOOTHING = 1.3
OUTLINE_SOFTNESS = 0.4

RIM = (1.2, 2.2)
RIM_NUCLEI = 0.2
STROMA_NUCLEI = (0.03, 0.15)
# How deep the lumen begins, in parts of the gland's depth.
LUMEN = (0.4, 0.9)
CLEFT_GRAIN = 3.0
# In deviations of noise: between 10 % and 0.6 % of the stroma is torn.
CLEFT_LEVEL = (1.3, 2.5)

# How much gland and stroma differ; in some images, they take up nearly the same stain.
CONTRAST = (0.6, 1.0)
FAINT_CONTRAST = (0.25, 0.55)
FAINT = 0.2

# Staining differs between laboratories and sections.
STAIN_GAIN = (0.6, 0.95)
EOSIN = (0.45, 0.7)
EOSIN_OF_GLAND = (-0.15, 0.15)
NOISE = 0.04


@dataclass(frozen=True)
class Outlines:
    """Where the glands of an image lie.

    Attributes:
        depth: Distance from the nearest gland's border in reference pixels, positive inside
            (H x W).
        greatest: Greatest depth in the gland that a pixel belongs to or lies nearest to (H x W).
        owner: The number of that gland, from 0 (H x W).
    """

    depth: np.ndarray
    greatest: np.ndarray
    owner: np.ndarray


def entries(
    part: str,
    count: int,
    size: int,
    generator: Callable[[str, int], np.random.Generator],
    classes: list[str],
) -> Iterator[tuple[str, np.ndarray]]:
    """Draw the images (uint8, H x W x 3) and masks (uint8, H x W) of one part.

    Masks of two classes have 0 and 255. With more classes a mask has their numbers: the glands
    of an image belong to the foreground classes in turn.
    """
    if count < 1:
        raise ValueError(f"{part} would have no image")
    for number in range(1, count + 1):
        image, mask = draw_tissue(generator(part, number), size, len(classes))
        yield f"{part}/image_{number:02d}.png", image
        yield f"{part}/label_{number:02d}.png", mask


def draw_tissue(rng: np.random.Generator, size: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw an image (uint8, H x W x 3) and the mask of its glands (uint8, H x W)."""
    outlines = _outline_glands(rng, size)
    stains = _stain(rng, outlines) * rng.uniform(*STAIN_GAIN, 2)
    stains += rng.normal(0, NOISE, stains.shape)
    image = np.zeros((size, size, 3), np.uint8)
    image[..., :2] = np.rint(255 * np.clip(stains, 0, 1))
    foreground = 255 if classes == 2 else 1 + outlines.owner % (classes - 1)
    mask = np.where(outlines.depth > 0, foreground, 0).astype(np.uint8)
    return image, mask


def _outline_glands(rng: np.random.Generator, size: int) -> Outlines:
    """Place elongated and branching glands with septa of stroma between them."""
    count = int(rng.integers(*GLANDS, endpoint=True))
    points = _wobbling_grid(rng, size)
    # Crypts of one image run more or less alike.
    heading = rng.uniform(0, np.pi)
    # Discs of this radius cover half of the image.
    radius = REFERENCE_SIZE * np.sqrt(0.5 / (np.pi * count))
    skeletons = [_draw_skeleton(rng, centre, heading, radius) for centre in _space_out(rng, count)]
    depths = np.stack(
        [
            radius * rng.uniform(*RELATIVE_RADIUS) - _distance_to_skeleton(points, skeleton)
            for skeleton in skeletons
        ]
    )
    second, first = np.sort(depths, axis=0)[-2:]
    # Like the water level that leaves the wanted share of a landscape dry.
    level = np.quantile(first, 1 - rng.uniform(*SHARE))
    depth = np.minimum(first - level, (first - second - rng.uniform(*SEPTUM)) / 2)
    # Rounds the corners that neighbours cut and drops slivers.
    depth = ndimage.gaussian_filter(depth, OUTLINE_SMOOTHING * size / REFERENCE_SIZE)
    owner = depths.argmax(axis=0)
    greatest = np.array([depth[owner == gland].max(initial=0) for gland in range(count)])
    return Outlines(depth, greatest[owner], owner)


def _wobbling_grid(rng: np.random.Generator, size: int) -> np.ndarray:
    """Return pixel positions (H x W x 2), displaced so that outlines become irregular."""
    grid = np.indices((size, size)) * (REFERENCE_SIZE / size)
    wobble = np.stack([smooth_noise(rng, size, WOBBLE_GRAIN) for _ in range(2)])
    return np.moveaxis(grid + WOBBLE * wobble, 0, -1)


def _space_out(rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw centres (count x 2), each the best of some candidates, like cells that compete."""
    low, high = -OVERHANG * REFERENCE_SIZE, (1 + OVERHANG) * REFERENCE_SIZE
    centres = rng.uniform(low, high, (1, 2))
    while len(centres) < count:
        candidates = rng.uniform(low, high, (CANDIDATES, 2))
        distances = np.linalg.norm(candidates[:, None] - centres[None], axis=-1).min(axis=1)
        centres = np.vstack([centres, candidates[distances.argmax()]])
    return centres


def _draw_skeleton(
    rng: np.random.Generator, centre: np.ndarray, heading: float, radius: float
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Draw a gland's bent axis and perhaps a branch, as segments between two points."""
    angle = heading + rng.normal(0, HEADING_SPREAD_RADIANS)
    reach = radius * rng.uniform(*HALF_AXIS)
    bend = rng.normal(0, BEND_RADIANS)
    segments = [
        (centre, centre + reach * _unit_vector(angle + bend)),
        (centre, centre - reach * _unit_vector(angle - bend)),
    ]
    if rng.random() < BRANCHING:
        side = angle + rng.choice([-1, 1]) * rng.uniform(*BRANCH_RADIANS)
        segments.append((centre, centre + radius * rng.uniform(*BRANCH) * _unit_vector(side)))
    return segments


def _unit_vector(angle: float) -> np.ndarray:
    return np.array([np.sin(angle), np.cos(angle)])


def _distance_to_skeleton(
    points: np.ndarray, segments: list[tuple[np.ndarray, np.ndarray]]
) -> np.ndarray:
    """Measure how far each of ``points`` (H x W x 2) lies from the nearest segment (H x W)."""
    distances = []
    for start, end in segments:
        along = end - start
        # A round gland's axis is a mere point.
        position = (points - start) @ along / max(float(along @ along), np.finfo(float).tiny)
        nearest = start + np.clip(position, 0, 1)[..., None] * along
        distances.append(np.linalg.norm(points - nearest, axis=-1))
    return np.min(distances, axis=0)


def _stain(rng: np.random.Generator, outlines: Outlines) -> np.ndarray:
    """Stain tissue with haematoxylin and eosin (H x W x 2, fractions of full scale).

    The uptakes were chosen by eye after unmixed sections of colon (GlaS, Sirinukunwattana et
    al. 2017): orange nuclei on green collagen, a rim of nuclei around each gland, an empty lumen.
    """
    depth, size = outlines.depth, len(outlines.depth)
    contrast = rng.uniform(*(FAINT_CONTRAST if rng.random() < FAINT else CONTRAST))
    gland = step_up(depth, OUTLINE_SOFTNESS)
    stroma = 1 - gland
    rim_width = rng.uniform(*RIM)
    rim = contrast * gland * np.exp(-(((depth - rim_width) / rim_width) ** 2))
    goblet_cells = 1 + 0.4 * smooth_noise(rng, size, sigma=1.0)
    stroma_nuclei = nuclei(rng, size, rng.uniform(*STROMA_NUCLEI))

    red = stroma * (0.1 + 0.65 * stroma_nuclei)
    red += gland * (0.24 + 0.12 * contrast * goblet_cells)
    red += rim * (0.1 + 0.5 * nuclei(rng, size, RIM_NUCLEI))

    eosin = rng.uniform(*EOSIN)
    green = stroma * (eosin + 0.09 * fibres(rng, size))
    green += gland * (eosin + contrast * rng.uniform(*EOSIN_OF_GLAND) + 0.08 * goblet_cells)

    # A small gland has no room for a lumen inside its rim.
    lumen_depth = np.maximum(rng.uniform(*LUMEN) * outlines.greatest, 2 * rim_width)
    lumen = contrast * step_up(depth - lumen_depth, 0.7) * np.clip(goblet_cells, 0, 1)
    # Tears in the stroma are as empty as a lumen.
    tears = smooth_noise(rng, size, CLEFT_GRAIN) - rng.uniform(*CLEFT_LEVEL)
    empty = np.clip(lumen + stroma * step_up(tears, 0.15), 0, 1)
    # Mucus keeps some eosin and hardly any haematoxylin.
    return np.stack([red * (1 - 0.85 * empty), green * (1 - 0.7 * empty)], axis=-1)
