"""Validation of plain values against the models of settings and files."""

from collections.abc import Iterator
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from dlia.errors import UserError, listing
from dlia.study.messages import Problem, explain, order
from dlia.study.overlay import covers

Model = TypeVar("Model", bound=BaseModel)


class FaultyError(Exception):
    """Invalid values; ``problems`` lists all faults."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems


def parse(kind: type[Model], plain: dict[str, object], nullable: tuple[str, ...] = ()) -> Model:
    """Validate ``plain`` against a model and fill in every default.

    Args:
        kind: The pydantic model.
        plain: The values as read from a file.
        nullable: The paths of keys whose value may be null; null is a fault everywhere else.

    Returns:
        The validated object.

    Raises:
        FaultyError: ``plain`` is invalid; the error lists all faults.
    """
    nulls = [path for path in _nulls(plain) if path not in nullable]
    problems: list[Problem] = []
    try:
        found = kind.model_validate(plain)
        if not nulls:
            return found
    except ValidationError as error:
        errors = sorted(error.errors(include_url=False), key=order)
        problems = [explain(plain, kind, one, nullable) for one in errors]
    known = [problem.path for problem in problems]
    text = "null is not allowed here; give a value or remove the key"
    nulls = [null for null in nulls if not any(covers(path, null) for path in known)]
    problems += [Problem(path, text) for path in nulls]
    raise FaultyError(list(dict.fromkeys(problems)))


def _nulls(value: object, prefix: str = "") -> Iterator[str]:
    pairs = value.items() if isinstance(value, dict) else ()
    for key, item in pairs:
        if item is None:
            yield f"{prefix}{key}"
        yield from _nulls(item, f"{prefix}{key}.")


def refuse(shown: str, problems: list[Problem]) -> None:
    """Raise a UserError that lists all ``problems`` of the file ``shown``, if there are any."""
    if problems:
        lines = [f"{shown}: {problem.path}: {problem.message}" for problem in problems]
        raise UserError(lines[0] if len(lines) == 1 else f"{shown}:\n{listing(lines)}")
