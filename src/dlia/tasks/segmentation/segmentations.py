"""Segmented test images beside the truth, with a map of the errors.

Masks of two classes are black and white. More classes have a colour each, and the map of the errors
one more colour: for a foreground class in the place of another. Ignored pixels are grey.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from dlia.data.arrays import Arrays
from dlia.data.class_shares import IGNORED
from dlia.evaluation.predictions import Predictions
from dlia.figures import style
from dlia.figures.class_colours import IGNORED_COLOUR, foreground_colours, rgb
from dlia.formatting import percent_text
from dlia.tasks.segmentation.dice import dice_by_class, mean_of_present
from dlia.tasks.segmentation.hard_cases import (
    describe,
    extreme_prediction,
    properties,
    ranked,
    relations,
)
from dlia.tasks.segmentation.mask_shape import count_objects

# Index: 2 * truth + prediction. Correct pixels are black and white as in masks of two classes. The
# colours of the errors are chosen so that all four also differ in greyscale.
ERRORS = {
    "correct background": "#000000",
    "false alarm": style.ORANGE,
    "missed": style.BLUE,
    "correct foreground": "#FFFFFF",
}
CONFUSED = "wrong class"
CONFUSED_COLOUR = "#CC79A7"  # reddish purple
PALETTE = np.array([rgb(colour) for colour in ERRORS.values()], dtype=np.uint8)
_COLUMNS = ("image", "truth", "prediction", "error map")
LEFT, RIGHT, HEAD, FOOT, GAP = 1.05, 0.02, 0.22, 0.32, 0.07  # inches
HIGHEST = 3.9  # inches of all pictures, one below the other
LINE, ENTRIES = 0.17, 4  # inches of a line of the legend, and its entries
LINE_OF_NOTES = 0.135  # inches
LEFT_OF_TABLE = 0.62  # inches


@dataclass(frozen=True)
class Segmentation:
    """One test image with its prediction.

    Attributes:
        label: The reason why it is shown, such as "best".
        image_id: The name of the image in the data set.
        image: (H, W, 3), uint8.
        truth: (H, W), class numbers and ``IGNORED``; 0 is the background.
        predicted: (H, W), class numbers.
        dice: Overlap of prediction and truth, 0..1.
        pixel: Height of a pixel by its width.
        facts: What is said of it instead of how many objects it shows.
    """

    label: str
    image_id: str
    image: np.ndarray
    truth: np.ndarray
    predicted: np.ndarray
    dice: float
    pixel: float = 1.0
    facts: tuple[str, ...] = ()

    @property
    def shape(self) -> float:
        """Height of the image by its width."""
        return self.pixel * self.truth.shape[0] / self.truth.shape[1]


def picture(predictions: Predictions, trial: int, arrays: Arrays, classes: list[str]) -> Figure:
    """Draw the best, the median and the two worst test images of one trial of a variant.

    What sets the worst two apart is said below.
    """
    rows = arrays.rows("test")
    truth, predicted = arrays.targets_at(rows), predictions.classes(trial)
    values = mean_of_present(dice_by_class(predicted, truth, len(classes)))
    order = np.argsort(-values, kind="stable")
    cases = {"best": order[0], "median": order[len(order) // 2], "worst": order[-1]}
    if len(order) > 3:
        cases["2nd worst"] = order[-2]
    known = np.flatnonzero(arrays.split["part"] != "test")
    of_test = properties(arrays.images_at(rows), truth)
    of_training = properties(arrays.images_at(known), arrays.targets_at(known))
    notes, measured = [], {}
    if len(of_test) > 2:
        worst = {label: image for label, image in cases.items() if "worst" in label}
        known_pixels = truth != IGNORED
        measured = {
            label: ranked(image, of_test, (predicted[image] != 0) & known_pixels[image])
            for label, image in worst.items()
        }
        apart = [
            f"{label.capitalize()}: {describe(image, of_test, of_training)}."
            for label, image in worst.items()
        ]
        meant = (
            "A property is named if the image is among the lowest or highest tenth of the "
            f"{len(of_test)} images in it. In brackets stands its rank among them, from the lowest."
        )
        notes = [" ".join([*apart, meant]), relations(of_test, values)]
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
        ],
        classes,
        notes,
        measured,
    )


@style.applied()
def segmentations(
    rows: list[Segmentation],
    classes: list[str],
    notes: Sequence[str] = (),
    measured: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    errors: Mapping[str, str] = MappingProxyType({}),
) -> Figure:
    """Draw one row per case: image, truth, prediction and the map of the errors.

    Args:
        rows: The cases.
        classes: Names of the classes, the background first.
        notes: Paragraphs below the cases.
        measured: What is written above the notes: values by name, of some cases by their labels.
        errors: The colours of the map of the errors by their meanings, if not those of ``ERRORS``.
    """
    if not rows:
        return style.message("There is no segmentation to show.")
    width = (style.COLUMN - LEFT - RIGHT - GAP * (len(_COLUMNS) - 1)) / len(_COLUMNS)
    # Narrower than the column, if the pictures would be too high for the text beside them.
    high = sum(row.shape for row in rows)
    width = min(width, HIGHEST / high)
    heights = [width * row.shape for row in rows]
    ignored = any((row.truth == IGNORED).any() for row in rows)
    handles = _handles(classes, errors or _errors(len(classes)), ignored)
    foot = FOOT + LINE * ((len(handles) - 1) // ENTRIES)
    lines = [line for note in notes for line in style.wrap(note, style.COLUMN - 0.3)]
    table = LINE_OF_NOTES * (len(measured) + 2) if measured else 0.0
    below = LINE_OF_NOTES * len(lines) + table
    figure = style.blank(HEAD + sum(heights) + GAP * len(rows) + foot + below)
    for column, name in enumerate(_COLUMNS):
        middle = LEFT + column * (width + GAP) + width / 2
        style.write(figure, middle, 0.05, name, ha="center", fontsize=style.TEXT)
    top = HEAD
    for row, height in zip(rows, heights, strict=True):
        _labels(figure, row, top, height, classes)
        for column, picture in enumerate(_pictures(row, len(classes))):
            axes = style.place(figure, LEFT + column * (width + GAP), top, width, height)
            # The colours are for grey only.
            axes.imshow(picture, cmap="gray", vmin=0, vmax=255, aspect="auto")
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(True)
        top += height + GAP
    _table(figure, top + foot + LINE_OF_NOTES / 2, measured)
    style.write(figure, 0, top + foot + table, "\n".join(lines), color=style.GREY)
    corner = (1.0 - RIGHT / style.COLUMN, (0.06 + below) / figure.get_size_inches()[1])
    figure.legend(
        handles=handles, loc="lower right", bbox_to_anchor=corner, ncols=ENTRIES, handlelength=1.3
    )
    return figure


def _table(figure: Figure, top: float, measured: Mapping[str, Mapping[str, str]]) -> None:
    names = list(next(iter(measured.values()), {}))
    step = (style.COLUMN - LEFT_OF_TABLE) / max(len(names), 1)
    columns = [("", list(measured))]
    columns += [(name, [values[name] for values in measured.values()]) for name in names]
    for number, column in enumerate(columns):
        left = LEFT_OF_TABLE + step * (number - 1) if number else 0.0
        style.write(figure, left, top, "\n".join([column[0], *column[1]]), color=style.GREY)


def error_map(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Colour each pixel by whether the prediction is right, and by the kind of error.

    Args:
        truth: (H, W), class numbers and ``IGNORED``; not 0 where there is foreground.
        predicted: (H, W), class numbers; not 0 where foreground was predicted.

    Returns:
        (H, W, 3), uint8.
    """
    found = PALETTE[2 * (truth != 0) + (predicted != 0)]
    found[(truth != 0) & (predicted != 0) & (truth != predicted)] = rgb(CONFUSED_COLOUR)
    found[truth == IGNORED] = rgb(IGNORED_COLOUR)
    return found


