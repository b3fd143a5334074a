"""The candidates that settings are chosen from, as the rules need them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dlia.plan.plan import Plan
from dlia.study.model import Exercise, Study, Variant

if TYPE_CHECKING:
    from dlia.evaluation.choices import Candidate


def choosing(plan: Plan) -> Iterator[tuple[Study, Exercise]]:
    """Yield the exercises that choose settings from candidates, each with its study."""
    for study in plan.whole.values():
        for exercise in study.exercises.values():
            if exercise.candidates:
                yield study, exercise


def all_candidates(plan: Plan) -> Iterator[tuple[Study, Variant]]:
    """Yield the candidates of all settings, each with its study; no build trains them."""
    for study, exercise in choosing(plan):
        yield from ((study, variant) for variant in exercise.candidate_trainings)


def candidates_of(exercise: Exercise) -> list["Candidate"]:
    """Return what the table of an exercise's choices says about each candidate."""
    return [
        {"variant": v.name, "setting": c.path, "value": str(c.value), "taken": c.taken}
        for v in exercise.variants.values()
        for c in v.candidates
    ]
