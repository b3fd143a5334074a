"""What a build needs: memory, hours, packages; and which trainings it starts first."""

import math

from dlia.plan.candidates import all_candidates
from dlia.plan.plan import Plan
from dlia.plan.volumes_seen import volumes_seen
from dlia.study import resource_estimate
from dlia.study.layout_volumes import VOLUMES
from dlia.study.model import Study, Variant
from dlia.study.resource_estimate import Seen, Work
from dlia.training.input_shape import input_shape


def images(plan: Plan, study: Study) -> int:
    """Return an upper bound on the number of images of a study."""
    drawn = study.data.standin.train + study.data.standin.test
    return plan.facts[study.name].images or drawn


def image_shape(plan: Plan, study: Study) -> tuple[int, int, int]:
    """Return channels, height and width of a study's images."""
    height, width = plan.layout(study)["size"]
    return study.data.channels, height, width


def seen_of(plan: Plan, study: Study, variant: Variant) -> Seen | None:
    """Return what a network sees of volumes; None for images, or if they cannot be read."""
    layout = plan.layout(study)
    if layout["kind"] != VOLUMES:
        return None
    trained = [*plan.variants_by_name(), *all_candidates(plan)]
    rules = [v.settings.sampling for each, v in trained if each.name == study.name]
    rules = [rule for place, rule in enumerate(rules) if rule not in rules[:place]]
    choice, facts = plan.archives[study.name], plan.facts[study.name]
    found = volumes_seen(study.data, choice, facts, layout, rules)
    return found[rules.index(variant.settings.sampling)] if found else None


def memory_of(plan: Plan, study: Study, variant: Variant, at_once: int) -> int:
    """Return the memory in MB that a training needs: as the variant states, or estimated."""
    if variant.resources.mem_mb:
        return variant.resources.mem_mb
    shape = image_shape(plan, study)
    if seen := seen_of(plan, study, variant):
        patch = input_shape(variant.settings, shape)
        stored = resource_estimate.bytes_of_patches(seen, patch)
    else:
        stored = images(plan, study) * math.prod(shape)
    work = work_of_variant(plan, study, variant)
    return resource_estimate.megabytes(variant.settings, work, stored, at_once)


def memory_of_prediction(plan: Plan, study: Study, variant: Variant) -> int:
    """Return the memory in MB that predicting whole volumes needs; 0 for images."""
    seen = seen_of(plan, study, variant)
    if seen is None:
        return 0
    _, high, wide = input_shape(variant.settings, image_shape(plan, study))
    work = work_of_variant(plan, study, variant)
    return resource_estimate.megabytes_of_prediction(seen, work, high * wide, plan.trials(variant))


def hours_of(plan: Plan, study: Study, variant: Variant) -> int:
    """Return the hours that a training needs at most: as the variant states, or estimated."""
    if variant.resources.hours:
        return variant.resources.hours
    seen = seen_of(plan, study, variant)
    shown = seen.training + seen.validation if seen else images(plan, study)
    work = work_of_variant(plan, study, variant)
    return resource_estimate.hours(variant.settings, work, shown, plan.trials(variant))


def priority_of(plan: Plan, study: Study, variant: Variant) -> float:
    """Return the priority of a training, between 0 and 1: the longest one starts first.

    A long training that started last would leave the other cores idle.
    """
    # Slices stand for the patches of volumes, which take seconds to count.
    work, shown = work_of_variant(plan, study, variant), images(plan, study)
    hours = variant.resources.hours or (
        resource_estimate.seconds(variant.settings, work, shown, plan.trials(variant)) / 3600
    )
    return hours / (hours + 1)


def work_of_variant(plan: Plan, study: Study, variant: Variant) -> Work:
    """Return the size and cost of a variant's network on one image, or on one patch."""
    shape = input_shape(variant.settings, image_shape(plan, study))
    return resource_estimate.work_of(variant.settings, shape, len(study.data.classes))


def packages(plan: Plan) -> list[str]:
    """Return the packages that only the tasks and layouts of these studies need."""
    studies = plan.studies.values()
    volumes = any(study.data.layout_name == VOLUMES for study in studies)
    boxes = any(study.task.boxed for study in studies)
    return ["nibabel"] * volumes + ["defusedxml", "torchmetrics", "faster_coco_eval"] * boxes
