"""Other values of a variant's settings, each trained as a variant of its own.

Candidates are what a setting is chosen from, by validation images; no build trains them. Readings
are what a source may have had; a build trains and tests them if config.yaml asks for readings.
"""

import copy
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace

from dlia.study.document import Assumption
from dlia.study.folds import FOLDS
from dlia.study.messages import Problem
from dlia.study.model import Alternative, Origin, Variant
from dlia.study.overlay import covers, overlay, paths
from dlia.study.settings import Settings
from dlia.study.validate import FaultyError, parse

Faults = Callable[[Settings], list[Problem]]
# What a training that is chosen by held-out images needs, whatever its variant trains on.
_HELD_OUT: dict[str, object] = {"fit": "train", "monitor": ["train", "validation"]}
# Each fold is held out by one trial.
_FOLDS: list[dict[str, object]] = [
    {**_HELD_OUT, "held_out_fold": fold, "trials": 1} for fold in range(FOLDS)
]
_LONGEST = 60  # characters of a setting and its value in a name; folders are called by it
# What the source trained on is stated once (`fit` of the source), and the others change no result.
_NOT_READ = ("trials", "fit", "monitor", "gradient_norms")


def candidates(
    variant: Variant, chosen_from: dict[str, list[object]], on_folds: bool, faults: Faults
) -> tuple[list[Alternative], list[Problem]]:
    """Return the trainings that a variant's settings are chosen from, by held-out images.

    Args:
        variant: The variant, with the values that it takes.
        chosen_from: The candidates by the path of a setting.
        on_folds: Whether each of the folds is held out in turn, in place of the validation part.
        faults: Finds the faults of settings that do not go together.

    Returns:
        An alternative for each candidate, and the faults, with paths below the variant.
    """
    found: list[Alternative] = []
    problems: list[Problem] = []
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
                start = f"{variant.name}__choose_"
                name = _named(start, path, value, {each.variant.name for each in found})
                for held_out in _FOLDS if on_folds else [_HELD_OUT]:
                    try:
                        settings = _with(variant, path, value, faults, held_out)
                    except FaultyError as refused:
                        problems += [
                            Problem(place, f"{value}: {p.message}") for p in refused.problems
                        ]
                        break
                    fold = f"__fold_{held_out['held_out_fold']}" if on_folds else ""
                    other = replace(variant, name=name + fold, settings=settings)
                    # The value that is taken is a candidate of every setting, but one training.
                    other = next(
                        (c.variant for c in found if c.variant.settings == settings), other
                    )
                    found.append(Alternative(path, value, other, taken=value == taken[path]))
    return found, problems


def readings(
    variant: Variant, read: dict[str, Assumption], faults: Faults
) -> tuple[list[Alternative], list[Problem]]:
    """Return the trainings of other values of a variant's assumed settings.

    Each differs from the variant in one setting, or in several keys of one block.

    Args:
        variant: The variant, with the values that it takes.
        read: The assumptions with readings, by the path of the assumed setting or block.
        faults: Finds the faults of settings that do not go together.

    Returns:
        An alternative for each reading, and the faults, with paths below the variant.
    """
    found: list[Alternative] = []
    problems: list[Problem] = []
    for path, stated in read.items():
        if path in _NOT_READ:
            place = f"assumed.{path}.readings"
            problems.append(Problem(place, "this setting has no readings; remove them"))
            continue
        on_gpu = len(stated.readings)
        for number, value in enumerate([*stated.readings, *stated.needs_gpu]):
            place = f"assumed.{path}.{'readings' if number < on_gpu else 'needs_gpu'}"
            reading = Alternative(path, value, variant)
            try:
                settings = _with(variant, path, value, faults)
            except FaultyError as refused:
                problems += [
                    Problem(place, f"{reading.text}: {p.path} {p.message}")
                    for p in refused.problems
                ]
                continue
            same = next((r.words for r in found if r.variant.settings == settings), "")
            if settings == variant.settings:
                text = f"{reading.text} is what the variant takes; list only other values"
                problems.append(Problem(place, text))
            elif same:
                problems.append(Problem(place, f"{reading.text} is the same training as {same}"))
            else:
                names = {each.variant.name for each in found}
                name = _named(f"{variant.name}__", path, value, names)
                other = _reading(variant, name, path, value, settings)
                needs_gpu = variant.needs_gpu or number >= on_gpu
                found.append(replace(reading, variant=replace(other, needs_gpu=needs_gpu)))
    return found, problems


def _with(
    variant: Variant,
    path: str,
    value: object,
    faults: Faults,
    also: dict[str, object] | None = None,
) -> Settings:
    """Return the settings of ``variant`` with ``value`` for the setting ``path``.

    Raises:
        FaultyError: The variant cannot have this value.
    """
    plain = copy.deepcopy(variant.settings.plain())
    overlay(plain, also or {})
    overlay(plain, _nested(path, value))
    settings = parse(Settings, plain)
    if problems := faults(settings):
        raise FaultyError(problems)
    return settings


def _reading(variant: Variant, name: str, path: str, value: object, settings: Settings) -> Variant:
    """Return a reading as a variant that is built on the one that it reads."""
    stated = list(paths(_nested(path, value)))
    block = path.removesuffix(".name")
    replaced = isinstance(value, dict) and "name" in value
    origins = {}
    for leaf in settings.leaves():
        if any(covers(one, leaf.path) for one in stated):
            origins[leaf.path] = Origin("reading")
        elif (replaced and covers(block, leaf.path)) or leaf.path not in variant.origins:
            origins[leaf.path] = Origin("default")
        else:
            origins[leaf.path] = Origin("base", variant.key)
    return replace(
        variant,
        name=name,
        settings=settings,
        origins=origins,
        base=variant.key,
        base_trained_as=variant.key,
        compare_with="",
        assumed={other: reason for other, reason in variant.assumed.items() if other != path},
        comment="",
    )


def _nested(path: str, value: object) -> dict[str, object]:
    """Return the layer of settings in which only ``path`` has a value.

    A block given for a block's ``name`` is that whole block: another optimizer has other keys.
    """
    path = path.removesuffix(".name") if isinstance(value, dict) else path
    for key in reversed(path.split(".")):
        value = {key: value}
    assert isinstance(value, dict)
    return value


def _named(start: str, path: str, value: object, taken: set[str]) -> str:
    """Return a name that begins with ``start`` and tells a setting and its value.

    It is a part of a rule's name: letters, digits and _. If it is too long, or ``taken`` by another
    setting or value that reads the same, its last part is a digest.
    """
    shown = {k: v for k, v in value.items() if k != "name"} if isinstance(value, dict) else value
    name = value.get("name", "") if isinstance(value, dict) else ""
    key = path.removesuffix(".name").rpartition(".")[2]
    told = re.sub(r"[^A-Za-z0-9]+", "_", f"{key} {name} {shown}").strip("_").lower()
    if len(told) <= _LONGEST and start + told not in taken:
        return start + told
    digest = hashlib.sha256(f"{path} {value}".encode()).hexdigest()[:8]
    return f"{start}{told[: _LONGEST - 9].rstrip('_')}_{digest}"
