"""Comparison table of hyperparameters: one row each, one cell per variant of an exercise."""

from collections.abc import Iterable
from typing import Any

from dlia.reporting.hyperparameters import NOT_APPLICABLE, shown_value
from dlia.reporting.objects import IN_OTHER_TABLES

Lines = list[dict[str, str]]


def compared_settings(lines: Lines, kind: str, variants: list[str]) -> list[dict[str, Any]]:
    """Return the comparison table of the hyperparameters of an exercise.

    Args:
        lines: The lines of hyperparameters.csv of the exercise; those of readings are left out.
        kind: setting or object.
        variants: Names, in the order of the columns.

    Returns:
        Rows of path, meaning, same (in all variants) and cells: value, origin, via, differs (from
        the variant's base).
    """
    tables: dict[str, dict[str, dict[str, str]]] = {name: {} for name in variants}
    for line in lines:
        table = tables.get(line["variant"])
        if (
            table is not None
            and line["kind"] == kind
            and not line["name"].startswith(IN_OTHER_TABLES)
        ):
            table[line["name"]] = line
    rows = []
    for path in _in_blocks(path for table in tables.values() for path in table):
        found = [table.get(path) for table in tables.values()]
        cells = [_cell(line) for line in found]
        rows.append(
            {
                "path": path,
                "meaning": next(line["meaning"] for line in found if line),
                "cells": cells,
                "same": len({cell["value"] for cell in cells}) == 1,
            }
        )
    return rows


def _in_blocks(paths: Iterable[str]) -> list[str]:
    """Return every path once, with the paths of a block together."""
    once = list(dict.fromkeys(paths))
    blocks = list(dict.fromkeys(path.split(".")[0] for path in once))
    return sorted(once, key=lambda path: blocks.index(path.split(".")[0]))


def _cell(line: dict[str, str] | None) -> dict[str, Any]:
    if line is None:
        return {"value": NOT_APPLICABLE, "origin": "", "via": "", "differs": False}
    return {
        "value": shown_value(line),
        "origin": line["origin"],
        "via": line["via"],
        "differs": line["differs"] == "yes",
    }
