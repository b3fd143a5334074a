"""The modules that each step imports by name at run time, for its code digest.

The digest follows import statements only, so these modules have to be listed.
"""

from collections.abc import Iterable

from dlia.study.layout_volumes import VOLUMES
from dlia.study.model import Exercise, Study, Variant
from dlia.study.settings import Settings
from dlia.tasks import TASK_NAMES

_LEARNERS = {"autograd": "dlia.training.learner", "by_hand": "dlia.training.numpy_learner"}
_OF_DETECTORS = ["dlia.training.detector_learner", "dlia.training.detection_loss"]


def unpacking_modules(study: Study, layout: str) -> list[str]:
    """Return the modules that unpacking an archive of a ``layout`` imports by name."""
    decoders = ["dlia.data.volumes"] if layout == VOLUMES else []
    if study.task.boxed:
        decoders = ["dlia.data.photographs"]
    return [f"dlia.data.layouts.{layout}", *decoders]


def training_modules(study: Study, variant: Variant) -> list[str]:
    """Return the modules that the training of a variant imports by name."""
    settings = variant.settings
    return [
        f"dlia.tasks.{study.task}.curves",
        f"dlia.models.{settings.model.name}",
        *(_OF_DETECTORS if settings.model.boxed else [_LEARNERS[settings.gradients]]),
        *(["dlia.models.pretrained"] if getattr(settings.model, "weights", None) else []),
        "dlia.training.one_by_one",
        *([] if variant.by_hand else ["dlia.training.stacked"]),
        *([] if settings.augmentation.name == "none" else [_augmentation_of(settings)]),
        *(["dlia.training.volume_data"] if study.data.layout_name == VOLUMES else []),
    ]


def pretraining_modules(study: Study, network: str) -> list[str]:
    """Return the modules that the training of stand-in weights imports by name."""
    return [
        *standin_modules(study),
        f"dlia.tasks.{study.task}.curves",
        f"dlia.models.{network}",
        *_OF_DETECTORS,
        "dlia.training.box_augmentation",
    ]


def _augmentation_of(settings: Settings) -> str:
    return f"dlia.training.{'box_augmentation' if settings.model.boxed else 'augmentation'}"


def prediction_modules(study: Study, variant: Variant) -> list[str]:
    """Return the modules that the prediction of a variant imports by name."""
    settings = variant.settings
    batched = ["dlia.training.batch_statistics"] if settings.prediction.batch_statistics else []
    boxes = ["dlia.training.predicted_boxes"] if settings.model.boxed else []
    own = "predict" in study.task.own_modules
    predictor = f"dlia.tasks.{study.task}.predict" if own else "dlia.training.predict"
    return [predictor, f"dlia.models.{settings.model.name}", *batched, *boxes]


def describing_modules(study: Study) -> list[str]:
    """Return the modules that the description of a data set imports by name."""
    if "describe" in study.task.own_modules:
        return [f"dlia.tasks.{study.task}.describe"]
    return ["dlia.evaluation.balance", "dlia.figures.samples"]


def evaluation_modules(study: Study) -> list[str]:
    """Return the modules that the evaluation of an exercise imports by name."""
    return [f"dlia.tasks.{study.task}.tables"]


def drawing_modules(study: Study, exercise: Exercise) -> list[str]:
    """Return the modules that the figures of an exercise import by name."""
    drawn = [*study.task.pictures, *(["boundary_figure"] if exercise.boundary else [])]
    return [f"dlia.tasks.{study.task}.{name}" for name in drawn]


def agreement_modules(study: Study) -> list[str]:
    """Return the modules that the comparison of an exercise's predictions imports by name."""
    return [f"dlia.tasks.{study.task}.{name}" for name in ("agreement", "agreement_figure")]


def layer_modules(variant: Variant) -> list[str]:
    """Return the modules that the table of a network's layers imports by name."""
    return [f"dlia.models.{variant.settings.model.name}"]


def feature_modules(variant: Variant) -> list[str]:
    """Return the modules that a map of a network's features imports by name."""
    return ["dlia.models.box_features", f"dlia.models.{variant.settings.model.name}"]


def report_modules(studies: Iterable[Study]) -> list[str]:
    """Return the modules that a report imports by name."""
    return [f"dlia.tasks.{name}.task" for name in sorted({study.task.name for study in studies})]


def number_modules() -> list[str]:
    """Return the modules that the list of all numbers imports by name: those of all tasks."""
    return [f"dlia.tasks.{name}.task" for name in TASK_NAMES]


def standin_modules(study: Study) -> list[str]:
    """Return the modules that the drawing of a stand-in imports by name."""
    kind = study.data.standin.kind
    # Shapes are packed by the layout, which the others contain.
    packed = unpacking_modules(study, study.data.layout_name) if kind == "shapes" else []
    return [f"dlia.data.standins.{kind}", *packed]
