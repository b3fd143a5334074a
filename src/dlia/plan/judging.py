"""The claims of a study, and what they are judged by, as plain values."""

from typing import Any

from dlia.plan.plan import Plan
from dlia.study.leave_out import NEEDS_GPU
from dlia.study.model import Study
from dlia.study.quantities import LINEAR


def claims_of(plan: Plan, study: Study, volatile: bool) -> dict[str, Any]:
    """Return the claims of a study as plain values.

    Args:
        plan: The plan of the build.
        study: The study.
        volatile: True for the claims about run times, False for all others.

    Returns:
        name, metric, data, per_trial, claims, untested (pairs of claim and reason), trained_as
        (for every variant that a claim names, and for every reading of it that is trained, the
        key of the training that gives its results), readings (by variant, triples of setting,
        words and key), unread (by variant, also those without readings, the assumed settings
        without), reads (whether these are trained), and mapped (for every variant of whose map a
        claim says something, the exercise that shows it).
    """
    claims = [c for c in study.claims.values() if c.is_volatile == volatile]
    named = dict.fromkeys(key for claim in claims for key in claim.variants)
    read = dict.fromkeys(c.of[0] for c in claims if c.may_be_read)
    readings = {
        key: [[r.path, r.words, r.variant.key] for r in found]
        for key in read
        if (found := study.variant(key).readings)
    }
    trained = [r[-1] for found in readings.values() for r in found]
    return {
        "name": study.name,
        "metric": study.metric,
        "data": plan.archives[study.name].kind,
        "per_trial": study.task.per_trial,
        "claims": [claim.plain() for claim in claims],
        "untested": [
            [claim.plain(), NEEDS_GPU]
            for claim in study.untested.values()
            if claim.is_volatile == volatile
        ],
        "trained_as": {key: study.variant(key).trained_as for key in named}
        | (dict(zip(trained, trained, strict=True)) if plan.config.readings else {}),
        "readings": readings,
        "unread": {key: list(study.variant(key).unread) for key in read},
        "reads": plan.config.readings and not volatile,
        "mapped": {
            key: exercise.id
            for claim in claims
            if LINEAR in (claim.quantity, claim.or_quantity)
            for key in claim.variants
            for exercise in study.exercises.values()
            if exercise.network == key and "tsne" in exercise.shows
        },
        "margins": study.margins,
        **_caveat(plan, study),
    }


def _caveat(plan: Plan, study: Study) -> dict[str, str]:
    """Return what StudyClaims say of images that are not those of the sources."""
    if form := plan.form(study):
        return {"differs": form.differs, "caveat": "other preparation"} if form.differs else {}
    others = study.data.other_images
    return {"differs": others, "caveat": "other images"} if others else {}


def maps_judged_by(plan: Plan, study: Study) -> list[str]:
    """Return the tables of the maps that claims say something of."""
    mapped = claims_of(plan, study, volatile=False)["mapped"]
    return [f"results/{exercise}/tsne.csv" for exercise in dict.fromkeys(mapped.values())]


def judged_by(plan: Plan, study: Study, volatile: bool) -> list[str]:
    """Return the keys of the trainings whose results ``claims_of`` needs."""
    return list(dict.fromkeys(claims_of(plan, study, volatile)["trained_as"].values()))
