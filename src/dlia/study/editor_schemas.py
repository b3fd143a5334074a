"""JSON schemas of config.yaml and of study files, with which editors complete and check them.

They are made from the models; ``python -m dlia.study.editor_schemas`` writes them anew. A study's
settings are layers, of which each states a part: nothing in them is required, and a block that does
not state its name may be any of those that have its keys.
"""

import json
import re
from typing import Any

from pydantic.json_schema import models_json_schema

from dlia.study.config import NULLABLE, Config
from dlia.study.document import Document, Record
from dlia.study.settings import Settings
from dlia.study.yaml_files import ROOT

FOLDER = ROOT / "workflow" / "schemas"
Schema = dict[str, Any]


def editor_schemas() -> dict[str, Schema]:
    """Give the schemas by the names of their files."""
    return {
        "config.schema.json": _whole("config.yaml", _config()),
        "study.schema.json": _whole("studies/<study>.yaml", _study()),
    }


def file_text(schema: Schema) -> str:
    """Write a schema as it stands in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _whole(title: str, schema: Schema) -> Schema:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **schema}


def _config() -> Schema:
    schema: Schema = _readable(Config.model_json_schema())
    for key in NULLABLE:
        own = schema["properties"][key]
        if "anyOf" in own:
            own["anyOf"].append({"type": "null"})
        else:
            own["type"] = [own["type"], "null"]
    return schema


def _study() -> Schema:
    kinds = (Document, Settings, Record)
    _, generated = models_json_schema([(kind, "validation") for kind in kinds])
    blocks = _readable(generated)["$defs"]
    whole, layer, record = (blocks.pop(kind.__name__) for kind in kinds)
    # A layer states a part of the settings, and of each block in them.
    for block in (layer, *(blocks[name] for name in _blocks_in(layer, blocks))):
        block.pop("required", None)
    variant = {**layer, "properties": {**record["properties"], **layer["properties"]}}
    exercise = blocks["ExerciseBlock"]["properties"]
    (pattern,) = exercise["variants"]["patternProperties"]
    exercise["variants"]["patternProperties"][pattern] = {"$ref": "#/$defs/Variant"}
    for block in (exercise["defaults"], whole["properties"]["defaults"]):
        block["$ref"] = "#/$defs/Settings"
        del block["additionalProperties"]
    return {**whole, "$defs": {**blocks, "Settings": layer, "Variant": variant}}


def _blocks_in(schema: object, blocks: dict[str, Schema]) -> set[str]:
    """Name the blocks that a schema refers to, and those within them."""
    names = set(re.findall(r"#/\$defs/(\w+)", json.dumps(schema)))
    return names.union(*(_blocks_in(blocks[name], blocks) for name in names))


def _readable(schema: Any) -> Any:
    """Leave out what says nothing: nulls, titles made from keys, defaults of whole blocks."""
    if isinstance(schema, list):
        return [_readable(item) for item in schema if item != {"type": "null"}]
    if not isinstance(schema, dict):
        return schema
    mute = {"title": str, "default": dict | None, "discriminator": dict}
    kept = {
        "anyOf" if key == "oneOf" else key: _readable(item)
        for key, item in schema.items()
        if not isinstance(item, mute.get(key, ()))
    }
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    return kept | kept.pop("anyOf")[0] if len(kept.get("anyOf", ())) == 1 else kept


if __name__ == "__main__":
    for name, found in editor_schemas().items():
        (FOLDER / name).write_text(file_text(found), encoding="utf-8")
