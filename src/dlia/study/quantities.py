"""What claims are about: the quantities that a build knows of every trial."""

from typing import NamedTuple

TEST, VALIDATION, TRAIN = "test", "validation", "train"
CURVE_PARTS = (VALIDATION, TRAIN)
TASKS = ("classification", "segmentation")
SEGMENTATION, CLASSIFICATION = ("segmentation",), ("classification",)


class Quantity(NamedTuple):
    """A number that every trial has.

    Attributes:
        words: Its name for a reader.
        family: What it is written like, and which margin of config.yaml holds for it, if any.
        tasks: The tasks that know it.
        parts: The parts of the data that it can be read on; none if it is about no images.
        column: Where the test part's tables have it: the row's metric and the column of
            metrics.csv, or its column in accuracy.csv.
    """

    words: str
    family: str
    tasks: tuple[str, ...] = TASKS
    parts: tuple[str, ...] = ()
    column: tuple[str, str] = ("", "mean")


def _of_images(words: str, family: str, name: str, column: str = "mean") -> Quantity:
    return Quantity(words, family, SEGMENTATION, (TEST,), (name, column))


def _everywhere(words: str, name: str) -> Quantity:
    return Quantity(words, "dice", SEGMENTATION, (TEST, *CURVE_PARTS), (name, "mean"))


QUANTITIES: dict[str, Quantity] = {
    "accuracy": Quantity("accuracy", "accuracy", CLASSIFICATION, (TEST, *CURVE_PARTS)),
    "dice": _everywhere("Dice", "dice"),
    "dice_soft_pooled": _everywhere("soft, pooled Dice", "dice_soft_pooled"),
    "lowest_dice": _of_images("lowest Dice of an image", "dice", "dice", "min"),
    "highest_dice": _of_images("highest Dice of an image", "dice", "dice", "max"),
    "iou": _of_images("IoU", "dice", "iou"),
    "pixel_accuracy": _of_images("pixel accuracy", "accuracy", "pixel_accuracy"),
    "boundary_dice_1": _of_images("Dice within 1 px of a contour", "dice", "boundary_dice_1"),
    "boundary_dice_2": _of_images("Dice within 2 px of a contour", "dice", "boundary_dice_2"),
    "boundary_dice_3": _of_images("Dice within 3 px of a contour", "dice", "boundary_dice_3"),
    "assd": _of_images("average surface distance", "pixels", "assd"),
    "hd95": _of_images("95 % Hausdorff distance", "pixels", "hd95"),
    "checkerboard": _of_images("checkerboard", "ratio", "checkerboard"),
    "checkerboard_images": _of_images(
        "share of images with a checkerboard", "share", "checkerboard_images"
    ),
    "spread_correlation": _of_images(
        "correlation of Dice and spread of the glands", "ratio", "spread_correlation"
    ),
    # Of the curves: validation minus training loss; how far the validation loss rose at the end.
    "loss": Quantity("loss", "loss", parts=CURVE_PARTS),
    "loss_gap": Quantity("validation minus training loss", "loss", parts=(VALIDATION,)),
    "loss_rise": Quantity("rise of the validation loss", "growth", parts=(VALIDATION,)),
    "parameters": Quantity("parameters", "count"),
    "first_layer_parameters": Quantity("parameters of the first layer", "count"),
    "seconds": Quantity("seconds of a trial", "seconds"),
    "seconds_per_epoch": Quantity("seconds of an epoch", "seconds"),
}
# The families of what lies between 0 and 1.
SHARES = ("accuracy", "dice", "share")
# These are judged by an interval over images, too: what they claim is about all such images.
ABOUT_IMAGES = ("spread_correlation",)


def is_volatile(name: str) -> bool:
    """Tell whether a quantity differs from run to run."""
    return QUANTITIES[name].family == "seconds"
