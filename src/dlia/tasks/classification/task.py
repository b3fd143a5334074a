"""Classification: one class for each image."""

from dlia.study.document import Document
from dlia.study.messages import Problem
from dlia.study.part_names import CURVE_PARTS, TEST
from dlia.study.quantities import MISTAKEN, Quantity, of_curves
from dlia.study.settings import CrossEntropy, Settings
from dlia.study.task import Task
from dlia.tasks.classification.side_by_side import MOST_CLASSES


def _faults(settings: Settings, study: Document) -> list[Problem]:
    problems = []
    if not isinstance(settings.loss, CrossEntropy):
        problems.append(Problem("loss.name", f"{settings.loss.name} needs two classes of pixels"))
    if settings.prediction.threshold is not None:
        text = "is for segmentations only; remove it"
        problems.append(Problem("prediction.threshold", text))
    return problems


TASK = Task(
    name="classification",
    package=__package__,
    metric="accuracy",
    targets="labels",
    per_pixel=False,
    tables=("accuracy", "per_class", "confusion", "mistakes"),
    per_trial="accuracy",
    claimed=("confusion",),
    mistakes=True,
    reported=("accuracy",),
    quantities={
        "accuracy": Quantity("accuracy", "accuracy", (TEST, *CURVE_PARTS)),
        **of_curves("accuracy", "accuracy", "accuracy"),
        MISTAKEN: Quantity("images of one class predicted as another", "number", (TEST,)),
    },
    pictures={
        "misclassified": "Test images that {} misclassifies; the most confident mistakes come "
        "first.",
        "confusion": "Confusion matrix of {}.",
    },
    charts=("confusion",),
    side_by_side_up_to=MOST_CLASSES,
    picture_of_best_only=True,
    layouts={
        "class_folders": "digits",
        "labelled_files": "shapes",
        "idx_files": "shapes",
        "cifar_batches": "shapes",
    },
    balance_caption="Images of each class, and their share of the part.",
    samples_caption="Training images of every class, the first ones in the order of the data set.",
    faults=_faults,
)
