"""What the LaTeX report arranges in its own way: for pages that do not scroll."""

from typing import Any

from dlia.reporting import folding
from dlia.reporting.folding import COLUMNS, OBJECT_KINDS, Numbers
from dlia.reporting.references import once

# Origins of what a study file says, other than defaults.
DECIDED = ("stated", "assumed", "chosen", "study")


def arrange_pages(context: dict[str, Any]) -> dict[str, Any]:
    """Give the context of a report with what its LaTeX templates need besides.

    Args:
        context: What ``reporting.context.gather`` gives.
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
    """Number the networks; those that an earlier exercise shows are not shown again."""
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
    """Give the blocks of a table that have rows, with their titles."""
    return [
        {"kind": kind, "title": OBJECT_KINDS[kind], "rows": rows}
        for kind, rows in blocks.items()
        if rows
    ]


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
        if folding.applies(cell)
        and (cell["differs"] if variant["base"] else cell["origin"].startswith(DECIDED))
    ]


def assumptions(
    variant: dict[str, Any], reasons: dict[str, dict[str, str]]
) -> dict[str, list[Any]]:
    """Tell what a variant assumes itself from what it assumes as its base does.

    Args:
        variant: Its base, same_as and assumed.
        reasons: What every variant assumes, by its key: reasons by path.

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
    """Give the rows of each variant together."""
    groups: dict[str, list[dict[str, str]]] = {}
    for row in comparisons:
        groups.setdefault(row["variant"], []).append(row)
    return list(groups.values())
