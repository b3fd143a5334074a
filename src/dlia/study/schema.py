"""YAML files and their JSON schemas: strict reading, filled-in defaults, messages for people."""

import copy
import functools
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import yaml

from dlia.errors import UserError
from dlia.study.messages import Problem, explain

# The checkout: the schemas, studies and templates live beside the package.
ROOT = Path(__file__).parents[3]
SCHEMAS = ROOT / "workflow" / "schemas"


class Leaf(NamedTuple):
    """A single setting: its path, value and the schema's description of it."""

    path: str
    value: Any
    description: str


# libyaml's parser, where PyYAML was built with it, takes a tenth of the time.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UniqueKeyLoader(_SafeLoader):
    """YAML's safe loader, which also refuses a key that stands twice in one block."""


def _mapping_without_twins(loader: _UniqueKeyLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen = set()
    for key_node, _ in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":
            continue
        key = loader.construct_object(key_node, deep=True)
        line = key_node.start_mark.line + 1
        if not isinstance(key, str):
            raise UserError(
                f"line {line}: {key!r} cannot be a key; keys are words (quote it to make it one)"
            )
        if key in seen:
            raise UserError(
                f"line {line}: the key {key!r} stands twice in one block; rename or remove one"
            )
        seen.add(key)
    return _SafeLoader.construct_mapping(loader, node, deep=True)


_UniqueKeyLoader.add_constructor(
    yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_twins
)


def load_yaml(path: Path, shown: str | None = None) -> dict[str, Any]:
    """Read a YAML mapping; ``shown`` is the name that messages give the file.

    Raises:
        UserError: The file is missing, is no YAML, holds a key twice, or is no mapping.
    """
    shown = shown or str(path)
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), _UniqueKeyLoader)  # noqa: S506 (a SafeLoader)
    except FileNotFoundError:
        raise UserError(f"{shown}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{shown}: cannot be read as text: {error}") from None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2021-13-45
        raise UserError(f"{shown}: not valid YAML: {' '.join(str(error).split())}") from None
    except UserError as error:
        raise UserError(f"{shown}: {error}") from None
    if not isinstance(document, dict):
        raise UserError(f"{shown}: should be a mapping of keys to values")
    return document


def _is_whole(_checker: Any, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_finite(checker: Any, value: Any) -> bool:
    return _is_whole(checker, value) or (isinstance(value, float) and math.isfinite(value))


# JSON Schema takes 3.0 for an integer, and knows neither nan nor inf.
_Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"integer": _is_whole, "number": _is_finite}
    ),
)


_validators: dict[int, Any] = {}


def _validator(schema: dict[str, Any]) -> Any:
    """Give the validator of a schema that is not changed any more; each is made once.

    It holds its schema, so that no other one can get the same id.
    """
    if id(schema) not in _validators:
        _validators[id(schema)] = _Validator(schema)
    return _validators[id(schema)]


@functools.cache
def load_schema(name: str) -> dict[str, Any]:
    """Give the schema ``name`` ("config", "study", "variant") of workflow/schemas."""
    return load_yaml(SCHEMAS / f"{name}.schema.yaml")


def check(value: Any, schema: dict[str, Any]) -> list[Problem]:
    """Compare ``value`` with ``schema``; an empty list means that it holds."""
    errors = sorted(
        _validator(schema).iter_errors(value), key=lambda error: list(map(str, error.path))
    )
    # What two branches of a schema refuse is one problem.
    return list(dict.fromkeys(problem for error in errors for problem in explain(error)))


def fill(value: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Give a copy of ``value`` in which every default of ``schema`` is written out."""
    filled = copy.deepcopy(value)
    _fill(filled, schema, schema)
    return filled


def leaves(value: dict[str, Any], schema: dict[str, Any]) -> Iterator[Leaf]:
    """Walk all settings of a filled ``value`` in the schema's order."""
    yield from _leaves(value, schema, schema, "")


def _resolve(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    target: Any = root
    for key in schema["$ref"].removeprefix("#/").split("/"):
        target = target[key]
    return {**target, **{key: item for key, item in schema.items() if key != "$ref"}}


def _properties(
    value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """Give the schemas of the keys of ``value``, those of the branch that it takes included."""
    properties = {
        key: _resolve(item, root)
        for key, item in schema.get("properties", {}).items()
        if isinstance(item, dict)
    }
    for branch in schema.get("allOf", []):
        if _validator(branch["if"]).is_valid(value):
            taken = _properties(value, _resolve(branch["then"], root), root)
            properties.update(
                {key: {**item, **properties.get(key, {})} for key, item in taken.items()}
            )
    rest = schema.get("additionalProperties")
    if isinstance(rest, dict):
        properties.update({key: _resolve(rest, root) for key in value if key not in properties})
    return properties


def _fill(value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any]) -> None:
    for key, item in _properties(value, schema, root).items():
        if key not in value and "default" in item:
            value[key] = copy.deepcopy(item["default"])
        if isinstance(value.get(key), dict):
            _fill(value[key], item, root)


def _leaves(
    value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any], prefix: str
) -> Iterator[Leaf]:
    for key, item in _properties(value, schema, root).items():
        if key not in value:
            continue
        if isinstance(value[key], dict) and item.get("type") == "object":
            yield from _leaves(value[key], item, root, f"{prefix}{key}.")
        else:
            yield Leaf(prefix + key, value[key], " ".join(item.get("description", "").split()))
