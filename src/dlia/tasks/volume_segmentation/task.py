"""Segmentation of volumes: one class for each voxel, learnt from patches or slices."""

from dlia.study.document import Document
from dlia.study.layout_volumes import VOLUMES
from dlia.study.messages import Problem
from dlia.study.part_names import CURVE_PARTS, TEST
from dlia.study.quantities import Quantity, of_curves
from dlia.study.settings import CopyChanges, CrossEntropy, Settings
from dlia.study.task import Task

# Claims name classes by their numbers, so that they are known without a study.
MOST_CLASSES = 9
_NUMBERS = range(1, MOST_CLASSES + 1)


def _measured(words: str, family: str, name: str) -> dict[str, Quantity]:
    """Give a quantity of the test volumes and of curves, and that of each class."""
    named = {name: words} | {f"{name}_class_{n}": f"{words} of class {n}" for n in _NUMBERS}
    found = {}
    for key, said in named.items():
        found[key] = Quantity(said, family, (TEST, *CURVE_PARTS), (key, "mean"))
        found |= of_curves(key, said, family)
    return found


def _on_volumes(words: str, family: str, name: str) -> Quantity:
    return Quantity(words, family, (TEST,), (name, "mean"))


def _of_all(words: str, family: str, name: str) -> Quantity:
    """Give a quantity whose words say what it is measured on; no claim asks a part of it."""
    return Quantity(words, family, (), (name, "mean"))


def _of_patches(words: str, family: str, name: str) -> dict[str, Quantity]:
    """Give what the table measures on chosen patches, which no claim asks a part of."""
    return {
        key: _of_all(f"{words}{_class(key)} on {where}", family, key)
        for prefix, where in (
            ("training", "the training patches"),
            ("balanced", "balanced patches of the validation volumes"),
        )
        for own in [f"{prefix}_{name}"]
        for key in (own, *(f"{own}_class_{number}" for number in _NUMBERS))
    }


def _class(name: str) -> str:
    return f" of class {name[-1]}" if "_class_" in name else ""


def _faults(settings: Settings, study: Document) -> list[Problem]:
    problems = []
    classes = len(study.data.classes)
    if not isinstance(settings.loss, CrossEntropy):
        problems.append(Problem("loss.name", "volumes are segmented with cross_entropy"))
    if classes > MOST_CLASSES:
        text = f"{classes} classes are more than the {MOST_CLASSES} that tables have"
        problems.append(Problem("data.classes", text))
    if settings.prediction.threshold is not None:
        text = "the most probable class is predicted; remove it"
        problems.append(Problem("prediction.threshold", text))
    if settings.prediction.views == "shifts":
        problems.append(Problem("prediction.views", "shifts are for classifications only"))
    if settings.prediction.batch_statistics:
        text = "patches of a volume have no batches; remove it"
        problems.append(Problem("prediction.batch_statistics", text))
    if settings.augmentation.name == "random" and settings.augmentation.jitter:
        problems.append(Problem("augmentation.jitter", "is for images with three channels (RGB)"))
    if measured := [name for name in settings.add_copies if name in CopyChanges.model_fields]:
        text = f"{' and '.join(measured)} would not fit the masks of volumes; remove it"
        problems.append(Problem("add_copies", text))
    if settings.augmentation.name == "random" and settings.augmentation.border == "zeros":
        change = settings.augmentation
        if change.shift or change.rotation or change.scale or change.elastic.displacement:
            text = "zeros would give voxels beyond the edge the first class; write reflection"
            problems.append(Problem("augmentation.border", text))
    if (rule := settings.sampling) and rule.minimum:
        if len(rule.minimum) != classes:
            text = f"has {len(rule.minimum)} numbers for {classes} classes (data.classes)"
            problems.append(Problem("sampling.minimum", text))
        elif sum(rule.minimum) > rule.patch**2:
            text = f"{sum(rule.minimum)} voxels are more than a patch has: {rule.patch**2}"
            problems.append(Problem("sampling.minimum", text))
    return problems


