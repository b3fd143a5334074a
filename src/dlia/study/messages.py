"""Error messages for invalid settings: what is wrong, and what to do."""

import ast
import difflib
import math
import re
from decimal import Decimal
from types import UnionType
from typing import Annotated, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from dlia.study.block import KEY, NAME, PRINTED, REPORTED, REPORTED_RUN

# The required form of texts, by their pattern.
_FORMS = {
    NAME: "names consist of lower-case letters, digits and _, and begin with a letter",
    KEY: "write exercise/variant, such as ex1_2/sgd",
    REPORTED: 'write it as printed, such as "98.78 %" or "0.66", or figure only',
    REPORTED_RUN: 'write each run as printed, such as "98.78 %" or "0.66"',
    PRINTED: 'write it as printed, such as "98.78 %", "21,578" or "about 5 min", or reported',
}


_MOST = 120  # characters of a value that a message shows


class Problem(NamedTuple):
    """A fault in a file: ``message`` says what is wrong, ``path`` where (keys joined by dots)."""

    path: str
    message: str


def explain(
    document: object, kind: type[BaseModel], error: ErrorDetails, nullable: tuple[str, ...] = ()
) -> Problem:
    """Turn one validation error of pydantic into a readable message.

    Args:
        document: The plain values that were validated.
        kind: The model that they were validated against.
        error: One entry of ``ValidationError.errors()``.
        nullable: The paths of keys whose value may be null.

    Returns:
        The path of the faulty key, and the message.
    """
    loc = error["loc"]
    key = loc[-1] if loc else ""
    if key == "[key]":  # of a mapping whose keys are names
        return Problem(_path(document, loc[:-2]), _sentence(error, ""))
    path = _path(document, loc)
    match error["type"]:
        case "missing":
            return Problem(f"{path}.{key}".lstrip("."), "is missing")
        case "extra_forbidden":
            model = _model_at(kind, loc[:-1])
            known = list(model.model_fields) if model else []
            return Problem(path, f"unknown key{suggestion(key, known)}")
        case "union_tag_not_found":
            return Problem(f"{path}.name", "is missing")
        case "union_tag_invalid":
            context = error["ctx"]
            words = _words(context["expected_tags"])
            return Problem(f"{path}.name", _none_of(error["input"]["name"], words))
    return Problem(path, _sentence(error, " or null" if path in nullable else ""))


def order(error: ErrorDetails) -> tuple[list[str], int, str]:
    """Return the sort key of an error: its path, and unknown keys before missing ones."""
    loc = [str(key) for key in error["loc"]]
    if loc[-1:] == ["[key]"]:
        return loc[:-2], 0, loc[-2]
    match error["type"]:
        case "extra_forbidden":
            return loc[:-1], 0, loc[-1]
        case "missing":
            return loc[:-1], 1, ""
    return loc, 2, ""


def _path(document: object, loc: tuple[int | str, ...]) -> str:
    """Return the path of an error, without the union members that pydantic inserts in it."""
    keys, value = [], document
    for key in loc:
        match value:
            case dict() if key in value:
                value = value[key]
            case list() if isinstance(key, int) and key < len(value):
                value = value[key]
            case _:
                continue
        keys.append(str(key))
    return ".".join(keys)


