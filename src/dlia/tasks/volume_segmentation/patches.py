"""The training patches of a study: how many there are, their classes, and what they look like."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from dlia.data.arrays import Arrays
from dlia.data.class_shares import IGNORED
from dlia.data.patches import balanced, cut, grid_places
from dlia.figures import style
from dlia.study.part_names import TRAIN, VALIDATION
from dlia.study.settings import Sampling
from dlia.tasks.volume_segmentation.describe import coloured, grey

OF_A_VOLUME = 12  # patches of each volume
LEFT, HEAD, GAP = 0.85, 0.05, 0.05  # inches
# Masks of patches, and the numbers of the slices that they are of, by the name of the volume.
_Found = dict[str, tuple[np.ndarray, np.ndarray]]
BALANCED, GRID, WHOLE = "by the rule", "side by side, with any class", "whole volume"


def counts(arrays: Arrays, classes: list[str], rules: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """Count patches and their classes, volume by volume.

    Args:
        arrays: The data set.
        classes: Names of the classes.
        rules: The ``sampling`` blocks, each by the names of its variants.

    Returns:
        A row per rule, part (train, validation), kind of patches and volume, and one for all
        volumes of a part: variants, patch, part, kind, volume, slices (that have such a patch),
        patches, voxels, and for each class its voxels and its share of the voxels with a class.
        The first rows are those of whole volumes.
    """
    rows: list[dict[str, Any]] = []
    for part in (TRAIN, VALIDATION):
        volumes = {
            name.rpartition("/")[2]: np.asarray(arrays.targets[own])
            for name, own in arrays.volumes(arrays.rows(part)).items()
        }
        whole = {name: (masks, np.arange(len(masks))) for name, masks in volumes.items()}
        rows += _rows("all", 0, part, WHOLE, whole, len(classes))
        for variants, plain in rules.items():
            rule = Sampling.model_validate(plain)
            size = (rule.patch, rule.patch)
            kinds: dict[str, _Found] = {BALANCED: {}, GRID: {}}
            for name, masks in volumes.items():
                chosen = {
                    BALANCED: balanced(masks, rule),
                    GRID: grid_places(masks != IGNORED, size),
                }
                for kind, places in chosen.items():
                    patches = cut(masks, places, size, beyond=IGNORED)
                    kinds[kind][name] = (patches, places[:, 0])
            for kind, found in kinds.items():
                rows += _rows(variants, rule.patch, part, kind, found, len(classes))
    table = pd.DataFrame(rows)
    for number, name in enumerate(classes):
        table[f"voxels_{name}"] = [own[number] for own in table["counts"]]
        table[f"share_{name}"] = [own[number] / max(sum(own), 1) for own in table["counts"]]
    return table.drop(columns="counts")


def _rows(
    variants: str,
    patch: int,
    part: str,
    kind: str,
    found: _Found,
    classes: int,
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {
            "variants": variants,
            "patch": patch or "none",
            "part": part,
            "kind": kind,
            "volume": name,
            "slices": len(np.unique(slices)),
            "patches": len(masks),
            "voxels": masks.size,
            "counts": [int((masks == number).sum()) for number in range(classes)],
        }
        for name, (masks, slices) in found.items()
    ]
    total = {key: sum(row[key] for row in rows) for key in ("slices", "patches", "voxels")}
    pooled = [sum(row["counts"][number] for row in rows) for number in range(classes)]
    return [*rows, {**rows[0], "volume": "all", **total, "counts": pooled}]


@style.applied()
def picture(arrays: Arrays, classes: list[str], rule: dict[str, Any]) -> Figure:
    """Draw training patches, evenly spread over those of each volume: the image, and its classes.

    Args:
        arrays: The data set.
        classes: Names of the classes.
        rule: A ``sampling`` block.
    """
    sampling = Sampling.model_validate(rule)
    size = (sampling.patch, sampling.patch)
    volumes = arrays.volumes(arrays.rows(TRAIN))
    side = (style.COLUMN - LEFT - GAP * (OF_A_VOLUME - 1)) / OF_A_VOLUME
    figure = style.blank(HEAD + len(volumes) * (2 * side + 3 * GAP))
    for line, (name, rows) in enumerate(volumes.items()):
        top = HEAD + line * (2 * side + 3 * GAP)
        style.write(figure, 0, top + side - 0.06, name.rpartition("/")[2])
        masks, images = np.asarray(arrays.targets[rows]), np.asarray(arrays.images[rows])
        brightest = float(np.percentile(images, 99.8))
        places = balanced(masks, sampling)
        if not len(places):
            style.write(figure, LEFT, top + side - 0.06, "no patch fits the rule")
            continue
        chosen = places[np.linspace(0, len(places) - 1, min(OF_A_VOLUME, len(places))).astype(int)]
        shown = zip(cut(images, chosen, size), cut(masks, chosen, size), strict=True)
        for column, (image, mask) in enumerate(shown):
            left = LEFT + column * (side + GAP)
            for place, pixels in enumerate((grey(image, brightest), coloured(mask, len(classes)))):
                axes = style.place(figure, left, top + place * (side + GAP), side, side)
                axes.imshow(pixels)
                axes.set(xticks=[], yticks=[])
    return figure
