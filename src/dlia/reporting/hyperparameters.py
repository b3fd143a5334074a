"""Every hyperparameter of every variant: what the study says, and what the objects really had."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from dlia.formatting import setting_text
from dlia.reporting.objects import recorded_objects
from dlia.reporting.records import read_json
from dlia.runtime.files import write_csv
from dlia.study.model import Origin, Study, Variant

SETTING, OBJECT = "setting", "object"
NOT_APPLICABLE = "does not apply"
# Who decided on a value: a source is named only for what the variant itself states.
CHOSEN, OF_STUDY = "chosen here", "study default"
REPLACED = "with its block"  # of a setting that went when the variant chose another block
ASSUMED, FRAMEWORK, OURS = "assumed", "framework default", "dlia default"
OF_CONFIG = "config.yaml"
# These are about the rebuilding, and stand in no source.
OF_REBUILDING = {"trials", "gradient_norms"}


class Row(NamedTuple):
    """A line of hyperparameters.csv; all is text.

    Attributes:
        kind: setting (what was wanted) or object (what was asked of the trained objects).
        name: The path of the setting, or of the object's argument.
        origin: Who decided on the value.
        via: The variant that it is taken over from, or "".
        base_value: What the variant's base has, or "" if there is no base.
        differs: Whether that is another value, yes or no.
    """

    study: str
    exercise: str
    variant: str
    kind: str
    name: str
    value: str
    meaning: str
    origin: str
    via: str
    base_value: str
    differs: str


def write_hyperparameters(
    studies: dict[str, Study], records: dict[str, str], trials: int | None, path: str
) -> None:
    """Write all hyperparameters of all variants into one table.

    Args:
        studies: What config.yaml asks for.
        records: The run.json of every training, by its variant's key.
        trials: The number of trials in config.yaml, None if the variants' own hold.
        path: Where the table goes.
    """
    read = {key: read_json(Path(file)) for key, file in records.items()}
    tables = {
        variant.key: list(_lines(study, variant, read[variant.trained_as], trials))
        for study in studies.values()
        for exercise in study.exercises.values()
        for variant in exercise.variants.values()
    }
    values = {
        key: {(line["kind"], line["name"]): line["value"] for line in table}
        for key, table in tables.items()
    }
    rows = []
    for study in studies.values():
        for exercise in study.exercises.values():
            for variant in exercise.variants.values():
                base = values.get(variant.base, {})
                for line in [*tables[variant.key], *_dropped(tables, variant)]:
                    other = base.get((line["kind"], line["name"]), NOT_APPLICABLE)
                    rows.append(
                        Row(
                            study=study.name,
                            exercise=exercise.id,
                            variant=variant.name,
                            **line,
                            base_value=other if variant.base else "",
                            differs="yes" if variant.base and other != line["value"] else "no",
                        )
                    )
    write_csv(path, pd.DataFrame(rows))


def _dropped(tables: dict[str, list[dict[str, str]]], variant: Variant) -> Iterator[dict[str, str]]:
    """Walk the settings that a variant's base has and the variant has not."""
    own = {line["name"] for line in tables[variant.key] if line["kind"] == SETTING}
    for line in tables.get(variant.base, []):
        if line["kind"] == SETTING and line["name"] not in own:
            yield {**line, "value": NOT_APPLICABLE, "origin": REPLACED, "via": ""}


def _lines(
    study: Study, variant: Variant, record: dict[str, Any], trials: int | None
) -> Iterator[dict[str, str]]:
    """Walk what a variant has: kind, name, value, meaning, origin and via."""
    defaults = _framework_defaults(record)
    for leaf in variant.settings.leaves():
        value, origin = setting_text(leaf.value), origin_of(study, variant, leaf.path, defaults)
        if leaf.path == "trials" and trials is not None:
            value, origin = str(trials), OF_CONFIG
        yield {
            "kind": SETTING,
            "name": leaf.path,
            "value": value,
            "meaning": leaf.description,
            "origin": origin,
            "via": _via(variant.origins[leaf.path]),
        }
    meanings = {leaf.path: leaf.description for leaf in variant.settings.leaves()}
    for item in recorded_objects(record):
        named = item.name.replace("optimizer.lr", "optimizer.learning_rate")
        yield {
            "kind": OBJECT,
            "name": item.name,
            "value": setting_text(item.value),
            # What an argument means stands in the models, where it is a setting.
            "meaning": meanings.get(named, item.meaning),
            "origin": item.origin,
            "via": "",
        }


def origin_of(study: Study, variant: Variant, path: str, defaults: set[str]) -> str:
    """Say who decided on a setting, whichever variant it was taken over from.

    Args:
        study: The variant's study.
        variant: The variant.
        path: The setting's.
        defaults: Settings whose values are the framework's own, from the variant's record.
    """
    origin = variant.origins[path]
    if origin.via:
        return origin_of(study, study.variant(origin.via), path, defaults)
    if origin.kind == "assumed":
        return ASSUMED
    if origin.kind == "default":
        return FRAMEWORK if path in defaults else OURS
    if origin.kind in ("study", "exercise"):
        return OF_STUDY
    stated = variant.source and path not in OF_REBUILDING
    return f"stated in {variant.source}" if stated else CHOSEN


def _via(origin: Origin) -> str:
    """Give what a setting was taken over from ("base ex1_2/sgd"), or ""."""
    return f"{origin.kind} {origin.via}" if origin.via else ""


def _framework_defaults(record: dict[str, Any]) -> set[str]:
    """Give the settings that have the framework's own values, by what the objects say."""
    arguments = {
        f"{block}.{name}"
        for block in ("optimizer", "loss")
        for name, argument in record[block]["arguments"].items()
        if argument["default"]
    }
    settings = record["settings"]
    left = {"initialization.name"} if settings["initialization"]["name"] == "framework" else set()
    return arguments | left
