"""Segmented test images beside the truth, with a map of the errors."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from dlia.data.arrays import Arrays
from dlia.evaluation.predictions import Predictions
from dlia.figures import style
from dlia.formatting import percent_text
from dlia.tasks.segmentation.dice import dice
from dlia.tasks.segmentation.mask_shape import count_glands

# Index: 2 * truth + prediction. Both masks are black and white, and so is what is correct here;
# the two errors are chosen so that all four also differ in greyscale.
ERRORS = {
    "correct background": "#000000",
    "false alarm": style.ORANGE,
    "missed": style.BLUE,
    "correct foreground": "#FFFFFF",
}
PALETTE = np.array(
    [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in ERRORS.values()], dtype=np.uint8
)
_COLUMNS = ("image", "truth", "prediction", "error map")
LEFT, RIGHT, HEAD, FOOT, GAP = 1.05, 0.02, 0.22, 0.32, 0.07  # inches


@dataclass(frozen=True)
class Segmentation:
    """One test image with its prediction.

    Attributes:
        label: Why it is shown, such as "best".
        image_id: Its name in the data set.
        image: (H, W, 3), uint8.
        truth: (H, W), 0 background, 1 foreground.
        predicted: (H, W), 0 background, 1 foreground.
        dice: Overlap of prediction and truth, 0..1.
    """

    label: str
    image_id: str
    image: np.ndarray
    truth: np.ndarray
    predicted: np.ndarray
    dice: float


def picture(predictions: Predictions, trial: int, arrays: Arrays, classes: list[str]) -> Figure:
    """Draw the best, the median and the worst test image of one trial of a variant."""
    rows = arrays.rows("test")
    truth, predicted = arrays.targets_at(rows), predictions.classes(trial)
    values = dice(predicted == 1, truth == 1)
    ranked = np.argsort(-values, kind="stable")
    cases = {"best": ranked[0], "median": ranked[len(ranked) // 2], "worst": ranked[-1]}
    return segmentations(
        [
            Segmentation(
                label,
                predictions.ids[image],
                arrays.images[rows[image]],
                truth[image],
                predicted[image],
                float(values[image]),
            )
            for label, image in cases.items()
        ]
    )


@style.applied()
def segmentations(rows: list[Segmentation]) -> Figure:
    """Draw one row per case: image, truth, prediction and the map of the errors."""
    if not rows:
        return style.message("There is no segmentation to show.")
    width = (style.COLUMN - LEFT - RIGHT - GAP * (len(_COLUMNS) - 1)) / len(_COLUMNS)
    heights = [width * row.truth.shape[0] / row.truth.shape[1] for row in rows]
    figure = style.blank(HEAD + sum(heights) + GAP * len(rows) + FOOT)
    for column, name in enumerate(_COLUMNS):
        middle = LEFT + column * (width + GAP) + width / 2
        style.write(figure, middle, 0.05, name, ha="center", fontsize=style.TEXT)
    top = HEAD
    for row, height in zip(rows, heights, strict=True):
        _labels(figure, row, top, height)
        for column, picture in enumerate(_pictures(row)):
            axes = style.place(figure, LEFT + column * (width + GAP), top, width, height)
            axes.imshow(picture, cmap="gray", vmin=0, vmax=255)  # the colours are for grey only
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(True)
        top += height + GAP
    handles = [Patch(fc=c, ec=style.GREY, lw=0.6, label=name) for name, c in ERRORS.items()]
    corner = (1.0 - RIGHT / style.COLUMN, 0.06 / figure.get_size_inches()[1])
    figure.legend(
        handles=handles, loc="lower right", bbox_to_anchor=corner, ncols=4, handlelength=1.3
    )
    return figure


def error_map(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Colour each pixel by what the prediction did there.

    Args:
        truth: (H, W), not 0 where there is foreground.
        predicted: (H, W), not 0 where foreground was predicted.

    Returns:
        (H, W, 3), uint8.
    """
    return PALETTE[2 * (truth != 0) + (predicted != 0)]


def _pictures(row: Segmentation) -> tuple[np.ndarray, ...]:
    truth, predicted = (error_map(mask, mask) for mask in (row.truth, row.predicted))
    return row.image, truth, predicted, error_map(row.truth, row.predicted)


def _labels(figure: Figure, row: Segmentation, top: float, height: float) -> None:
    middle = top + height / 2
    style.write(figure, 0, middle - 0.23, row.label, fontsize=style.TEXT, fontweight="bold")
    style.write(figure, 0, middle - 0.06, f"Dice {row.dice:.3f}", fontsize=style.TEXT)
    name = style.wrap(row.image_id, LEFT - 0.08)
    glands = count_glands(row.truth != 0)
    share = percent_text(float((row.truth != 0).mean()))
    facts = [f"{glands} gland{'s' * (glands != 1)} on", f"{share} of the image"]
    style.write(figure, 0, middle + 0.11, "\n".join(name + facts), color=style.GREY)
