"""The modules that a step finds by their names when it runs; its fingerprint cannot see them."""

from dlia.study.model import Exercise, Study, Variant

_LEARNERS = {"autograd": "dlia.training.learner", "by_hand": "dlia.training.numpy_learner"}


def unpacking_modules(study: Study) -> list[str]:
    """Name the modules that unpacking finds by their names."""
    return [f"dlia.data.layouts.{study.data.layout}"]


def training_modules(study: Study, variant: Variant) -> list[str]:
    """Name the modules that the training of a variant finds by their names."""
    settings = variant.settings
    return [
        f"dlia.tasks.{study.task}.curves",
        f"dlia.models.{settings.model.name}",
        _LEARNERS[settings.gradients],
        "dlia.training.one_by_one",
        *([] if variant.by_hand else ["dlia.training.stacked"]),
        *([] if settings.augmentation.name == "none" else ["dlia.training.augmentation"]),
    ]


def prediction_modules(variant: Variant) -> list[str]:
    """Name the modules that the predictions of a variant find by their names."""
    return [f"dlia.models.{variant.settings.model.name}"]


def evaluation_modules(study: Study) -> list[str]:
    """Name the modules that the evaluation of an exercise finds by their names."""
    return [f"dlia.tasks.{study.task}.tables"]


def drawing_modules(study: Study, exercise: Exercise) -> list[str]:
    """Name the modules that the figures of an exercise find by their names."""
    drawn = [*study.task.pictures, *(["boundary_figure"] if exercise.boundary else [])]
    return [f"dlia.tasks.{study.task}.{name}" for name in drawn]


def showing_modules(study: Study, exercise: Exercise) -> list[str]:
    """Name the modules that the layers of a network find by their names."""
    return [f"dlia.models.{study.variant(exercise.network).settings.model.name}"]


def standin_modules(study: Study) -> list[str]:
    """Name the modules that the drawing of a stand-in finds by their names."""
    return [f"dlia.data.standins.{study.data.standin.kind}"]
