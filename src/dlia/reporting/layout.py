"""Layout of the LaTeX report: tables split and merged to fit on pages."""

from typing import Any

from dlia.reporting import folding
from dlia.reporting.folding import COLUMNS, OBJECT_KINDS, Numbers
from dlia.reporting.references import once

# First words of the origins of values that a study file states.
DECIDED = ("stated", "assumed", "chosen", "study")


def arrange_pages(context: dict[str, Any]) -> dict[str, Any]:
    """Add to the context of a report what its LaTeX templates need.

    Args:
        context: The result of ``reporting.context.gather``.
    """
    cited = context["references"]
    exercises = [exercise for study in context["studies"] for exercise in study["exercises"]]
    cells = {
        variant["key"]: {row["path"]: row["cells"][index] for row in exercise["settings"]}
        for exercise in exercises
        for index, variant in enumerate(exercise["variants"])
    }
    reasons = {v["key"]: v["assumed"] for exercise in exercises for v in exercise["variants"]}
    networks, weights = Numbers(), Numbers()
    chapters = []
    for study in context["studies"]:
        *sources, data = [item["label"] for item in cited if item["study"] == study["name"]]
        common = {kind: folding.in_all(study["exercises"], kind) for kind in OBJECT_KINDS}
        own = [_settings(_networks(e, networks), common) for e in study["exercises"]]
        for variant in (variant for exercise in own for variant in exercise["variants"]):
            variant["weights"] = weights.number(variant["initial"], variant["key"])
            variant["changes"] = changes(variant, cells[variant["key"]])
            variant |= assumptions(variant, reasons)
        chapters.append(
            {
                **study,
                "common": _with_titles(common),
                "exercises": own,
                "labels": {"sources": sources, "data": data},
            }
        )
    return {
        **context,
        "studies": chapters,
        "meanings": _with_titles(
            {kind: folding.meanings(exercises, kind) for kind in OBJECT_KINDS}
        ),
        "weights": weights.groups,
        "references": once(cited),
    }


def _networks(exercise: dict[str, Any], numbers: Numbers) -> dict[str, Any]:
    """Number the networks, and mark those that no earlier exercise shows as new."""
    networks = []
    for network in exercise["networks"]:
        before = len(numbers.groups)
        number = numbers.number(network["layers"], exercise["id"])
        networks.append(
            {
                **network,
                **folding.folded(network["layers"]),
                "number": number,
                "new": number > before,
            }
        )
    return {**exercise, "networks": networks}


def _settings(exercise: dict[str, Any], common: dict[str, list[dict[str, str]]]) -> dict[str, Any]:
    variants = exercise["variants"]
    elsewhere = {kind: {row["path"] for row in rows} for kind, rows in common.items()}
    apart = {kind: folding.differing(exercise[kind], variants) for kind in OBJECT_KINDS}
    parts = range(0, len(variants), COLUMNS)
    return {
        **exercise,
        "variants": [{**v, "part": i // COLUMNS + 1} for i, v in enumerate(variants)],
        "shared": _with_titles(
            {k: folding.shared(exercise[k], variants, elsewhere[k]) for k in OBJECT_KINDS}
        ),
        "differing": [
            {
                "variants": variants[start : start + COLUMNS],
                "blocks": _with_titles({kind: apart[kind][part] for kind in OBJECT_KINDS}),
            }
            for part, start in enumerate(parts)
        ],
        "compared": compared(exercise["comparisons"]),
    }


def _with_titles(blocks: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Return the blocks of a table that have rows, with their titles."""
    return [
        {"kind": kind, "title": OBJECT_KINDS[kind], "rows": rows}
        for kind, rows in blocks.items()
        if rows
    ]


def changes(variant: dict[str, Any], own: dict[str, dict[str, Any]]) -> list[tuple[str, str]]:
    """Return path and value of the settings in which a variant differs from its base.

    Args:
        variant: Its name, base and same_as.
        own: Its cells by path. Without a base, all stated or assumed settings are returned.
    """
    if variant["same_as"]:
        return []
    return [
        (path, cell["value"])
        for path, cell in own.items()
        if folding.applies(cell)
        and (cell["differs"] if variant["base"] else cell["origin"].startswith(DECIDED))
    ]


def assumptions(
    variant: dict[str, Any], reasons: dict[str, dict[str, str]]
) -> dict[str, list[Any]]:
    """Separate the assumptions of a variant from those that it shares with its base.

    Args:
        variant: Its base, same_as and assumed.
        reasons: The assumptions of every variant, by its key: reasons by path.

    Returns:
        assumed_here: pairs of path and reason; assumed_before: paths.
    """
    before = reasons.get(variant["base"] or variant["same_as"], {})
    own = variant["assumed"].items()
    return {
        "assumed_here": [(path, why) for path, why in own if before.get(path) != why],
        "assumed_before": [path for path, why in own if before.get(path) == why],
    }


def compared(comparisons: list[dict[str, str]]) -> list[list[dict[str, str]]]:
    """Group the rows by variant."""
    groups: dict[str, list[dict[str, str]]] = {}
    for row in comparisons:
        groups.setdefault(row["variant"], []).append(row)
    return list(groups.values())
