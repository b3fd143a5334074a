"""What sets a test image apart from the others, measured and in one sentence.

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
    "spread": ("foreground close together", "foreground spread widely"),
    "contrast": ("little contrast", "much contrast"),
    "contour": ("short contours", "long contours"),
}
IN_WORDS = {
    "foreground": "the share of foreground",
    "objects": "the number of objects",
    "spread": "how widely the foreground is spread",
    "contrast": "the contrast between foreground and background",
    "contour": "the length of the contours",
}
# The channels of a picture; where they hold stains instead, the study says which.
CHANNELS = ("red", "green", "blue")
OUTER = 0.1
NEARLY = 10  # times fewer pixels than there are
CHANCE = 0.05  # of calling any property a relation of which none is one


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


def describe(image: int, found: pd.DataFrame, training: pd.DataFrame) -> str:
    """Say what sets a test image apart from the others.

    Args:
        image: Its row in ``found``.
        found: The properties of all test images.
        training: The properties of the training images.
    """
    shares, own = found.rank(method="average", pct=True).iloc[image], found.iloc[image]
    words = []
    for name, share in shares.items():
        if share <= OUTER or share > 1 - OUTER:
            known = PROPERTIES.get(str(name), (f"a low mean of {name}", f"a high mean of {name}"))
            words.append(known[int(share > 0.5)] + _value(str(name), own[str(name)], training))
    if not words:
        return "nothing that is measured sets it apart"
    *first, last = words
    return f"{', '.join(first)}{' and ' if first else ''}{last}"


def _value(name: str, own: float, training: pd.DataFrame) -> str:
    """Give the value of a property in words that need no explanation, or nothing."""
    if name == "foreground":
        return f" ({percent_text(own)} of the pixels)"
    if name == "objects":
        return f" ({own:.0f})"
    if name == "spread" and len(training):
        share = float((training["spread"] > own).mean())
        return f" (closer than in {_share_text(share)} of the training images)"
    return ""


def ranked(image: int, found: pd.DataFrame, predicted: np.ndarray) -> dict[str, str]:
    """Give every property of a test image, its rank in brackets; predicted: the same spread there.

    Args:
        image: Its row in ``found``.
        found: The properties of all test images; the lowest has rank 1.
        predicted: The predicted foreground, boolean, (H, W).
    """
    ranks, own = found.rank(method="min").iloc[image], found.iloc[image]
    written = {}
    for name, value, rank in zip(map(str, found), own, ranks, strict=True):
        written[name] = "none" if np.isnan(value) else f"{_short(name, value)} ({rank:.0f})"
        if name == "spread":
            written["predicted"] = f"{spread(predicted):.2f}" if predicted.any() else "none"
    return written


def _short(name: str, value: float) -> str:
    if name == "foreground":
        return percent_text(value)
    return f"{value:.0f}" if name in ("objects", "contour") else f"{value:.2f}"


def _share_text(share: float) -> str:
    return {0.0: "none", 1.0: "any"}.get(share, percent_text(share))


def extreme_prediction(truth: np.ndarray, predicted: np.ndarray, word: str) -> str:
    """Say that a prediction marks nearly all pixels, or nearly none, without cause; else "".

    Args:
        truth: The true foreground, boolean, (H, W).
        predicted: The predicted foreground, boolean, (H, W).
        word: What the foreground is called.
    """
    own, marked = float(truth.mean()), float(predicted.mean())
    without_cause = marked <= own / NEARLY or 1 - marked <= (1 - own) / NEARLY
    if marked == own or not without_cause:
        return ""
    return f"marks {percent_text(marked)} of the pixels as {word}"


def relations(found: pd.DataFrame, values: np.ndarray) -> str:
    """Say with which property Dice goes most closely over all test images, if with any clearly.

    It does if the rank correlation would be rarer than ``CHANCE`` without any relation, for all
    properties together (Bonferroni).

    Args:
        found: The properties of all test images.
        values: Their Dice.
    """
    varied = found.loc[:, found.min() < found.max()]
    related = varied.corrwith(pd.Series(values, index=found.index), method="spearman").dropna()
    if related.empty:
        return ""
    name = str(related.abs().idxmax())
    number = f"{related[name]:.2f}".replace("-", "\N{MINUS SIGN}")
    called = IN_WORDS.get(name, f"the mean of {name}")
    from scipy.stats import spearmanr  # other figures need not wait for it

    chance = float(spearmanr(varied[name], values, nan_policy="omit").pvalue) * len(related)
    if chance > CHANCE:
        return (
            f"Over all {len(found)} test images, Dice goes clearly with none of the properties "
            f"looked at ({len(related)}); the largest rank correlation, with {called}, is {number}."
        )
    return (
        f"Over all {len(found)} test images, Dice goes most closely with {called} (rank "
        f"correlation {number})."
    )
