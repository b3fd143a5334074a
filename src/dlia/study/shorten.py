"""Shortened builds: fewer epochs and trials than a study asks for."""

from dataclasses import replace
from typing import NamedTuple

from dlia.study.model import Alternative, Study, Variant
from dlia.study.settings import Settings, Step


class Limits(NamedTuple):
    """The most epochs and trials of a variant; None for no limit."""

    epochs: int | None = None
    trials: int | None = None


def shortened(study: Study, limits: Limits) -> Study:
    """Return a study whose variants keep within ``limits``; ``Variant.asked`` says what changed."""
    return replace(
        study,
        exercises={
            id_: replace(
                exercise,
                variants={n: _shortened(v, limits) for n, v in exercise.variants.items()},
            )
            for id_, exercise in study.exercises.items()
        },
    )


def _shortened(variant: Variant, limits: Limits) -> Variant:
    asked = variant.settings
    settings = asked.model_copy(update={"trials": min(asked.trials, limits.trials or asked.trials)})
    if limits.epochs and limits.epochs < asked.epochs:
        settings = _with_epochs(settings, limits.epochs)
    kept = {leaf.path: leaf.value for leaf in settings.leaves()}
    changed = {
        leaf.path: leaf.value
        for leaf in asked.leaves()
        if isinstance(leaf.value, int) and leaf.value != kept[leaf.path]
    }
    return replace(
        variant,
        settings=settings,
        asked=changed,
        candidates=_all_shortened(variant.candidates, limits),
        readings=_all_shortened(variant.readings, limits),
    )


def _all_shortened(found: tuple[Alternative, ...], limits: Limits) -> tuple[Alternative, ...]:
    return tuple(replace(other, variant=_shortened(other.variant, limits)) for other in found)


def _with_epochs(settings: Settings, epochs: int) -> Settings:
    """Return the settings of a shorter training; a schedule in epochs is shortened with it.

    The other schedules are stated as shares of the training and keep their shape by themselves.
    """
    schedule = settings.schedule
    if isinstance(schedule, Step):
        size = max(1, round(schedule.step_size * epochs / settings.epochs))
        schedule = schedule.model_copy(update={"step_size": size})
    return settings.model_copy(update={"epochs": epochs, "schedule": schedule})
