"""Segmentation: one class for each pixel."""

from dlia.study.document import Document
from dlia.study.messages import Problem
from dlia.study.part_names import CURVE_PARTS, TEST
from dlia.study.quantities import AGREEMENT, Quantity, of_curves
from dlia.study.settings import CrossEntropy, Settings
from dlia.study.task import Task

# A mask has a byte for each pixel, and 255 is for pixels that are ignored.
MOST_CLASSES = 255
# Of more than two classes, claims name foreground classes by their numbers.
_OF_CLASSES = {number: f"dice_class_{number}" for number in range(1, 10)}


def _on_images(
    words: str, family: str, name: str, column: str = "mean", about_images: bool = False
) -> Quantity:
    return Quantity(words, family, (TEST,), (name, column), about_images)


def _everywhere(words: str, name: str) -> Quantity:
    return Quantity(words, "dice", (TEST, *CURVE_PARTS), (name, "mean"))


def _faults(settings: Settings, study: Document) -> list[Problem]:
    problems = []
    classes, threshold = len(study.data.classes), settings.prediction.threshold
    single_output = not isinstance(settings.loss, CrossEntropy)
    if single_output and classes != 2:
        problems.append(Problem("loss.name", f"{settings.loss.name} needs two classes of pixels"))
    elif single_output and threshold is None:
        problems.append(Problem("prediction.threshold", "is missing; 0.5 is usual"))
    if classes > MOST_CLASSES:
        text = f"{classes} classes are more than the {MOST_CLASSES} that a mask can hold"
        problems.append(Problem("data.classes", text))
    if classes > 2 and threshold is not None:
        text = "is for two classes; of more, the most probable one is predicted"
        problems.append(Problem("prediction.threshold", text))
    if settings.prediction.views == "shifts":
        problems.append(Problem("prediction.views", "shifts are for classifications only"))
    return problems


TASK = Task(
    name="segmentation",
    package=__package__,
    metric="dice",
    targets="masks",
    per_pixel=True,
    tables=("dice", "metrics", "per_class", "confusion"),
    per_trial="metrics",
    described=(
        *_OF_CLASSES.values(),
        "iou",
        "boundary_dice_1",
        "boundary_dice_2",
        "boundary_dice_3",
        "assd",
        "hd95",
    ),
    measures=(
        "dice_pooled",
        "dice_soft_pooled",
        "iou",
        "pixel_accuracy",
        "boundary_dice_1",
        "boundary_dice_2",
        "boundary_dice_3",
        "assd",
        "hd95",
        "checkerboard",
        "checkerboard_images",
    ),
    reported=("dice", "dice_soft_pooled", "sd_dice", "lowest_dice", *_OF_CLASSES.values()),
    quantities={
        "dice": _everywhere("Dice", "dice"),
        "dice_soft_pooled": _everywhere("soft, pooled Dice", "dice_soft_pooled"),
        "dice_pooled": _on_images("Dice of all images as one", "dice", "dice_pooled"),
        **{
            name: _on_images(f"Dice of class {number}", "dice", name)
            for number, name in _OF_CLASSES.items()
        },
        **of_curves("dice", "Dice", "dice"),
        "worst_missed": _on_images(
            "missed share of the foreground in the worst image", "share", "worst_missed"
        ),
        "worst_inverted": _on_images(
            "gain of Dice by inverting the worst prediction", "dice", "worst_inverted"
        ),
        "worst_scattered": _on_images(
            "spread of the worst prediction less that of its truth", "ratio", "worst_scattered"
        ),
        "worst_closer": _on_images(
            "share of training images with more spread than the worst one",
            "share",
            "worst_closer",
        ),
        "sd_dice": _on_images("sd of Dice over the images", "dice", "dice", "sd"),
        "lowest_dice": _on_images("lowest Dice of an image", "dice", "dice", "min"),
        "highest_dice": _on_images("highest Dice of an image", "dice", "dice", "max"),
        AGREEMENT: Quantity("Dice of the predictions with those of the base", "dice", (TEST,)),
        "iou": _on_images("IoU", "dice", "iou"),
        "pixel_accuracy": _on_images("pixel accuracy", "accuracy", "pixel_accuracy"),
        **{
            f"boundary_dice_{width}": _on_images(
                f"Dice within {width} px of a contour", "dice", f"boundary_dice_{width}"
            )
            for width in (1, 2, 3)
        },
        "assd": _on_images("average surface distance", "pixels", "assd"),
        "hd95": _on_images("95 % Hausdorff distance", "pixels", "hd95"),
        "checkerboard": _on_images("checkerboard", "ratio", "checkerboard"),
        "checkerboard_images": _on_images(
            "share of images with a checkerboard", "share", "checkerboard_images"
        ),
        "spread_correlation": _on_images(
            "correlation of Dice and spread of the objects",
            "ratio",
            "spread_correlation",
            about_images=True,
        ),
    },
    pictures={
        "segmentations": "Best, median and worst test images of {}, and what sets the worst two "
        "apart from the others."
    },
    pair_figures=True,
    layouts={
        "image_mask_pairs": "glands",
        "masked_files": "shapes",
        "glas_files": "shapes",
        "scr_radiographs": "shapes",
    },
    balance_caption="Share of the pixels, mean over the images of a part (lowest to highest "
    "image).",
    samples_caption="Training images, evenly spread over the data set, with the true contours.",
    faults=_faults,
)
