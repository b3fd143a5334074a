"""What the LaTeX report arranges in its own way: for a page that does not scroll."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from dlia.quantities import QUANTITIES
from dlia.variants import Study

# So many columns of values fit between the margins.
COLUMNS = 6
NOT_APPLICABLE = "does not apply"
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


def arrange(context: dict[str, Any], studies: dict[str, Study]) -> dict[str, Any]:
    """Give the context of a report with what its LaTeX templates need besides.

    Args:
        context: What ``reporting.context.gather`` gives.
        studies: The studies that it was gathered for.
    """
    cited = references(context["studies"])
    cells = {
        variant["key"]: {row["path"]: row["cells"][index] for row in exercise["settings"]}
        for study in context["studies"]
        for exercise in study["exercises"]
        for index, variant in enumerate(exercise["variants"])
    }
    chapters = [
        {
            **study,
            "exercises": [
                _exercise(studies[study["name"]], study["claims"], exercise, cells)
                for exercise in study["exercises"]
            ],
            "labels": [item["label"] for item in cited if item["study"] == study["name"]],
        }
        for study in context["studies"]
    ]
    return {
        **context,
        "studies": chapters,
        "counts": _counts(chapters),
        "references": list({item["label"]: item for item in cited}.values()),
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
            "origin": origins([_short(cell["origin"]) for cell in row["cells"]], names),
        }
        for row in settings
        if row["same"]
    ]


def differing_settings(
    settings: list[dict[str, Any]], variants: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Give the settings that differ, in tables of at most ``COLUMNS`` variants.

    Returns:
        For each table: variants; rows of path, meaning and cells (value, origin, own).
    """
    rows = [row for row in settings if not row["same"]]
    tables = []
    for start in range(0, len(variants), COLUMNS) if rows else ():
        part = slice(start, start + COLUMNS)
        own = [{**row, "cells": [_cell(cell) for cell in row["cells"][part]]} for row in rows]
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


def changes(
    variant: dict[str, Any], own: dict[str, dict[str, str]], base: dict[str, dict[str, str]]
) -> list[tuple[str, str]]:
    """Give path and value of what sets a variant apart.

    Args:
        variant: Its name, base, same_as and assumptions.
        own: Its cells by path.
        base: Those of its base; without one, what the variant itself states is given.
    """
    if variant["same_as"]:
        return []
    return [
        (path, cell["value"])
        for path, cell in own.items()
        if cell["value"] != NOT_APPLICABLE
        and (
            cell["value"] != base.get(path, {}).get("value")
            if variant["base"]
            else cell["origin"] == "own" or path in variant["assumed"]
        )
    ]


def compared(comparisons: list[dict[str, str]]) -> list[list[list[dict[str, str]]]]:
    """Give the rows of each variant together, in tables of at most ``COLUMNS`` variants."""
    groups: dict[str, list[dict[str, str]]] = {}
    for row in comparisons:
        groups.setdefault(row["variant"], []).append(row)
    rows = list(groups.values())
    return [rows[start : start + COLUMNS] for start in range(0, len(rows), COLUMNS)]


def networks(variants: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give every network once: the variants that have it, its layers, its parameters."""
    groups: dict[str, dict[str, Any]] = {}
    for variant in variants:
        layers = variant["run"]["layers"]
        group = groups.setdefault(repr(layers), {"variants": [], "layers": layers})
        group["variants"].append(variant["name"])
        group["parameters"] = variant["run"]["parameters"]
    return list(groups.values())


def references(studies: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Give what the report cites: study, key, label and text of every source and data set.

    A key that has another text in another study is told apart by the study's name.
    """
    items = [
        {"study": study["name"], "key": key, "text": text}
        for study in studies
        for key, text in (
            *study["sources"].items(),
            (study["data"]["archive"].split(".")[0], study["data"]["citation"]),
        )
    ]
    texts = defaultdict(set)
    for item in items:
        texts[item["key"]].add(item["text"])
    for item in items:
        if len(texts[item["key"]]) > 1:
            item["key"] += f" ({item['study']})"
        item["label"] = re.sub(r"\W+", "-", item["key"])
    return items


def _exercise(
    study: Study,
    claims: list[dict[str, str]],
    exercise: dict[str, Any],
    cells: dict[str, dict[str, dict[str, str]]],
) -> dict[str, Any]:
    settings, variants = exercise["settings"], exercise["variants"]
    return {
        **exercise,
        "rows": [
            {**row, "verdicts": verdicts_on(study, claims, exercise["id"], row)}
            for row in exercise["rows"]
        ],
        "variants": [
            {**v, "changes": changes(v, cells[v["key"]], cells.get(v["base"], {}))}
            for v in variants
        ],
        "shared": shared_settings(settings, variants),
        "compared": compared(exercise["comparisons"]),
        "differing": differing_settings(settings, variants),
        "networks": networks(variants),
    }


def verdicts_on(
    study: Study, claims: list[dict[str, str]], exercise: str, row: dict[str, Any]
) -> list[dict[str, str]]:
    """Give the claims that state the very value that a row has as reported.

    Args:
        study: The study of the row.
        claims: The claims on it with their verdicts.
        exercise: The exercise of the row.
        row: variant, same_as, reported.
    """
    keys = (f"{exercise}/{row['variant']}", row["same_as"])
    stated = {
        claim.id
        for claim in study.claims.values()
        if claim.of[0] in keys
        and (claim.kind, claim.quantity) == ("value", study.metric)
        and (claim.part, claim.epoch) == ("test", "")
        and claim.claimed == row["reported"]
    }
    return [claim for claim in claims if claim["claim"] in stated]


def _counts(studies: list[dict[str, Any]]) -> dict[str, Any]:
    exercises = [exercise for study in studies for exercise in study["exercises"]]
    rows = [row for e in exercises for row in e["rows"] if row["kind"] == "variant"]
    return {
        "exercises": len(exercises),
        "variants": len(rows),
        "trainings": sum(len(row["trials"]) for row in rows if not row["same_as"]),
        "trials": sorted({len(row["trials"]) for row in rows}),
        "claims": sum(len(study["claims"]) for study in studies),
    }


def _cell(cell: dict[str, str]) -> dict[str, Any]:
    return {**cell, "origin": _short(cell["origin"]), "own": cell["origin"] in ("own", "assumed")}


def _short(origin: str) -> str:
    """Leave out which variant the base is: the head of the column says so."""
    return re.sub(r"^(base|same as) \S+", r"\1", origin)


def tally(verdicts: Iterable[tuple[str, int]]) -> str:
    """Say how often each verdict was reached."""
    return ", ".join(f"{count} {verdict}" for verdict, count in verdicts) or "none"
