"""What claims are about: the quantities that a build knows of every trial, whatever is learnt."""

from typing import NamedTuple

TEST, VALIDATION, TRAIN = "test", "validation", "train"
CURVE_PARTS = (VALIDATION, TRAIN)


class Quantity(NamedTuple):
    """A number that every trial has.

    Attributes:
        words: Its name for a reader.
        family: What it is written like, and which margin of config.yaml holds for it, if any.
        parts: The parts of the data that it can be read on; none if it is about no images.
        column: Where the test part's tables have it: the row's metric and the column of the task's
            long table, or, without a metric, the column of the table that is called like it.
        about_images: Whether it is judged by an interval over images too: what is claimed of it is
            about all such images.
    """

    words: str
    family: str
    parts: tuple[str, ...] = ()
    column: tuple[str, str] = ("", "mean")
    about_images: bool = False


# What is known of every task. Of the curves: validation minus training loss; how far the validation
# loss rose at the end.
SHARED: dict[str, Quantity] = {
    "loss": Quantity("loss", "loss", CURVE_PARTS),
    "loss_gap": Quantity("validation minus training loss", "loss", (VALIDATION,)),
    "loss_rise": Quantity("rise of the validation loss", "growth", (VALIDATION,)),
    "parameters": Quantity("parameters", "count"),
    "first_layer_parameters": Quantity("parameters of the first layer", "count"),
    "seconds": Quantity("seconds of a trial", "seconds"),
    "seconds_per_epoch": Quantity("seconds of an epoch", "seconds"),
}
# The families of what lies between 0 and 1.
SHARES = ("accuracy", "dice", "share")
