"""The variants whose predictions on test images the report pictures. Test results never decide."""

import math

from dlia.study.model import Exercise, Study, Variant
from dlia.study.part_names import VALIDATION

BEST_TRIAL = "the best on validation"
BEST_OF_ALL = "It is the best variant on validation."
MEDIAN_TRIAL = "the one with the median final training loss"


def pictured(study: Study, exercise: Exercise, validation: dict[str, str]) -> dict[str, str]:
    """Return the variants whose predictions are pictured, each with the reason or "".

    Where the task pictures the best variant only, it is each one that a source calls its best, and
    the best one on validation of those with a validation part. A variant without such a part whose
    source calls none its best is pictured, too, as nothing can be chosen.

    Args:
        study: The study.
        exercise: The exercise.
        validation: The mean on validation images by variant, as written in the summary, or the
            reason why there is none.
    """
    curves = [name for name, v in exercise.variants.items() if VALIDATION in v.settings.monitor]
    judged = [name for name in curves if exercise.variants[name].is_validated]
    if not study.task.picture_of_best_only:
        return dict.fromkeys(exercise.variants, "")
    best = best_variant({name: validation[name] for name in judged}) if judged else ""
    called, reasons = called_best_reasons(study), {}
    for name, variant in exercise.variants.items():
        source = variant.source.partition(" ")[0]
        if variant.key in called:
            reasons[name] = called[variant.key]
        elif name == best:
            reasons[name] = BEST_OF_ALL
        elif name not in curves and not variant.same_as and source not in study.called_best:
            reasons[name] = ""
    return reasons


def called_best_reasons(study: Study) -> dict[str, str]:
    """Return why each variant is pictured that a source calls its best, by its key."""
    callers: dict[str, list[str]] = {}
    for source, key in study.called_best.items():
        callers.setdefault(key, []).append(source)
    return {key: f"{' and '.join(own)} calls it its best model." for key, own in callers.items()}


def rule_of_trial(variant: Variant) -> str:
    """Say which of its trials is pictured, as ``shown_trial`` chooses it."""
    return BEST_TRIAL if VALIDATION in variant.settings.monitor else MEDIAN_TRIAL


def best_variant(validation: dict[str, str]) -> str:
    """Return the variant with the highest mean on validation; in a tie, the first one.

    Args:
        validation: The mean by variant, as written in the summary, or the reason why there is none.
    """

    def value(name: str) -> float:
        try:
            number = float(validation[name])
        except ValueError:
            return -math.inf
        return number if math.isfinite(number) else -math.inf

    return max(validation, key=value)
