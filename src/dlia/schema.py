"""YAML files and their JSON schemas: strict reading, filled-in defaults, messages for people."""

import copy
import difflib
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import yaml

from dlia.errors import UserError

# The checkout: the schemas, studies and templates live beside the package.
ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "workflow" / "schemas"


class Problem(NamedTuple):
    """What is wrong (``message``) and where (``path``, keys joined by dots)."""

    path: str
    message: str


class Leaf(NamedTuple):
    """A single setting: its path, value and the schema's description of it."""

    path: str
    value: Any
    description: str


class _UniqueKeyLoader(yaml.SafeLoader):
    """YAML's safe loader, which also refuses a key that stands twice in one block."""


def _mapping_without_twins(loader: _UniqueKeyLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, (str, int, float, bool)) or key in seen:
            line = key_node.start_mark.line + 1
            raise UserError(
                f"line {line}: the key {key!r} stands twice in one block; rename or remove one"
                if isinstance(key, (str, int, float, bool))
                else f"line {line}: {key!r} cannot be a key; keys are words"
            )
        seen.add(key)
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


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
    except yaml.YAMLError as error:
        raise UserError(f"{shown}: not valid YAML: {' '.join(str(error).split())}") from None
    except UserError as error:
        raise UserError(f"{shown}: {error}") from None
    if not isinstance(document, dict):
        raise UserError(f"{shown}: should be a mapping of keys to values")
    return document


@functools.cache
def load_schema(name: str) -> dict[str, Any]:
    """Give the schema ``name`` ("config", "study", "variant") of workflow/schemas."""
    return load_yaml(SCHEMAS / f"{name}.schema.yaml")


def check(value: Any, schema: dict[str, Any]) -> list[Problem]:
    """Compare ``value`` with ``schema``; an empty list means that it holds."""
    validator = jsonschema.Draft202012Validator(schema)
    errors = sorted(validator.iter_errors(value), key=lambda error: list(map(str, error.path)))
    return [problem for error in errors for problem in _explain(error)]


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
        if jsonschema.Draft202012Validator(branch["if"]).is_valid(value):
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


def _explain(error: jsonschema.ValidationError) -> Iterator[Problem]:
    path = [str(key) for key in error.absolute_path]
    instance: Any = error.instance
    schema: Any = error.schema
    bound: Any = error.validator_value
    if error.validator == "additionalProperties":
        known = list(schema.get("properties", {}))
        for key in sorted(set(instance) - set(known), key=str):
            yield Problem(".".join([*path, str(key)]), f"unknown key{suggestion(key, known)}")
    elif error.validator == "required":
        missing = [key for key in bound if key not in instance]
        for key in missing:
            yield Problem(".".join([*path, key]), "is missing")
    else:
        yield Problem(".".join(path), _sentence(error))


def suggestion(word: Any, known: list[str]) -> str:
    """Say which of the ``known`` words was probably meant, or list them."""
    near = difflib.get_close_matches(str(word), known, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; known here: {', '.join(sorted(known))}" if known else ""


def _sentence(error: jsonschema.ValidationError) -> str:
    value: Any = error.instance
    bound: Any = error.validator_value
    match error.validator:
        case "type":
            return _wrong_type(value, bound)
        case "enum":
            words = [_word(item) for item in bound]
            return f"{_word(value)} is not one of {', '.join(words)}{_meant(value, words)}"
        case "minimum":
            return f"{value} is below {bound}"
        case "maximum":
            return f"{value} is above {bound}"
        case "exclusiveMinimum":
            return f"{value} is not above {bound}"
        case "exclusiveMaximum":
            return f"{value} is not below {bound}"
        case "minItems" | "maxItems":
            limit = "at least" if error.validator == "minItems" else "at most"
            return f"has {len(value)} entries, {limit} {bound} wanted"
        case "minProperties" | "minLength":
            return "is empty"
        case "uniqueItems":
            return "holds an entry twice"
        case "pattern" if bound == "^[a-z][a-z0-9_]*$":
            return f"{value!r}: names are lower-case letters, digits and _, a letter first"
        case "pattern":
            return f"{value!r} does not have the form {bound}"
    return error.message


def _meant(value: Any, words: list[str]) -> str:
    near = difflib.get_close_matches(str(value), words, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _word(value: Any) -> str:
    return (
        {True: "true", False: "false", None: "null"}.get(value, str(value))
        if isinstance(value, (bool, type(None)))
        else str(value)
    )


def _wrong_type(value: Any, wanted: str | list[str]) -> str:
    names = {
        "integer": "a whole number",
        "number": "a number",
        "string": "text",
        "object": "a block of keys",
        "array": "a list",
        "boolean": "true or false",
        "null": "null",
    }
    kinds = " or ".join(names[kind] for kind in ([wanted] if isinstance(wanted, str) else wanted))
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return f"{value!r} is text, not {kinds}"
        # YAML 1.1 takes 1e-3 for text; with a point and a signed exponent it is a number.
        mantissa, _, exponent = f"{number:e}".partition("e")
        digits = mantissa.rstrip("0")
        plain = f"{digits}0" if digits.endswith(".") else digits
        written = f"{plain}e{int(exponent):+d}"
        return f"{value!r} is read as text, not {kinds}: write {written}, without quotes"
    return f"{_word(value)} is not {kinds}"
