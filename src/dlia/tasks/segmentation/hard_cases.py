"""What sets a test image apart from the others, in numbers and in one sentence.

Masks are class numbers; of more than two classes, all foreground classes together are one.
"""

import numpy as np
import pandas as pd
from scipy.ndimage import binary_erosion

from dlia.data.class_shares import IGNORED
from dlia.formatting import percent_text
from dlia.tasks.segmentation.mask_shape import count_objects, spread

# The properties, and the words for an image that is among the lowest or the highest tenth.
PROPERTIES = {
    "foreground": ("little foreground", "much foreground"),
    "objects": ("few objects", "many objects"),
    "spread": ("concentrated objects", "scattered objects"),
    "contrast": ("little contrast", "much contrast"),
    "contour": ("short contours", "long contours"),
}
# The channels of a picture; where they hold stains instead, the study says which.
CHANNELS = ("red", "green", "blue")
OUTER = 0.1


def properties(images: np.ndarray, truth: np.ndarray) -> pd.DataFrame:
    """Measure the ``PROPERTIES`` of images.

    Args:
        images: (n, H, W) or (n, H, W, C), as stored.
        truth: Masks, (n, H, W).

    Returns:
        A row for each image: foreground (share of the pixels), objects (their number), spread (see
        ``mask_shape.spread``), contrast (difference of the mean brightness of foreground and
        background, as a share of the range of all images), contour (pixels of the foreground that
        touch the background), and the mean of each channel, as a share of the range of all images:
        red, green and blue, or brightness. What an image without foreground or background lacks is
        nan; a channel that is equal in all images is left out.
    """
    masks = (truth != 0) & (truth != IGNORED)
    if not len(images):
        return pd.DataFrame(columns=list(PROPERTIES))
    pixels = images.reshape(*truth.shape, -1)
    bright = pixels.mean(axis=3, dtype=np.float64)
    extent = float(np.ptp(bright)) or 1.0
    rows = [_row(mask, own, extent) for mask, own in zip(masks, bright, strict=True)]
    found = pd.DataFrame(rows, columns=list(PROPERTIES))
    means = pixels.mean(axis=(1, 2), dtype=np.float64)
    names = CHANNELS if means.shape[1] == len(CHANNELS) else ("brightness",)
    for name, of_channel in zip(names, means.T, strict=False):
        if np.ptp(of_channel):
            lowest = float(pixels.min())
            found[name] = (of_channel - lowest) / ((float(pixels.max()) - lowest) or 1.0)
    return found


def _row(mask: np.ndarray, bright: np.ndarray, extent: float) -> list[float]:
    both = mask.any() and not mask.all()
    inner = binary_erosion(mask, border_value=True)
    return [
        float(mask.mean()),
        count_objects(mask),
        spread(mask) if mask.any() else np.nan,
        abs(float(bright[mask].mean() - bright[~mask].mean())) / extent if both else np.nan,
        int((mask & ~inner).sum()),
    ]


def describe(image: int, found: pd.DataFrame, predicted: np.ndarray, training: pd.DataFrame) -> str:
    """Describe a test image: every property with its rank, and what sets the image apart.

    Args:
        image: Its row in ``found``.
        found: The properties of all test images.
        predicted: The predicted foreground, boolean, (H, W).
        training: The properties of the training images.
    """
    ranks = found.rank(method="min").iloc[image]
    own, count = found.iloc[image], len(found)
    written = {
        "foreground": f"foreground {percent_text(own['foreground'])}",
        "objects": f"objects {own['objects']:.0f}",
        "spread": f"spread {own['spread']:.2f}",
        "contrast": f"contrast {own['contrast']:.2f}",
        "contour": f"contour {own['contour']:.0f} px",
    } | {name: f"{name} {own[name]:.2f}" for name in _channels(found)}
    listed = [
        f"{text} ({ranks[name]:.0f})" for name, text in written.items() if own[name] == own[name]
    ]
    guess = f"{spread(predicted):.2f}" if predicted.any() else "none, nothing is predicted"
    others = ""
    if len(training):
        share = percent_text(float((training["spread"] > own["spread"]).mean()))
        others = f" {share} of the training images have more scattered objects."
    return (
        f"{', '.join(listed)} (in brackets the rank among {count} test images, from the lowest); "
        f"spread of the prediction {guess}. {_apart(found, image)}{others}"
    )


def _channels(found: pd.DataFrame) -> list[str]:
    return [str(name) for name in found if name not in PROPERTIES]


def _apart(found: pd.DataFrame, image: int) -> str:
    """Say in which properties an image is among the outer tenths of all images."""
    shares = found.rank(method="average", pct=True).iloc[image]
    known = PROPERTIES | {name: (f"little {name}", f"much {name}") for name in _channels(found)}
    words = [
        known[str(name)][int(share > 0.5)]
        for name, share in shares.items()
        if share <= OUTER or share > 1 - OUTER
    ]
    if not words:
        return "In each of these it is among the middle eight tenths of the images."
    *first, last = words
    return f"It stands out by {', '.join(first)}{' and ' if first else ''}{last}, and by no other."


def relations(found: pd.DataFrame, values: np.ndarray) -> str:
    """Say how Dice goes with each property over all test images, by rank correlations.

    Args:
        found: The properties of all test images.
        values: Their Dice.
    """
    varied = found.loc[:, found.min() < found.max()]
    related = varied.corrwith(pd.Series(values, index=found.index), method="spearman").dropna()
    listed = ", ".join(f"{name} {number:.2f}" for name, number in related.items())
    return f"Over all {len(found)} test images, rank correlation of Dice with {listed}."
