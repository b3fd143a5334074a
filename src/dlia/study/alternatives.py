"""Other values of a variant's settings, each trained as a variant of its own."""

import copy
import re
from collections.abc import Callable
from dataclasses import replace

from dlia.study.messages import Problem
from dlia.study.model import Alternative, Variant
from dlia.study.overlay import overlay
from dlia.study.settings import Settings
from dlia.study.validate import FaultyError, parse

# What a training that is chosen by validation images needs, whatever its variant trains on.
_HELD_OUT: dict[str, object] = {"fit": "train", "monitor": ["train", "validation"]}


def candidates(
    variant: Variant,
    chosen_from: dict[str, list[object]],
    faults: Callable[[Settings], list[Problem]],
) -> tuple[list[Alternative], list[Problem]]:
    """Return the trainings that a variant's settings are chosen from, by validation images.

    Args:
        variant: The variant, with the values that it takes.
        chosen_from: The candidates by the path of a setting.
        faults: Finds the faults of settings that do not go together.

    Returns:
        An alternative for each candidate, and the faults, with paths below the variant.
    """
    found, problems = [], []
    taken = {leaf.path: leaf.value for leaf in variant.settings.leaves()}
    for path, values in chosen_from.items():
        place = f"chosen_from.{path}"
        if path not in taken:
            text = "is no setting of this variant; write its path, such as optimizer.learning_rate"
            problems.append(Problem(place, text))
        elif taken[path] not in values:
            text = f"lacks {taken[path]}, which the variant takes; add it, or take another"
            problems.append(Problem(place, text))
        elif path not in variant.assumed:
            text = "is chosen here; state the reason for the choice under assumed"
            problems.append(Problem(f"assumed.{path}", text))
        else:
            for value in values:
                try:
                    other = _with(variant, path, value, faults)
                    found.append(Alternative(path, value, other, taken=value == taken[path]))
                except FaultyError as refused:
                    problems += [Problem(place, f"{value}: {p.message}") for p in refused.problems]
    return found, problems


def _with(
    variant: Variant,
    path: str,
    value: object,
    faults: Callable[[Settings], list[Problem]],
) -> Variant:
    """Return ``variant`` with ``value`` for the setting ``path``, and with a validation part.

    Raises:
        FaultyError: The variant cannot have this value.
    """
    plain = copy.deepcopy(variant.settings.plain())
    overlay(plain, _HELD_OUT)
    overlay(plain, _nested(path, value))
    settings = parse(Settings, plain)
    if problems := faults(settings):
        raise FaultyError(problems)
    name = f"{variant.name}__{path.rpartition('.')[2]}_{_word(value)}"
    return replace(variant, name=name, settings=settings, candidates=())


def _nested(path: str, value: object) -> dict[str, object]:
    for key in reversed(path.split(".")):
        value = {key: value}
    assert isinstance(value, dict)
    return value


def _word(value: object) -> str:
    """Return a value as a part of a rule's name: letters, digits and _."""
    return re.sub(r"[^A-Za-z0-9]+", "_", str(value)).strip("_")
