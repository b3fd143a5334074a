"""Figures of the predictions of all variants of an exercise: their masks, and their agreement."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from dlia.data.arrays import Arrays
from dlia.evaluation.predictions import Predictions, read_predictions
from dlia.evaluation.shown_trial import shown_trial
from dlia.figures import style
from dlia.figures.trials import MEAN
from dlia.runtime.files import write_csv
from dlia.study.variant_facts import VariantFacts
from dlia.tasks.segmentation.agreement import TRIALS, agreement
from dlia.tasks.segmentation.dice import dice_by_class, mean_of_present
from dlia.tasks.segmentation.segmentations import class_map

IMAGES = 3  # of the test part, that are shown
MOST_COLUMNS = 7  # pictures side by side
GAP, HEAD, LINE, LINE_OF_TEXT = 0.05, 0.1, 0.15, 0.13  # inches
ROW = 0.2  # inches of a pair of variants
LEFT, RIGHT, TOP, FOOT = 1.9, 0.1, 0.3, 0.42  # inches around the points


@dataclass(frozen=True)
class MaskedImage:
    """One test image with the prediction of every variant.

    Attributes:
        image_id: The name of the image in the data set.
        image: (H, W) or (H, W, 3), uint8.
        truth: (H, W), class numbers and ``IGNORED``.
        predicted: By variant, (H, W) class numbers.
        dice: By variant.
    """

    image_id: str
    image: np.ndarray
    truth: np.ndarray
    predicted: dict[str, np.ndarray]
    dice: dict[str, float]


def compare(
    metric: str,
    variants: list[VariantFacts],
    bases: dict[str, str],
    classes: list[str],
    inputs: dict[str, Any],
    outputs: dict[str, Any],
) -> None:
    """Write the table of the agreement of all variants of an exercise, and draw both figures.

    Args:
        metric: dice.
        variants: For each variant: name, epochs ("12 of 100" if shortened).
        bases: The variant that a variant is compared with, if it is one of the exercise.
        classes: Names of the classes.
        inputs: Paths: images, targets, split, source, results, and in the order of ``variants``
            histories and predictions.
        outputs: Paths: table, and agreement and masks (SVG and PDF).
    """
    names = [variant["name"] for variant in variants]
    note = note_on_epochs(variants)
    predictions = {
        name: read_predictions(path)
        for name, path in zip(names, inputs["predictions"], strict=True)
    }
    arrays = Arrays.open(inputs["images"], inputs["targets"], inputs["split"])
    data = json.loads(Path(inputs["source"]).read_text(encoding="utf-8"))["data"]
    truth = arrays.targets_at(arrays.rows("test"))
    found = agreement(predictions, bases, truth, len(classes))
    found.insert(0, "data", data)
    write_csv(outputs["table"], found)
    style.save(draw_agreement(found, note), *map(Path, outputs["agreement"]))
    results = pd.read_csv(inputs["results"], keep_default_na=False)
    trials = {
        name: shown_trial(
            pd.read_csv(path),
            results[results["variant"] == name].groupby("trial")["epoch"].first(),
            metric,
        )
        for name, path in zip(names, inputs["histories"], strict=True)
    }
    figure = masks(predictions, trials, arrays, len(classes), note)
    style.save(figure, *map(Path, outputs["masks"]))


def note_on_epochs(variants: list[VariantFacts]) -> str:
    """Say which trainings were shortened; "" if none was."""
    cut: dict[str, list[str]] = {}
    for variant in variants:
        if " of " in variant["epochs"]:
            cut.setdefault(variant["epochs"], []).append(variant["name"])
    texts = [f"{', '.join(names)} {epochs} epochs" for epochs, names in cut.items()]
    return f"Shortened trainings: {'; '.join(texts)}." if texts else ""


def masks(
    predictions: dict[str, Predictions],
    trials: dict[str, int],
    arrays: Arrays,
    classes: int,
    note: str = "",
) -> Figure:
    """Draw test images that are evenly spread over the data set, with every variant's prediction.

    Args:
        predictions: Of each variant, for the same test images.
        trials: The trial of each variant that is drawn.
        arrays: The data set.
        classes: How many there are.
        note: What is said below.
    """
    rows = arrays.rows("test")
    shown = np.unique(np.linspace(0, len(rows) - 1, IMAGES + 2).round().astype(int)[1:-1])
    truth = arrays.targets_at(rows[shown])
    predicted = {name: each.classes(trials[name])[shown] for name, each in predictions.items()}
    dice = {
        name: mean_of_present(dice_by_class(found, truth, classes))
        for name, found in predicted.items()
    }
    ids = next(iter(predictions.values())).ids
    cases = [
        MaskedImage(
            ids[image],
            arrays.images[rows[image]],
            truth[place],
            {name: found[place] for name, found in predicted.items()},
            {name: float(values[place]) for name, values in dice.items()},
        )
        for place, image in enumerate(shown)
    ]
    return draw_masks(cases, classes, note)


@style.applied()
def draw_masks(cases: list[MaskedImage], classes: int, note: str = "") -> Figure:
    """Draw for each image its pixels, its true mask, and the mask of each variant with its Dice."""
    if not cases:
        return style.message("There is no test image to show.")
    names = list(cases[0].predicted)
    columns = min(2 + len(names), MOST_COLUMNS)
    width = (style.COLUMN - GAP * (columns - 1)) / columns
    heads = {name: style.wrap(name, width) for name in names}
    above = LINE_OF_TEXT * (max(map(len, heads.values())) + 1) + GAP
    lines = -(-(2 + len(names)) // columns)
    heights = [width * case.truth.shape[0] / case.truth.shape[1] for case in cases]
    notes = style.wrap(note, style.COLUMN - 0.1) if note else []
    foot = LINE * len(notes)
    figure = style.blank(
        HEAD + sum(lines * (height + above) + GAP + LINE for height in heights) + foot
    )
    top = HEAD
    for case, height in zip(cases, heights, strict=True):
        style.write(figure, 0, top, case.image_id, color=style.GREY)
        top += LINE
        pictures: list[tuple[list[str], np.ndarray]] = [
            (["image"], case.image),
            (["truth"], class_map(case.truth, classes)),
        ]
        for name, mask in case.predicted.items():
            text = [*heads[name], f"Dice {case.dice[name]:.3f}"]
            pictures.append((text, class_map(mask, classes)))
        for place, (text, pixels) in enumerate(pictures):
            line, column = divmod(place, columns)
            left, upper = column * (width + GAP), top + line * (height + above)
            style.write(figure, left, upper, "\n".join(text))
            axes = style.place(figure, left, upper + above, width, height)
            axes.imshow(pixels, cmap="gray", vmin=0, vmax=255)
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(True)
        top += lines * (height + above) + GAP
    style.write(figure, 0, top, "\n".join(notes), color=style.GREY)
    return figure


@style.applied()
def draw_agreement(table: pd.DataFrame, note: str = "") -> Figure:
    """Draw the Dice of all pairs of networks, a row for each pair of variants.

    Args:
        table: As ``agreement.agreement`` gives it.
        note: What is said below.
    """
    if table.empty:
        return style.message("There are no two networks whose predictions could be compared.")
    # Trials of one variant come first.
    pairs = table.sort_values("relation", key=lambda column: column != TRIALS, kind="stable")
    groups = [
        (_label(str(rows["variant"].iloc[0]), str(rows["other"].iloc[0])), rows)
        for _, rows in pairs.groupby(["variant", "other"], sort=False)
    ]
    labels = [style.wrap(label, LEFT - 0.1) for label, _ in groups]
    tall = [ROW + LINE * (len(lines) - 1) for lines in labels]
    notes = style.wrap(note, style.COLUMN - 0.1) if note else []
    figure = style.blank(TOP + sum(tall) + FOOT + LINE * len(notes))
    style.write(figure, 0, TOP + sum(tall) + FOOT, "\n".join(notes), color=style.GREY)
    axes = style.place(figure, LEFT, TOP, style.COLUMN - LEFT - RIGHT, sum(tall))
    middles = np.cumsum(tall) - np.array(tall) / 2
    for (_, rows), middle in zip(groups, middles, strict=True):
        same = (rows["trial"] == rows["other_trial"]).to_numpy()
        values = rows["mean"].to_numpy(dtype=float)
        colour = style.ORANGE if (rows["relation"] == TRIALS).all() else style.BLUE
        for chosen, fill in ((same, colour), (~same, "white")):
            axes.plot(
                values[chosen], [middle] * chosen.sum(), "o", mfc=fill, mec=colour, mew=0.8, ms=4
            )
        axes.plot([values.mean()], [middle], zorder=4, **MEAN)
    axes.set_ylim(sum(tall), 0)
    axes.set_yticks(middles, ["\n".join(lines) for lines in labels])
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("Dice of two networks' masks, mean over the test images")
    others = (table["relation"] != TRIALS).to_numpy()
    alike = (table["trial"] == table["other_trial"]).to_numpy()
    drawn = [bool(of.any()) for of in (~others, others & alike, others & ~alike)]
    _legend(figure, drawn)
    return figure


def _label(variant: str, other: str) -> str:
    return f"trials of {variant}" if variant == other else f"{variant} and {other}"


def _legend(figure: Figure, drawn: list[bool]) -> None:
    looks = {
        "trials of one variant": (style.ORANGE, "white"),
        "two variants, same trial": (style.BLUE, style.BLUE),
        "two variants, other trials": (style.BLUE, "white"),
    }
    handles = [
        Line2D([], [], ls="none", marker="o", mec=edge, mfc=fill, mew=0.8, ms=4, label=label)
        for (label, (edge, fill)), is_drawn in zip(looks.items(), drawn, strict=True)
        if is_drawn
    ]
    handles.append(Line2D([], [], linestyle="none", label="mean", **{**MEAN, "ms": 9}))
    style.legend(figure, handles, 0.6)
