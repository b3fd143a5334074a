"""What the LaTeX report arranges in its own way: for a page that does not scroll."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from dlia.quantities import QUANTITIES
from dlia.reporting.hyperparameters import NOT_APPLICABLE
from dlia.reporting.references import once

# So many columns of values fit between the margins.
COLUMNS = 6
# Origins of what a study file says, other than defaults.
DECIDED = ("stated", "assumed", "chosen", "study")
MEASURES = (
    "dice_soft_pooled",
    "iou",
    "pixel_accuracy",
    "boundary_dice_1",
    "boundary_dice_2",
    "boundary_dice_3",
    "assd",
    "hd95",
    "checkerboard",
    "checkerboard_images",
)


def arrange(context: dict[str, Any]) -> dict[str, Any]:
    """Give the context of a report with what its LaTeX templates need besides.

    Args:
        context: What ``reporting.context.gather`` gives.
    """
    cited = context["references"]
    cells = {
        variant["key"]: {row["path"]: row["cells"][index] for row in exercise["settings"]}
        for study in context["studies"]
        for exercise in study["exercises"]
        for index, variant in enumerate(exercise["variants"])
    }
    chapters = [
        {
            **study,
            "exercises": [_exercise(exercise, cells) for exercise in study["exercises"]],
            "labels": [item["label"] for item in cited if item["study"] == study["name"]],
        }
        for study in context["studies"]
    ]
    return {
        **context,
        "studies": chapters,
        "references": once(cited),
        "measure_names": {"dice_p10": "Dice, 10th percentile of the images"}
        | {name: QUANTITIES[name].words for name in MEASURES},
    }


def shared_settings(
    settings: list[dict[str, Any]], variants: list[dict[str, Any]]
) -> list[dict[str, str]]:
    """Give the settings that are the same in all variants: path, meaning, value, origin."""
    names = [variant["name"] for variant in variants]
    return [
        {
            "path": row["path"],
            "meaning": row["meaning"],
            "value": row["cells"][0]["value"],
            "origin": origins([cell["origin"] for cell in row["cells"]], names),
        }
        for row in settings
        if row["same"]
    ]


def differing_settings(
    settings: list[dict[str, Any]], variants: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Give the settings that differ, in tables of at most ``COLUMNS`` variants.

    Returns:
        For each table: variants; rows of path, meaning and cells (value, origin, via, differs).
    """
    rows = [row for row in settings if not row["same"]]
    tables = []
    for start in range(0, len(variants), COLUMNS) if rows else ():
        part = slice(start, start + COLUMNS)
        own = [{**row, "cells": row["cells"][part]} for row in rows]
        tables.append({"variants": variants[part], "rows": own})
    return tables


def origins(words: list[str], names: list[str]) -> str:
    """Say where the values of several variants come from.

    The most frequent origin stands first, the others with the names of their variants.
    """
    groups = defaultdict(list)
    for word, name in zip(words, names, strict=True):
        groups[word].append(name)
    first, *others = sorted(groups, key=lambda word: -len(groups[word]))
    return "; ".join([first, *(f"{word}: {', '.join(groups[word])}" for word in others)])


def changes(variant: dict[str, Any], own: dict[str, dict[str, Any]]) -> list[tuple[str, str]]:
    """Give path and value of what sets a variant apart.

    Args:
        variant: Its name, base and same_as.
        own: Its cells by path; without a base, all that is stated or assumed is given.
    """
    if variant["same_as"]:
        return []
    return [
        (path, cell["value"])
        for path, cell in own.items()
        if cell["value"] != NOT_APPLICABLE
        and (cell["differs"] if variant["base"] else cell["origin"].startswith(DECIDED))
    ]


def compared(comparisons: list[dict[str, str]]) -> list[list[list[dict[str, str]]]]:
    """Give the rows of each variant together, in tables of at most ``COLUMNS`` variants."""
    groups: dict[str, list[dict[str, str]]] = {}
    for row in comparisons:
        groups.setdefault(row["variant"], []).append(row)
    rows = list(groups.values())
    return [rows[start : start + COLUMNS] for start in range(0, len(rows), COLUMNS)]


def _exercise(
    exercise: dict[str, Any], cells: dict[str, dict[str, dict[str, Any]]]
) -> dict[str, Any]:
    settings, variants = exercise["settings"], exercise["variants"]
    return {
        **exercise,
        "variants": [{**v, "changes": changes(v, cells[v["key"]])} for v in variants],
        "shared": shared_settings(settings, variants),
        "compared": compared(exercise["comparisons"]),
        "differing": differing_settings(settings, variants),
    }


def tally(verdicts: Iterable[tuple[str, int]]) -> str:
    """Say how often each verdict was reached."""
    return ", ".join(f"{count} {verdict}" for verdict, count in verdicts) or "none"
