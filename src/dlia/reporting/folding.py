"""Removal of repetition: rows that variants share, meanings of names, arguments of layers."""

from collections import Counter, defaultdict
from typing import Any

from dlia.reporting.hyperparameters import NOT_APPLICABLE

# Largest number of value columns that fit on a page.
COLUMNS = 6
OBJECT_KINDS = {
    "settings": "Settings, from the study file and its defaults",
    "objects": "Objects, as recorded during training",
}


class Numbers:
    """Numbers distinct things from 1 on, and remembers their owners.

    Attributes:
        groups: thing and owners, in the order of the numbers.
    """

    def __init__(self) -> None:
        self.groups: list[dict[str, Any]] = []
        self._found: dict[str, int] = {}

    def number(self, thing: Any, owner: str) -> int:
        """Return the number of ``thing``: a new one unless an equal thing has a number."""
        index = self._found.setdefault(repr(thing), len(self.groups))
        if index == len(self.groups):
            self.groups.append({"thing": thing, "owners": []})
        self.groups[index]["owners"].append(owner)
        return index + 1


def in_all(exercises: list[dict[str, Any]], kind: str) -> list[dict[str, str]]:
    """Return the rows with the same value, from the same origin, in all variants of a study.

    Args:
        exercises: The exercises of the study.
        kind: settings or objects.

    Returns:
        Rows of path, value and origin.
    """
    found: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for exercise in exercises:
        for row in exercise[kind]:
            found[row["path"]].update((cell["value"], cell["origin"]) for cell in row["cells"])
    variants = sum(len(exercise["variants"]) for exercise in exercises)
    return [
        {"path": path, "value": value, "origin": origin}
        for path, counts in found.items()
        for (value, origin), number in counts.items()
        if number == variants
    ]


def shared(
    rows: list[dict[str, Any]], variants: list[dict[str, Any]], elsewhere: set[str]
) -> list[dict[str, str]]:
    """Return the rows that are the same in all variants of an exercise: path, value, origin.

    Args:
        rows: The exercise's settings or objects.
        variants: In the order of the cells.
        elsewhere: Paths that are in the table of the whole study.
    """
    names = [variant["name"] for variant in variants]
    return [
        {
            "path": row["path"],
            "value": row["cells"][0]["value"],
            "origin": origins(row["cells"], names),
        }
        for row in rows
        if row["same"] and row["path"] not in elsewhere
    ]


def differing(
    rows: list[dict[str, Any]], variants: list[dict[str, Any]]
) -> list[list[dict[str, Any]]]:
    """Return the rows that differ, in parts of at most ``COLUMNS`` variants.

    Returns:
        For each part of the variants: rows of path and cells (value, origin, via, differs), without
        those that apply to none of the part.
    """
    parts = []
    for start in range(0, len(variants), COLUMNS):
        part = slice(start, start + COLUMNS)
        own = [
            {"path": row["path"], "cells": list(map(short, row["cells"][part], variants[part]))}
            for row in rows
            if not row["same"]
        ]
        parts.append([row for row in own if any(applies(cell) for cell in row["cells"])])
    return parts


def applies(cell: dict[str, Any]) -> bool:
    """Tell whether a setting applies to a variant."""
    return bool(cell["value"] != NOT_APPLICABLE)


def short(cell: dict[str, Any], variant: dict[str, Any]) -> dict[str, Any]:
    """Shorten the inheritance of a cell if the column header names the base."""
    known = {f"base {variant['base']}": "base", f"same as {variant['same_as']}": "same"}
    return {**cell, "via": known.get(cell["via"], cell["via"])}


def origins(cells: list[dict[str, Any]], names: list[str]) -> str:
    """Return the origins of the values of several variants as text.

    The most frequent origin comes first, the others follow with the names of their variants. The
    base is named if all values of an origin are inherited from the same one.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    vias: dict[str, set[str]] = defaultdict(set)
    for cell, name in zip(cells, names, strict=True):
        groups[cell["origin"]].append(name)
        if cell["via"]:
            vias[cell["origin"]].add(cell["via"])

    def told(word: str) -> str:
        via = vias[word]
        return f"{word}, via {'each base' if len(via) > 1 else next(iter(via))}" if via else word

    first, *others = sorted(groups, key=lambda word: -len(groups[word]))
    return "; ".join([told(first), *(f"{told(o)}: {', '.join(groups[o])}" for o in others)])


def meanings(exercises: list[dict[str, Any]], kind: str) -> list[dict[str, list[str]]]:
    """Return the meanings of the names of settings or objects; equal meanings are grouped.

    Args:
        exercises: All of the report.
        kind: settings or objects.

    Returns:
        Rows of names and meanings; a name has several if it differs between exercises.
    """
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for exercise in exercises:
        for row in exercise[kind]:
            found[row["path"]][row["meaning"]] = None
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for path, texts in found.items():
        groups[tuple(texts)].append(path)
    return [{"names": names, "meanings": list(texts)} for texts, names in groups.items()]


def folded(layers: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return the layers of a network without the arguments that most layers of a kind share.

    Returns:
        layers: as before, without these arguments; kinds: each layer class with these arguments.
    """
    kinds: dict[str, list[list[dict[str, Any]]]] = defaultdict(list)
    for layer in layers:
        kinds[layer["layer"]].append(layer["arguments"])
    usual = {kind: _usual(lists) for kind, lists in kinds.items()}
    return {
        "layers": [
            {**x, "arguments": [a for a in x["arguments"] if a not in usual[x["layer"]]]}
            for x in layers
        ],
        "kinds": [{"layer": kind, "arguments": own} for kind, own in usual.items() if own],
    }


def _usual(lists: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the arguments of most layers of a kind, or the defaults of a single layer."""
    every = [argument for arguments in lists for argument in arguments]
    return [
        argument
        for place, argument in enumerate(every)
        if argument not in every[:place]
        and (2 * every.count(argument) > len(lists) if len(lists) > 1 else argument["default"])
    ]
