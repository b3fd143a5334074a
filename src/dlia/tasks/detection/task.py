"""Detection: boxes around the objects of an image, each with a class."""

from dlia.study.document import Document
from dlia.study.messages import Problem
from dlia.study.part_names import CURVE_PARTS, TEST, VALIDATION
from dlia.study.quantities import LINEAR, Quantity, of_curves
from dlia.study.settings import Detector, FocalAndSmoothL1, RandomAugmentation, Settings
from dlia.study.task import Task

NUMBERED = 20  # classes whose average precision claims can be about
_LOSSES = {
    "classification_loss": "loss of the classes",
    "regression_loss": "loss of the boxes",
}
# What would have to move boxes in a way that they do not stay boxes.
_NO_BOXES = ("rotation", "quarter_turns", "stain", "brightness", "contrast")


def _on_test(words: str, name: str, family: str = "ap") -> Quantity:
    return Quantity(words, family, (TEST,), (name, "mean"))


def _faults(settings: Settings, study: Document) -> list[Problem]:
    problems = []
    if not isinstance(settings.loss, FocalAndSmoothL1):
        text = f"{settings.loss.name} has no boxes; write focal_and_smooth_l1"
        problems.append(Problem("loss.name", text))
    if settings.prediction.views != "none":
        problems.append(Problem("prediction.views", "is not for detections; write none"))
    if settings.prediction.threshold is not None:
        problems.append(Problem("prediction.threshold", "is for segmentations only; remove it"))
    if settings.add_copies:
        problems.append(Problem("add_copies", "are not for detections; remove them"))
    if settings.averaging.name != "none":
        problems.append(Problem("averaging.name", "is not for detections; write none"))
    if settings.input.crop:
        text = "would cut photographs and not their boxes; remove it"
        problems.append(Problem("input.crop", text))
    augmentation = settings.augmentation
    if isinstance(augmentation, RandomAugmentation):
        used = [name for name in _NO_BOXES if getattr(augmentation, name)]
        if augmentation.elastic.displacement:
            used.append("elastic")
        text = "is not for detections; flips, shift, scale and jitter are"
        problems += [Problem(f"augmentation.{name}", text) for name in used]
        if augmentation.border != "zeros":
            text = "would show parts of objects again that have no box; write zeros"
            problems.append(Problem("augmentation.border", text))
        if augmentation.flip_classes is not None:
            text = "is for images that have one class; remove it"
            problems.append(Problem("augmentation.flip_classes", text))
    return problems + _weights_faults(settings, study)


def _weights_faults(settings: Settings, study: Document) -> list[Problem]:
    model = settings.model
    if not isinstance(model, Detector):
        return []
    head = model.weights.head if model.weights else None
    if head is not None and len(head) != len(study.data.classes):
        text = f"has {len(head)} entries for {len(study.data.classes)} classes"
        return [Problem("model.weights.head", text)]
    if head is not None and model.weights and max(head) >= model.weights.outputs:
        text = f"there is no output {max(head)}: the weights' head has {model.weights.outputs}"
        return [Problem("model.weights.head", text)]
    if model.other_output and (head is None or settings.epochs):
        text = "goes with epochs: 0 and pre-trained weights that have a head"
        return [Problem("model.other_output", text)]
    if settings.gradient_norms and model.is_partly_frozen:
        text = "has no gradient of the stages that are frozen; train all of them, or write false"
        return [Problem("gradient_norms", text)]
    if not settings.epochs and settings.schedule.name != "constant":
        return [Problem("schedule.name", "has no steps with epochs: 0; write constant")]
    if not settings.epochs and head is None:
        return [Problem("epochs", "0 goes with pre-trained weights that have a head")]
    return []


TASK = Task(
    name="detection",
    package=__package__,
    metric="ap50",
    targets="boxes",
    per_pixel=False,
    tables=("ap50", "metrics", "per_class", "confusion"),
    per_trial="metrics",
    claimed=("confusion",),
    described=("ap75", "ap", "agnostic_ap50"),
    measures=("ap75", "ap", "agnostic_ap50", "iou", "matched", "missed", "nothing_there"),
    reported=("ap50", "ap75", "ap", "iou"),
    quantities={
        "ap50": Quantity("AP50", "ap", (TEST, *CURVE_PARTS), ("ap50", "mean")),
        **of_curves("ap50", "AP50", "ap"),
        "ap75": _on_test("AP75", "ap75"),
        "ap": _on_test("AP from IoU 0.5 to 0.95", "ap"),
        "agnostic_ap50": _on_test("AP50 whatever the class", "agnostic_ap50"),
        "iou": _on_test("mean IoU of matched boxes", "iou", "accuracy"),
        "matched": _on_test("matched boxes", "matched", "number"),
        "missed": _on_test("true boxes that are missed", "missed", "number"),
        "nothing_there": _on_test("sure boxes where nothing is", "nothing_there", "number"),
        "smallest_share": Quantity(
            "smallest share of a class among all boxes", "share", (), ("smallest_share", "mean")
        ),
        LINEAR: Quantity(
            "accuracy of a linear classifier of what is in the boxes, in cross-validation",
            "accuracy",
        ),
        **{
            f"ap50_{number}": _on_test(f"AP50 of class {number}", f"ap50_{number}")
            for number in range(1, NUMBERED + 1)
        },
        **{
            name: Quantity(words, "loss", (*CURVE_PARTS, TEST), curve=True)
            for name, words in _LOSSES.items()
        },
        **{
            f"{name}_rise": Quantity(
                f"rise of the {words} since epoch 1", "loss", (VALIDATION, TEST), curve=True
            )
            for name, words in _LOSSES.items()
        },
        "regression_excess": Quantity(
            "loss of the boxes less that of the classes", "loss", CURVE_PARTS, curve=True
        ),
        "regression_excess_lowest": Quantity(
            "least loss of the boxes less that of the classes in any epoch",
            "loss",
            CURVE_PARTS,
            curve=True,
        ),
    },
    losses=tuple(_LOSSES),
    pictures={
        "detections": "Test photographs with the true boxes and those that {} predicts.",
        "precision": "Precision and recall of {} on test photographs.",
        "confusion": "Confusion matrix of the boxes that {} predicts.",
    },
    charts=("precision", "confusion"),
    layouts={"coco": "shapes", "voc": "shapes", "boxes_table": "shapes"},
    balance_caption="Boxes of each class, and their share of the part.",
    samples_caption="Training photographs, evenly spread over the data set, with the true boxes.",
    faults=_faults,
)
