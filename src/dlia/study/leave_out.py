"""Studies without the variants that a build does not train."""

from collections.abc import Collection
from dataclasses import replace

from dlia.study.load import all_tested
from dlia.study.model import Exercise, Study, Variant

NEEDS_GPU = "not trained: needs a GPU"
_OF_TRAINED = {"test_labels", "command"}  # what an exercise shows of a network that is trained


def without(study: Study, keys: Collection[str]) -> Study:
    """Return a study without the trainings ``keys``, and without comparisons that need them.

    Claims about them move to ``untested``.

    Args:
        study: The complete study.
        keys: The trainings to leave out, variants and readings, as exercise/variant.
    """
    if not keys:
        return study
    gone = {
        variant.key
        for exercise in study.exercises.values()
        for variant in all_tested(exercise)
        if variant.trained_as in keys
    }
    exercises = {id_: _without(exercise, gone) for id_, exercise in study.exercises.items()}
    named = {c.id: {*c.variants} & gone for c in study.claims.values()}
    return replace(
        study,
        exercises=exercises,
        claims={id_: claim for id_, claim in study.claims.items() if not named[id_]},
        untested={id_: claim for id_, claim in study.claims.items() if named[id_]},
    )


def _without(exercise: Exercise, gone: Collection[str]) -> Exercise:
    kept = {}
    for name, variant in exercise.variants.items():
        if variant.key in gone:
            continue
        base, other = variant.base_trained_as, variant.compare_with
        left = [reading for reading in variant.readings if reading.variant.key in gone]
        kept[name] = replace(
            variant,
            readings=tuple(reading for reading in variant.readings if reading not in left),
            unread=(*variant.unread, *(f"{reading.words} (needs a GPU)" for reading in left)),
            base_trained_as="" if base in gone else base,
            compare_with="" if other in gone else other,
        )
    whole = all(name in kept for name in exercise.boundary)
    left_out = [name for name in exercise.variants if name not in kept]
    shows = exercise.shows
    if exercise.network in gone and _OF_TRAINED & {*shows}:
        # Its layers need no training; what it predicts does.
        shows = tuple(kind for kind in shows if kind not in _OF_TRAINED)
        left_out.append(exercise.network)
    return replace(
        exercise,
        variants=kept,
        shows=shows,
        boundary=exercise.boundary if whole else (),
        agreement=exercise.agreement and bool(kept),
        left_out={name: _reason(exercise.variants.get(name)) for name in left_out},
    )


def _reason(variant: Variant | None) -> str:
    """Say why a variant is left out, and with its comment what it is."""
    comment = variant.comment.removesuffix(".") if variant else ""
    return f"{NEEDS_GPU}. {comment}" if comment else NEEDS_GPU