def _options(kind: object) -> list[object]:
    """Return the members of a union annotation, or the annotation itself."""
    if get_origin(kind) is Annotated:
        return _options(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return [option for part in get_args(kind) for option in _options(part)]
    return [kind]


def _annotation_at(kind: object, loc: tuple[int | str, ...]) -> object:
    """Return the annotation at an error's path; a union's tag selects its model."""
    for key in loc:
        for option in _options(kind):
            if isinstance(option, type) and issubclass(option, BaseModel):
                if key in option.model_fields:
                    kind = option.model_fields[str(key)].annotation
                    break
                name = option.model_fields.get("name")
                if name and key in get_args(name.annotation):
                    kind = option
                    break
            elif get_origin(option) in (dict, list):
                kind = get_args(option)[-1]
                break
    return kind


def _model_at(kind: object, loc: tuple[int | str, ...]) -> type[BaseModel] | None:
    """Return the model of a block; None if pydantic's path to it has names of alternatives."""
    options = _options(_annotation_at(kind, loc))
    models = (o for o in options if isinstance(o, type) and issubclass(o, BaseModel))
    return next(models, None)


def suggestion(word: object, known: list[str]) -> str:
    """Return "; did you mean ...?" with the closest known word, or a list of all known words."""
    near = difflib.get_close_matches(str(word), known, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; known here: {', '.join(sorted(known))}" if known else ""


def _sentence(error: ErrorDetails, or_null: str) -> str:
    value, context = error["input"], error.get("ctx", {})
    match error["type"]:
        case kind if kind in _WANTED:
            return _wrong_type(value, kind, or_null)
        case "literal_error":
            return _none_of(value, _words(context["expected"]))
        case "greater_than_equal":
            return f"{value} is below {context['ge']:g}"
        case "less_than_equal":
            return f"{value} is above {context['le']:g}"
        case "greater_than":
            return f"{value} is not above {context['gt']:g}"
        case "less_than":
            return f"{value} is not below {context['lt']:g}"
        case "too_short" if not isinstance(value, list):
            return "is empty"
        case "too_short" | "too_long":
            least, most = context.get("min_length"), context.get("max_length")
            limit = f"at most {most}" if least is None else f"at least {least}"
            return f"has {len(value)} entries, {limit} wanted"
        case "string_too_short":
            return "is empty"
        case "string_too_long":
            return f"{_quoted(value)} is longer than {context['max_length']} letters"
        case "string_pattern_mismatch":
            form = _FORMS.get(context["pattern"], f"does not have the form {context['pattern']}")
            return f"{_quoted(value)}{':' if context['pattern'] in _FORMS else ''} {form}"
    return error["msg"]


_NUMBERS = {"int_type": "a whole number", "float_type": "a number", "finite_number": "a number"}
_WANTED = {
    **_NUMBERS,
    "int_from_float": "a whole number",
    "string_type": "text",
    "bool_type": "true or false",
    "list_type": "a list",
    "text_or_list": "text or a list",
    "text_or_block": "text or a block of keys",
    "whole_number_or_text": "a whole number or text",
    "whole_number_or_full": "a whole number or full",
    "dict_type": "a block of keys",
    "model_type": "a block of keys",
    "model_attributes_type": "a block of keys",
}


def _words(expected: str) -> list[str]:
    """Parse the allowed values that pydantic lists, such as "'auto', 'cpu' or True"."""
    return [_word(ast.literal_eval(word)) for word in re.split(r", | or ", expected)]


def _none_of(value: object, words: list[str]) -> str:
    one_of = "one of " if len(words) > 1 else ""
    return f"{_word(value)} is not {one_of}{', '.join(words)}{_meant(value, words)}"


def _meant(value: object, words: list[str]) -> str:
    near = difflib.get_close_matches(str(value), words, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _word(value: object) -> str:
    if isinstance(value, (bool, type(None))):
        return {True: "true", False: "false", None: "null"}[value]
    return start_of(str(value))


def _quoted(value: object) -> str:
    return repr(start_of(value) if isinstance(value, str) else value)


def start_of(text: str) -> str:
    """Return the start of a text that is too long to be shown in a message."""
    return text if len(text) <= _MOST else f"{text[: _MOST - 3]}..."


def _wrong_type(value: object, kind: str, or_null: str) -> str:
    wanted = _WANTED[kind] + or_null
    if isinstance(value, str):
        if written := _with_point(value, kind):
            return f"{_quoted(value)} is read as text, not {wanted}: write {written}"
        if written := _as_number(value, kind):
            return (
                f"{_quoted(value)} is read as text, not {wanted}: write {written}, without quotes"
            )
        example = f": write [{start_of(value)}]" if kind == "list_type" else ""
        return f"{_quoted(value)} is text, not {wanted}{example}"
    if kind == "string_type" and isinstance(value, (int, float)) and not or_null:
        return f"{_word(value)} is not text: put it in quotes"
    return f"{_word(value)} is not {wanted}"


def _with_point(text: str, kind: str) -> str:
    """Return how YAML must have a number that was written with commas; "" if it was not.

    A comma is read as a decimal point or between thousands, or as either where both are possible.
    """
    written = []
    if kind in _NUMBERS and re.fullmatch(r"[-+]?[1-9][0-9]{0,2}(,[0-9]{3})+", text):
        written.append(text.replace(",", ""))
    if kind in ("float_type", "finite_number") and re.fullmatch(r"[-+]?[0-9]+,[0-9]+", text):
        written.append(text.replace(",", "."))
    return " or ".join(written)


def _as_number(text: str, kind: str) -> str:
    """Return the number in ``text`` as YAML 1.1 must have it; "" if ``text`` is no number."""
    try:
        number = float(text)
    except ValueError:
        return ""
    if not math.isfinite(number):
        return ""
    if kind not in _NUMBERS:
        return ""
    if kind == "int_type":
        return str(int(number)) if number.is_integer() else ""
    # 1e-3 is text in YAML; with a point and a signed exponent it is a number.
    mantissa, _, exponent = f"{Decimal(repr(number)).normalize():e}".partition("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{int(exponent):+d}"
