"""What is wrong with a setting, in words that say how to mend it."""

import difflib
import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import jsonschema


class Problem(NamedTuple):
    """What is wrong (``message``) and where (``path``, keys joined by dots)."""

    path: str
    message: str


def explain(error: jsonschema.ValidationError) -> Iterator[Problem]:
    """Turn an error of the validator into sentences for people."""
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
        case "pattern" if "/" in bound:
            return f"{value!r}: write exercise/variant, such as ex1_2/sgd"
        case "pattern" if "figure only" in bound:
            return f'{value!r}: write it as printed, such as "98.78 %" or "0.66", or figure only'
        case "pattern" if "reported" in bound:
            examples = '"98.78 %", "0.66", "21,578" or "5 min"'
            return f"{value!r}: write it as printed, such as {examples}, or reported"
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
    wanted = [wanted] if isinstance(wanted, str) else wanted
    kinds = " or ".join(names[kind] for kind in wanted)
    if isinstance(value, str):
        written = _as_number(value, wanted)
        if written:
            return f"{value!r} is read as text, not {kinds}: write {written}, without quotes"
        return f"{value!r} is text, not {kinds}"
    if wanted == ["string"] and isinstance(value, (int, float)):
        return f"{_word(value)} is not text: put it in quotes"
    return f"{_word(value)} is not {kinds}"


def _as_number(text: str, wanted: list[str]) -> str:
    """Write the number in ``text`` so that YAML 1.1 reads it as one; "" if none is meant."""
    try:
        number = float(text)
    except ValueError:
        return ""
    if not math.isfinite(number):
        return ""
    if "number" not in wanted:
        return str(int(number)) if "integer" in wanted and number.is_integer() else ""
    # 1e-3 is text in YAML; with a point and a signed exponent it is a number.
    mantissa, _, exponent = f"{Decimal(repr(number)).normalize():e}".partition("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{int(exponent):+d}"
