"""The readings of settings that no source states, as the rules need them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dlia.plan.plan import Plan
from dlia.study.model import Exercise, Study

if TYPE_CHECKING:
    from dlia.evaluation.readings import TestedReading


def exercises_with_readings(plan: Plan, *studies: Study) -> Iterator[tuple[Study, Exercise]]:
    """Yield the exercises with readings, each with its study; none if these are not asked."""
    for study, exercise in plan.exercises(*studies):
        if plan.config.readings and exercise.read:
            yield study, exercise


def readings_of(exercise: Exercise) -> list["TestedReading"]:
    """Return what the table of an exercise's readings says about each, the taken ones first."""
    return [
        {
            "variant": v.name,
            "key": key,
            "setting": setting,
            "value": value,
            "taken": not setting,
        }
        for v in exercise.read
        for key, setting, value in [
            (v.key, "", ""),
            *((reading.variant.key, reading.path, reading.text) for reading in v.readings),
        ]
    ]
