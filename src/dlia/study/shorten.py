"""What a build trains otherwise than a study asks for: less, or from stand-ins."""

from dataclasses import replace
from typing import NamedTuple

from dlia.study.model import Alternative, Origin, Study, Variant
from dlia.study.origins import STANDIN_WEIGHTS
from dlia.study.settings import Detector, NetworkBlock, Settings, Step, WeightsFile

# The origin of the settings of a network that replaces a variant's own on a stand-in.
OTHER_NETWORK = "another network (stand-in)"


class Limits(NamedTuple):
    """What a build trains less of, and what it trains in place of what a study asks for.

    Attributes:
        epochs: The most of a variant; None for no limit.
        trials: The most of a variant; None for no limit.
        standin_model: Whether variants have the network that the study names for its stand-in.
        absent_weights: The files of pre-trained weights that are replaced by stand-in weights.
    """

    epochs: int | None = None
    trials: int | None = None
    standin_model: bool = False
    absent_weights: tuple[str, ...] = ()


def shortened(study: Study, limits: Limits) -> Study:
    """Return a study whose variants keep within ``limits``.

    ``Variant.asked`` says what is cut, and ``Variant.replaced`` what is replaced.
    """
    model = study.data.standin.model if limits.standin_model else None
    return replace(
        study,
        exercises={
            id_: replace(
                exercise,
                variants={n: _built(v, model, limits) for n, v in exercise.variants.items()},
            )
            for id_, exercise in study.exercises.items()
        },
    )


def stated_weights(variant: Variant) -> WeightsFile | None:
    """Return what a variant says of the pre-trained weights that it begins with, if any."""
    model = variant.settings.model
    return model.weights if isinstance(model, Detector) else None


def _built(variant: Variant, model: NetworkBlock | None, limits: Limits) -> Variant:
    """Return a variant, its candidates and its readings as the build trains them."""

    def all_built(found: tuple[Alternative, ...]) -> tuple[Alternative, ...]:
        return tuple(replace(each, variant=_built(each.variant, model, limits)) for each in found)

    own = _shortened(_with_model(variant, model), limits)
    replaced = [OTHER_NETWORK] if model else []
    said = stated_weights(own)
    replaced += [STANDIN_WEIGHTS] if said and said.file in limits.absent_weights else []
    return replace(
        own,
        replaced=tuple(replaced),
        candidates=all_built(variant.candidates),
        readings=all_built(variant.readings),
    )


def _with_model(variant: Variant, model: NetworkBlock | None) -> Variant:
    """Return a variant with another network, which has pre-trained weights if its own has."""
    if model is None:
        return variant
    own = variant.settings.model
    kept = {
        "weights": getattr(model, "weights", None) if getattr(own, "weights", None) else None,
        "other_output": getattr(own, "other_output", False),
    }
    settings = variant.settings.model_copy(
        update={"model": model.model_copy(update=kept if model.boxed else {})}
    )
    origins = {leaf.path: Origin(OTHER_NETWORK) for leaf in settings.leaves()}
    others = {path: origin for path, origin in variant.origins.items() if path in origins}
    stays = {path: origin for path, origin in others.items() if not path.startswith("model.")}
    return replace(variant, settings=settings, origins={**origins, **stays})


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
    return replace(variant, settings=settings, asked=changed)


def _with_epochs(settings: Settings, epochs: int) -> Settings:
    """Return the settings of a shorter training; a schedule in epochs is shortened with it.

    The other schedules are stated as shares of the training and keep their shape by themselves.
    """
    schedule = settings.schedule
    if isinstance(schedule, Step):
        size = max(1, round(schedule.step_size * epochs / settings.epochs))
        schedule = schedule.model_copy(update={"step_size": size})
    return settings.model_copy(update={"epochs": epochs, "schedule": schedule})
