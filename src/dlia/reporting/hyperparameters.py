"""All hyperparameters of all variants: settings of the study, and values recorded in training."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from dlia.formatting import setting_text
from dlia.reporting.objects import recorded_objects
from dlia.reporting.records import read_json
from dlia.runtime.files import write_csv
from dlia.study.load import all_tested
from dlia.study.model import Origin, Study, Variant
from dlia.study.shorten import OTHER_NETWORK

SETTING, OBJECT = "setting", "object"
NOT_APPLICABLE = "does not apply"
# Origins of values. A source is named only for settings that the variant itself states.
CHOSEN, OF_STUDY = "chosen here", "study default"
REPLACED = "block replaced"  # of a setting that the variant's choice of another block removed
ASSUMED, FRAMEWORK, OURS = "assumed", "framework default", "dlia default"
READING = "reading"  # another value of a setting that is assumed
OF_CONFIG = "config.yaml"
# These settings concern the rebuild; no source reports them.
OF_REBUILDING = {"trials", "gradient_norms", "fit", "monitor"}


class Row(NamedTuple):
    """A line of hyperparameters.csv; all is text.

    Attributes:
        kind: setting (from the study) or object (read from an object of the training).
        name: The path of the setting, or of the object's argument.
        asked: The value that the study asks for, if the build cuts it; else "".
        origin: Where the value comes from.
        via: The variant that it is inherited from, or "".
        base_value: Value of the variant's base, or of the variant whose networks it has, or "".
        differs: Whether the two values differ: yes or no.
    """

    study: str
    exercise: str
    variant: str
    kind: str
    name: str
    value: str
    asked: str
    meaning: str
    origin: str
    via: str
    base_value: str
    differs: str


def write_hyperparameters(
    studies: dict[str, Study], records: dict[str, str], trials: int | None, path: str
) -> None:
    """Write all hyperparameters of all variants, and of the readings with a record, into one table.

    Args:
        studies: What config.yaml asks for.
        records: The run.json of every training, by its variant's key.
        trials: The number of trials in config.yaml, or None to use that of each variant.
        path: Where the table goes.
    """
    read = {key: read_json(Path(file)) for key, file in records.items()}
    listed = [
        (study, variant)
        for study in studies.values()
        for exercise in study.exercises.values()
        for variant in all_tested(exercise)
        if variant.trained_as in read
    ]
    tables = {
        variant.key: list(_lines(study, variant, read[variant.trained_as], trials))
        for study, variant in listed
    }
    values = {
        key: {(line["kind"], line["name"]): shown_value(line) for line in table}
        for key, table in tables.items()
    }
    rows = []
    for study, variant in listed:
        base = values.get(variant.differs_from, {})
        for line in [*tables[variant.key], *_dropped(tables, variant)]:
            other = base.get((line["kind"], line["name"]), NOT_APPLICABLE)
            rows.append(
                Row(
                    study=study.name,
                    exercise=variant.exercise,
                    variant=variant.name,
                    **line,
                    base_value=other if variant.differs_from else "",
                    differs="yes" if variant.differs_from and other != shown_value(line) else "no",
                )
            )
    write_csv(path, pd.DataFrame(rows, columns=Row._fields))


def _dropped(tables: dict[str, list[dict[str, str]]], variant: Variant) -> Iterator[dict[str, str]]:
    """Yield the settings of a variant's base that do not apply to the variant."""
    own = {line["name"] for line in tables[variant.key] if line["kind"] == SETTING}
    for line in tables.get(variant.differs_from, []):
        if line["kind"] == SETTING and line["name"] not in own:
            yield {**line, "value": NOT_APPLICABLE, "asked": "", "origin": REPLACED, "via": ""}


def shown_value(line: dict[str, str]) -> str:
    """Return the value of a line as readers see it: "12 of 100" if the build cut it."""
    return f"{line['value']} of {line['asked']}" if line["asked"] else line["value"]


def _lines(
    study: Study, variant: Variant, record: dict[str, Any], trials: int | None
) -> Iterator[dict[str, str]]:
    """Yield the rows of a variant: kind, name, value, asked, meaning, origin and via."""
    defaults = _framework_defaults(record)
    for leaf in variant.settings.leaves():
        value, origin = setting_text(leaf.value), origin_of(study, variant, leaf.path, defaults)
        if leaf.path == "trials" and trials is not None:
            value, origin = str(trials), OF_CONFIG
        yield {
            "kind": SETTING,
            "name": leaf.path,
            "value": value,
            "asked": setting_text(variant.asked.get(leaf.path, "")),
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
            "asked": "",
            # If an argument is also a setting, the setting has the description.
            "meaning": meanings.get(named, item.meaning),
            "origin": item.origin,
            "via": "",
        }


def origin_of(study: Study, variant: Variant, path: str, defaults: set[str]) -> str:
    """Return the origin of a setting, following inheritance to the variant that states it.

    Args:
        study: The variant's study.
        variant: The variant.
        path: Path of the setting.
        defaults: Settings that have the framework's default, from the variant's record.
    """
    origin = variant.origins[path]
    if origin.via:
        return origin_of(study, study.variant(origin.via), path, defaults)
    if origin.kind == "assumed":
        return ASSUMED
    if origin.kind == "reading":
        return READING
    if origin.kind == OTHER_NETWORK:
        return OTHER_NETWORK
    if origin.kind == "default":
        return FRAMEWORK if path in defaults else OURS
    if origin.kind in ("study", "exercise"):
        return OF_STUDY
    stated = variant.source and path not in OF_REBUILDING
    return f"stated in {variant.source}" if stated else CHOSEN


def _via(origin: Origin) -> str:
    """Return the inheritance of a setting ("base ex1_2/sgd"), or ""."""
    return f"{origin.kind} {origin.via}" if origin.via else ""


def _framework_defaults(record: dict[str, Any]) -> set[str]:
    """Return the settings that have the framework's default, according to the recorded objects."""
    arguments = {
        f"{block}.{name}"
        for block in ("optimizer", "loss")
        for name, argument in record[block]["arguments"].items()
        if argument["default"]
    }
    settings = record["settings"]
    left = {"initialization.name"} if settings["initialization"]["name"] == "framework" else set()
    return arguments | left