TASK = Task(
    name="volume_segmentation",
    package=__package__,
    metric="dice",
    metric_of_class="dice_class",
    targets="masks",
    per_pixel=True,
    tables=("dice", "metrics", "per_class", "confusion"),
    per_trial="metrics",
    described=(
        *(f"dice_class_{number}" for number in _NUMBERS),
        "recall",
        "pixel_accuracy",
        "dice_brain",
        "dice_whole",
        "hausdorff",
        "hd95",
    ),
    measures=(
        "dice_pooled",
        "recall",
        "pixel_accuracy",
        "dice_brain",
        "dice_whole",
        "hausdorff",
        "hd95",
        "training_dice",
        "balanced_dice",
    ),
    reported=(
        "dice",
        "pixel_accuracy",
        *(f"{name}_class_{number}" for name in ("dice", "recall") for number in _NUMBERS),
    ),
    quantities={
        **_measured("Dice", "dice", "dice"),
        **_measured("recall", "accuracy", "recall"),
        "pixel_accuracy": Quantity(
            "pixel accuracy", "accuracy", (TEST, *CURVE_PARTS), ("pixel_accuracy", "mean")
        ),
        **of_curves("pixel_accuracy", "pixel accuracy", "accuracy"),
        **_of_patches("Dice", "dice", "dice"),
        **_of_patches("recall", "accuracy", "recall"),
        **_of_patches("pixel accuracy", "accuracy", "pixel_accuracy"),
        "dice_pooled": _on_volumes("Dice of all volumes as one", "dice", "dice_pooled"),
        "dice_brain": _on_volumes("Dice where the image is above 0", "dice", "dice_brain"),
        "dice_whole": _on_volumes("Dice in the whole volume", "dice", "dice_whole"),
        "hausdorff": _on_volumes("Hausdorff distance over all classes", "millimetres", "hausdorff"),
        "hd95": _on_volumes("95 % Hausdorff distance over all classes", "millimetres", "hd95"),
        "training_images": Quantity("training patches", "count"),
        "validation_images": Quantity("validation patches", "count"),
        "training_slices": _of_all("slices of the training volumes", "count", "training_slices"),
        "validation_slices": _of_all(
            "slices of the validation volumes", "count", "validation_slices"
        ),
        **{
            name: _of_all(f"voxels of class {number} in the training volumes", "count", name)
            for number in _NUMBERS
            for name in [f"training_voxels_class_{number}"]
        },
        **{
            name: _of_all(f"share of class {number} in the training volumes", "counted_share", name)
            for number in _NUMBERS
            for name in [f"training_share_class_{number}"]
        },
        **{
            name: _of_all(f"voxels of class {number}", "count", name)._replace(of_volume=True)
            for number in _NUMBERS
            for name in [f"voxels_class_{number}"]
        },
        "training_smallest_share": _of_all(
            "smallest share of a class in the training patches",
            "counted_share",
            "training_smallest_share",
        ),
        "gap_closed_by_patches": _of_all(
            "share of the gap to training that vanishes on balanced patches of the validation "
            "volumes",
            "growth",
            "gap_closed_by_patches",
        ),
        "gap_closed_by_shares": _of_all(
            "share of the gap to training that vanishes where validation voxels are weighted to "
            "the shares of the classes in training",
            "growth",
            "gap_closed_by_shares",
        ),
    },
    pictures={
        "slices": "The middle slice of a training and of a validation volume, segmented by {}.",
        "confusion": "Confusion matrix of {} on the voxels of the test volumes.",
    },
    charts=("confusion",),
    layouts={VOLUMES: "ellipsoids"},
    curves_of="all that it learns from",
    unit="volume",
    entry="slice",
    learnt_from="patches or slices",
    strict="dice_whole",
    leaves_out="a class that is predicted for background",
    counts=" It counts only voxels that have a true class.",
    own_modules=("predict", "describe"),
    balance_caption="Share of the voxels that have a class, over a part (lowest to highest "
    "volume).",
    samples_caption="Training volumes at the top, in the middle and at the bottom: the image, and "
    "the true classes.",
    faults=_faults,
)
