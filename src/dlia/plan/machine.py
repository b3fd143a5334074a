"""What a build needs: memory, hours, packages."""

from dlia.plan.plan import Plan
from dlia.study import resource_estimate
from dlia.study.layout_volumes import VOLUMES
from dlia.study.model import Study, Variant
from dlia.training.input_shape import input_shape


def images(plan: Plan, study: Study) -> int:
    """Return an upper bound on the number of images of a study."""
    drawn = study.data.standin.train + study.data.standin.test
    return plan.facts[study.name].images or drawn


def image_shape(plan: Plan, study: Study) -> tuple[int, int, int]:
    """Return channels, height and width of a study's images."""
    height, width = plan.layout(study)["size"]
    return study.data.channels, height, width


def memory_of(plan: Plan, study: Study, variant: Variant, at_once: int) -> int:
    """Return the memory in MB that a training needs: as the variant states, or estimated."""
    if variant.resources.mem_mb:
        return variant.resources.mem_mb
    shape = image_shape(plan, study)
    seen = input_shape(variant.settings, shape)
    work = resource_estimate.work_of(variant.settings, seen, len(study.data.classes))
    return resource_estimate.megabytes(variant.settings, work, shape, images(plan, study), at_once)


def hours_of(plan: Plan, study: Study, variant: Variant) -> int:
    """Return the hours that a training needs at most: as the variant states, or estimated."""
    if variant.resources.hours:
        return variant.resources.hours
    seen = input_shape(variant.settings, image_shape(plan, study))
    work = resource_estimate.work_of(variant.settings, seen, len(study.data.classes))
    return resource_estimate.hours(
        variant.settings, work, images(plan, study), plan.trials(variant)
    )


def packages(plan: Plan) -> list[str]:
    """Return the packages that only the tasks and layouts of these studies need."""
    studies = plan.studies.values()
    volumes = any(study.data.layout_name == VOLUMES for study in studies)
    boxes = any(study.task.boxed for study in studies)
    return ["nibabel"] * volumes + ["torchmetrics", "faster_coco_eval"] * boxes