def class_map(mask: np.ndarray, classes: int) -> np.ndarray:
    """Colour each pixel by its class.

    Args:
        mask: (H, W), class numbers and ``IGNORED``.
        classes: How many there are.

    Returns:
        (H, W, 3), uint8: black background, white foreground; of more than two classes, each has a
        colour.
    """
    palette = np.full((256, 3), rgb(IGNORED_COLOUR), dtype=np.uint8)
    palette[:classes] = [rgb(colour) for colour in _colours(classes)]
    return palette[mask]


def _colours(classes: int) -> list[str]:
    foreground = ["#FFFFFF"] if classes == 2 else foreground_colours(classes - 1)
    return [style.BLACK, *foreground]


def _pictures(row: Segmentation, classes: int) -> tuple[np.ndarray, ...]:
    truth, predicted = (class_map(mask, classes) for mask in (row.truth, row.predicted))
    return row.image, truth, predicted, error_map(row.truth, row.predicted)


def _errors(classes: int) -> dict[str, str]:
    """Give the colours of the errors; black is also that of the background, if it has a name."""
    if classes == 2:
        return ERRORS
    named = {name: colour for name, colour in ERRORS.items() if colour != style.BLACK}
    return {**named, CONFUSED: CONFUSED_COLOUR}


def _handles(classes: list[str], errors: Mapping[str, str], ignored: bool) -> list[Patch]:
    """Explain the colours of the errors; of more than two classes, first those of the classes."""
    named = dict(errors)
    if ignored:
        named["ignored"] = IGNORED_COLOUR
    colours = list(zip(classes, _colours(len(classes)), strict=True)) if len(classes) > 2 else []
    return [
        Patch(fc=colour, ec=style.GREY, lw=0.6, label=name)
        for name, colour in (*colours, *named.items())
    ]


def _labels(
    figure: Figure, row: Segmentation, top: float, height: float, classes: list[str]
) -> None:
    word = classes[1] if len(classes) == 2 else "foreground"
    known = row.truth != IGNORED
    foreground = (row.truth != 0) & known
    extreme = extreme_prediction(foreground, (row.predicted != 0) & known, word)
    told = [] if row.facts else style.wrap(extreme, LEFT - 0.08)
    first = top + height / 2 - 0.23 - LINE_OF_NOTES / 2 * len(told)
    style.write(figure, 0, first, row.label, fontsize=style.TEXT, fontweight="bold")
    style.write(figure, 0, first + 0.17, f"Dice {row.dice:.3f}", fontsize=style.TEXT)
    style.write(figure, 0, first + 0.34, "\n".join(told))
    name = style.wrap(row.image_id, LEFT - 0.08)
    facts = row.facts or _objects(foreground)
    below = first + 0.34 + LINE_OF_NOTES * len(told)
    style.write(figure, 0, below, "\n".join([*name, *facts]), color=style.GREY)


def _objects(foreground: np.ndarray) -> tuple[str, str]:
    count = count_objects(foreground)
    share = percent_text(float(foreground.mean()))
    return f"{count} object{'s' * (count != 1)} on", f"{share} of the image"
