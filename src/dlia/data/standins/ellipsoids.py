"""Volumes of nested ellipsoids, like a brain without its skull: cavities, tissue, and a rind."""

import gzip
from collections.abc import Callable, Iterator

import numpy as np

from dlia.study.layout_volumes import VOLUME, NiftiVolumes
from dlia.study.path_template import Template

# Distances from the centre, in radii of the whole. The cavities are the first class; the second one
# surrounds them and is the rind, too, and further classes fill what lies between.
CAVITY, AROUND, RIND = 0.37, 0.5, 0.8
RADIUS = (0.96, 0.99)  # of the whole, in halves of a slice's side
WOBBLE = 0.03  # of the distances
# The first and the last slice, in halves of the height; the inner ellipsoids are longer.
ENDS, INNER_HEIGHT = 0.8, 0.45
LEVELS = (0.35, 1.0)  # brightness of the first and of the last class
GAIN = (80.0, 1200.0)  # the brightest value, which differs from volume to volume
BIAS, NOISE = 0.2, 0.05  # shares of the brightness
VOXEL = (0.9375, 1.5, 0.9375)  # mm


def entries(
    part: str,
    count: int,
    size: int,
    generator: Callable[[str, int], np.random.Generator],
    classes: list[str],
    *,
    options: dict[str, object],
) -> Iterator[tuple[str, bytes]]:
    """Draw the files of one part, as pairs of path and content.

    Args:
        part: Train, which has the volumes of the validation part too, or Test.
        count: The number of slices of all volumes together; each has as many as the others.
        size: Height and width of a slice in pixels.
        generator: Gives the random numbers of a place.
        classes: The names of the classes.
        options: The study's ``layout`` block. Each volume has at least ``FEWEST_SLICES``.
    """
    layout = NiftiVolumes.model_validate(options)
    names = layout.test if part == "Test" else [*layout.train, *layout.validation]
    slices = count // len(names)
    for index, name in enumerate(names):
        values, labels = _draw(generator(part, index), slices, size, layout)
        for path, volume in ((layout.images, values), (layout.segmentations, labels)):
            template = Template(path)
            folders = dict.fromkeys(template.names, part.lower())
            file = template.fill({**folders, VOLUME: name})
            yield file, _nifti(np.moveaxis(volume, 0, layout.axis - 1), packed=file.endswith(".gz"))


def _draw(
    chance: np.random.Generator, slices: int, size: int, layout: NiftiVolumes
) -> tuple[np.ndarray, np.ndarray]:
    """Give a volume and its segmentation, both (slices, size, size), int16."""
    side = (np.arange(size) + 0.5) / size * 2 - 1
    z = np.linspace(-ENDS, ENDS, slices)[:, None, None]
    y, x = side[:, None] / chance.uniform(*RADIUS), side / chance.uniform(*RADIUS)
    turns = chance.uniform(0, 2 * np.pi, 3)
    angle = np.arctan2(y, x)
    wobble = 1 + WOBBLE * np.sin(3 * angle + 4 * z + turns[0]) * np.cos(2 * angle + turns[1])
    whole = np.sqrt(x**2 + y**2 + z**2) * wobble
    inner = np.sqrt(x**2 + y**2 + (INNER_HEIGHT * z) ** 2) * wobble
    # Without an ignored number, the first class is what lies outside.
    shown = layout.labels if layout.ignored else layout.labels[1:]
    outside = layout.ignored[0] if layout.ignored else layout.labels[0]
    between = np.linspace(AROUND, RIND, max(len(shown) - 2, 1) + 1)
    index = np.where(inner < CAVITY, 0, min(1, len(shown) - 1))
    for number, start in enumerate(between[:-1], start=2):
        if number < len(shown):
            index[(inner >= start) & (whole < RIND)] = number
    levels = np.linspace(*LEVELS, len(shown))[index]
    bias = 1 + BIAS * (np.sin(2 * x + turns[2]) + y * z) / 2
    noise = chance.normal(1, NOISE, levels.shape)
    values = np.rint(chance.uniform(*GAIN) * levels * bias * noise).clip(1, None)
    inside = whole < 1
    return (
        np.where(inside, values, 0).astype(np.int16),
        np.where(inside, np.array(shown)[index], outside).astype(np.int16),
    )


def _nifti(values: np.ndarray, packed: bool) -> bytes:
    import nibabel  # stand-ins of pictures need not wait for it

    image = nibabel.Nifti1Image(values, np.diag([*VOXEL, 1.0]))
    # Without the time of packing, so that equal volumes are equal files.
    return gzip.compress(image.to_bytes(), mtime=0) if packed else image.to_bytes()
