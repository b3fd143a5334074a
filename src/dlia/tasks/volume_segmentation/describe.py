"""What the volumes of a data set look like: how often each class stands in them, and slices."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from dlia.data.arrays import Arrays
from dlia.data.class_shares import IGNORED
from dlia.data.volumes import pixel_shape
from dlia.figures import style
from dlia.figures.class_colours import foreground_colours, rgb
from dlia.study.part_names import TEST, TRAIN, VALIDATION

HEIGHTS = {"top": 0.8, "middle": 0.5, "bottom": 0.2}  # of the slices that have a class
LEFT, HEAD, FOOT, GAP = 0.85, 0.22, 0.25, 0.06  # inches
_WIDEST = 1.15  # inches of a picture


def count_voxels(arrays: Arrays, classes: list[str]) -> pd.DataFrame:
    """Count the classes of all parts, as ``evaluation.balance.balance`` does.

    Returns:
        part, class, images (slices that have it), of_one_colour (those of them whose image shows
        nothing) and share of the voxels that have a class, with that of the lowest and highest
        volume beside it; and voxels.
    """
    rows = []
    for part in (TRAIN, VALIDATION, TEST):
        counts, slices, empty = [], np.zeros(len(classes), int), np.zeros(len(classes), int)
        for volume in arrays.volumes(arrays.rows(part)).values():
            masks = np.asarray(arrays.targets[volume])
            of_slices = np.stack([np.bincount(m.ravel(), minlength=256) for m in masks])
            own = of_slices[:, : len(classes)]
            counts.append(own.sum(axis=0))
            slices += (own > 0).sum(axis=0)
            if part != TEST:
                pixels = np.asarray(arrays.images[volume])
                flat = pixels.min(axis=(1, 2)) == pixels.max(axis=(1, 2))
                empty += (own[flat] > 0).sum(axis=0)
        of_part = np.array(counts)
        shares = of_part / np.maximum(of_part.sum(axis=1, keepdims=True), 1)
        pooled = of_part.sum(axis=0) / max(of_part.sum(), 1)
        rows += [
            {
                "part": part,
                "class": name,
                "images": int(slices[number]),
                "of_one_colour": "not read" if part == TEST else int(empty[number]),
                "share": pooled[number],
                "lowest": shares[:, number].min(),
                "highest": shares[:, number].max(),
                "voxels": int(of_part[:, number].sum()),
            }
            for number, name in enumerate(classes)
        ]
    return pd.DataFrame(rows)


def slices_with_classes(masks: np.ndarray) -> np.ndarray:
    """Give the numbers of the slices (n, H, W) in which any voxel has a class; all if none has."""
    found = np.flatnonzero((masks != IGNORED).any(axis=(1, 2)))
    return found if len(found) else np.arange(len(masks))


@style.applied()
def draw_volumes(arrays: Arrays, classes: list[str], seed: int | None = None) -> Figure:
    """Draw each training volume at three heights, by the order of the slices: image and classes.

    Pixels have the proportions of the voxels.

    Args:
        arrays: The data set.
        classes: Names of the classes.
        seed: Not needed; nothing is drawn at random.
    """
    volumes = arrays.volumes(arrays.rows(TRAIN))
    high, wide = arrays.stored_shape[1:]
    width = min((style.COLUMN - LEFT - GAP * 5) / 6, _WIDEST)
    heights = [
        width * high / wide * pixel_shape(arrays.split["voxel_mm"].iloc[rows[0]])
        for rows in volumes.values()
    ]
    figure = style.blank(HEAD + sum(heights) + GAP * len(heights) + FOOT)
    for column, name in enumerate(HEIGHTS):
        style.write(figure, LEFT + 2 * column * (width + GAP), 0.04, name, fontsize=style.TEXT)
    top = HEAD
    for (name, rows), height in zip(volumes.items(), heights, strict=True):
        label = "\n".join(style.wrap(name.rpartition("/")[2], LEFT - 0.1))
        style.write(figure, 0, top + height / 2 - 0.08, label)
        shown = slices_with_classes(np.asarray(arrays.targets[rows]))
        brightest = float(np.percentile(np.asarray(arrays.images[rows]), 99.8)) or 1.0
        for column, share in enumerate(HEIGHTS.values()):
            row = rows[shown[round(share * (len(shown) - 1))]]
            pictures = (
                grey(arrays.images[row], brightest),
                coloured(arrays.targets[row], len(classes)),
            )
            for place, picture in enumerate(pictures):
                left = LEFT + (2 * column + place) * (width + GAP)
                axes = style.place(figure, left, top, width, height)
                axes.imshow(picture, aspect="auto")  # as the voxels are
                axes.set(xticks=[], yticks=[])
        top += height + GAP
    handles = [
        Patch(fc=colour, ec=style.GREY, lw=0.6, label=name)
        for name, colour in zip(classes, foreground_colours(len(classes)), strict=True)
    ]
    corner = (LEFT / style.COLUMN, 0.0)
    figure.legend(handles=handles, loc="lower left", bbox_to_anchor=corner, ncols=len(classes))
    return figure


def grey(image: np.ndarray, brightest: float) -> np.ndarray:
    """Give a slice (H, W) as a picture (H, W, 3), uint8; ``brightest`` becomes white."""
    shown = np.clip(255 * image.astype(np.float64) / max(brightest, 1.0), 0, 255).astype(np.uint8)
    return np.repeat(shown[..., np.newaxis], 3, axis=-1)


def coloured(mask: np.ndarray, classes: int) -> np.ndarray:
    """Colour the classes of a slice (H, W); voxels without a class are black, (H, W, 3) uint8."""
    palette = np.zeros((256, 3), np.uint8)
    palette[:classes] = [rgb(colour) for colour in foreground_colours(classes)]
    return palette[mask]
