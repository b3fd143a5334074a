"""Data set as the report describes it: origin, parts and classes."""

from typing import Any

import pandas as pd

from dlia.evaluation.balance import PARTS
from dlia.formatting import metric_text, range_text
from dlia.reporting.records import RESULTS, read_json, read_table
from dlia.study.model import Study

NOT_STATED = "not stated in the study"


def data_context(study: Study) -> dict[str, Any]:
    """Gather the description of a study's data set."""
    folder = RESULTS / "data" / study.name
    source = read_json(folder / "source.json")
    split = pd.read_csv(folder / "split.csv")
    equal = pd.read_csv(folder / "equal_images.csv")
    return {
        "kind": source["data"],
        "archive": source["archive"],
        "sha256": source["sha256"],
        "size": source["layout"]["size"],
        "channels": source["layout"]["channels"],
        "classes": study.data.classes,
        "parts": split["part"].value_counts().to_dict(),
        "split_seed": study.data.split_seed,
        "terms": study.data.terms or NOT_STATED,
        "citation": study.data.citation or NOT_STATED,
        "equal_images": equal["sha256"].nunique(),
        "balance": _balance(study),
        "noticed": noticed(read_table(folder / "balance.csv"), study.task.per_pixel),
        "balance_caption": study.task.balance_caption,
        "samples_caption": study.task.samples_caption,
    }


def noticed(balance: list[dict[str, str]], per_pixel: bool) -> list[str]:
    """Return a sentence for every problem in the class balance that affects the results.

    Args:
        balance: The rows of balance.csv.
        per_pixel: Whether each pixel has a class (segmentation).
    """
    names = {"train": "training"}
    kind = "with a pixel of class" if per_pixel else "of class"
    shown = [
        (row, f"{names.get(row['part'], row['part'])} image", f"{kind} {row['class']}")
        for row in balance
    ]
    lacking = [
        f"There is no {image} {of_class}." for row, image, of_class in shown if row["images"] == "0"
    ]
    empty = [
        f"{row['of_one_colour']} of the {row['images']} {image}s {of_class} are blank: "
        "all their pixels are the same."
        for row, image, of_class in shown
        if row["of_one_colour"] not in ("0", "not read")
    ]
    return [*lacking, *empty]


def _balance(study: Study) -> list[dict[str, str]]:
    """Return the share of every class in each part, one row per class."""
    table = read_table(RESULTS / "data" / study.name / "balance.csv")
    found = {(row["class"], row["part"]): row for row in table}
    text = _of_pixels if study.task.per_pixel else _of_images
    return [
        {"label": name, **{part: text(found[name, part]) for part in PARTS}}
        for name in study.data.classes
    ]


def _of_images(row: dict[str, str]) -> str:
    return f"{int(row['images']):,} ({100 * float(row['share']):.1f} %)"


def _of_pixels(row: dict[str, str]) -> str:
    low, high = (metric_text("share", row[end]) for end in ("lowest", "highest"))
    return f"{metric_text('share', row['share'])} ({range_text(low, high)})"
