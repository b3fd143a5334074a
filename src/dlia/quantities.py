"""What claims are about: the quantities that a build knows of every trial."""

from typing import NamedTuple

TEST, VALIDATION, TRAIN = "test", "validation", "train"
CURVES = (VALIDATION, TRAIN)
TASKS = ("classification", "segmentation")


class Quantity(NamedTuple):
    """A number that every trial has.

    Attributes:
        family: What it is written like, and which margin of config.yaml holds for it, if any.
        tasks: The tasks that know it.
        parts: The parts of the data that it can be read on; none if it is about no images.
        column: Where the test part's tables have it: the row's metric and the column of
            metrics.csv, or its column in accuracy.csv.
    """

    family: str
    tasks: tuple[str, ...] = TASKS
    parts: tuple[str, ...] = ()
    column: tuple[str, str] = ("", "mean")


SEGMENTATION, CLASSIFICATION = ("segmentation",), ("classification",)


def _of_images(family: str, name: str, column: str = "mean") -> Quantity:
    return Quantity(family, SEGMENTATION, (TEST,), (name, column))


QUANTITIES: dict[str, Quantity] = {
    "accuracy": Quantity("accuracy", CLASSIFICATION, (TEST, *CURVES)),
    "dice": Quantity("dice", SEGMENTATION, (TEST, *CURVES), ("dice", "mean")),
    "dice_soft_pooled": Quantity(
        "dice", SEGMENTATION, (TEST, *CURVES), ("dice_soft_pooled", "mean")
    ),
    "lowest_dice": _of_images("dice", "dice", "min"),
    "highest_dice": _of_images("dice", "dice", "max"),
    "iou": _of_images("dice", "iou"),
    "pixel_accuracy": _of_images("accuracy", "pixel_accuracy"),
    "boundary_dice_1": _of_images("dice", "boundary_dice_1"),
    "boundary_dice_2": _of_images("dice", "boundary_dice_2"),
    "boundary_dice_3": _of_images("dice", "boundary_dice_3"),
    "assd": _of_images("pixels", "assd"),
    "hd95": _of_images("pixels", "hd95"),
    "checkerboard": _of_images("ratio", "checkerboard"),
    "highest_checkerboard": _of_images("ratio", "checkerboard", "max"),
    "spread_correlation": _of_images("ratio", "spread_correlation"),
    # Of the curves: validation minus training loss; the validation loss relative to its lowest.
    "loss": Quantity("loss", parts=CURVES),
    "loss_gap": Quantity("loss", parts=(VALIDATION,)),
    "loss_rise": Quantity("ratio", parts=(VALIDATION,)),
    "parameters": Quantity("count"),
    "first_layer_parameters": Quantity("count"),
    "seconds": Quantity("seconds"),
    "seconds_per_epoch": Quantity("seconds"),
}
FAMILIES_OF_MARGINS = ("accuracy", "dice")


def is_volatile(name: str) -> bool:
    """Tell whether a quantity differs from run to run."""
    return QUANTITIES[name].family == "seconds"
