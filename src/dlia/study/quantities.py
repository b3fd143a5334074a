"""The quantities that claims may be about and that every trial has, whatever its task."""

from typing import NamedTuple

from dlia.study.part_names import CURVE_PARTS, HELD_OUT, TEST, TRAIN

AGREEMENT = "agreement"  # of the predictions with those of the base, in agreement.csv
LINEAR = "linear_accuracy"  # of a linear classifier of what is in boxes, in a map's tsne.csv
MISTAKEN = "mistaken"  # how many images of one class are predicted as another, of a ``pair``
# Families of what is counted in data or networks, so that it is the same in all trials.
COUNTED = ("count", "counted_share")


class Quantity(NamedTuple):
    """A quantity that is measured for every trial.

    Attributes:
        words: Its name in the report.
        family: The kind of number: it decides the format, and the margin of config.yaml, if any.
        parts: The parts of the data that it is measured on; empty if it needs no images.
        column: Its place in the tables of the test part: the metric (row) and the column of the
            task's long table; with an empty metric, the column of the table named after it. A count
            without a metric is read from the record of the training.
        about_images: Whether a claim about it is also judged by a confidence interval over images,
            because it generalises to all images of the kind.
        curve: Whether it is read from the curves of a training, never from a table of results.
        of_volume: Whether it is counted in a single volume, which the claim names.
    """

    words: str
    family: str
    parts: tuple[str, ...] = ()
    column: tuple[str, str] = ("", "mean")
    about_images: bool = False
    curve: bool = False
    of_volume: bool = False

    def within(self, volume: str) -> "Quantity":
        """Return the quantity of a volume, which has a row of its own in the task's long table."""
        metric, column = self.column
        words = f"{self.words} in {volume}"
        return self._replace(words=words, column=(in_volume(metric, volume), column))


def in_volume(metric: str, volume: str) -> str:
    """Name the row of what is counted in one volume."""
    return f"{metric}/{volume}"


def of_curves(metric: str, words: str, family: str) -> dict[str, Quantity]:
    """Return the quantities that the curves of a metric have: its gap, rise and largest step.

    The gap is the metric on training images minus that on held-out images, the rise is the metric
    after the last epoch minus that after the first, and the largest step is the largest difference,
    up or down, between an epoch and the next.
    """
    return {
        f"{metric}_gap": Quantity(f"{words} less than training", family, HELD_OUT, curve=True),
        f"{metric}_rise": Quantity(f"rise of {words} since epoch 1", family, HELD_OUT, curve=True),
        f"{metric}_step": Quantity(
            f"largest change of {words} from epoch to epoch",
            family,
            (*CURVE_PARTS, TEST),
            curve=True,
        ),
    }


# The quantities of every task. Those of images are read from the curves. loss_gap is the loss of
# held-out images minus that of training images; loss_rise is how far the loss of held-out images
# rose above its lowest value.
SHARED: dict[str, Quantity] = {
    "loss": Quantity("loss", "loss", (*CURVE_PARTS, TEST), curve=True),
    "loss_gap": Quantity("loss minus training loss", "loss", HELD_OUT, curve=True),
    "loss_rise": Quantity("rise of the loss", "growth", HELD_OUT, curve=True),
    "loss_step": Quantity(
        "largest change of the loss from epoch to epoch", "loss", (*CURVE_PARTS, TEST), curve=True
    ),
    "loss_first_fall": Quantity(
        "fall of the loss in epoch 1", "loss", (*CURVE_PARTS, TEST), curve=True
    ),
    "loss_fall": Quantity(
        "fall of the loss since epoch 1", "loss", (*CURVE_PARTS, TEST), curve=True
    ),
    "loss_settled": Quantity(
        "first epoch whose loss is at most 1 % above the last one",
        "epochs",
        (*CURVE_PARTS, TEST),
        curve=True,
    ),
    "gradient_norm": Quantity("norm of the gradient", "loss", (TRAIN,), curve=True),
    "gradient_norm_before_last": Quantity(
        "norm of the gradient of all layers but the last", "loss", (TRAIN,), curve=True
    ),
    "parameters": Quantity("parameters", "count"),
    "first_layer_parameters": Quantity("parameters of the first layer", "count"),
    "last_layer_inputs": Quantity("inputs of the last fully connected layer", "count"),
    "other_parameters": Quantity("parameters outside convolutions", "count"),
    "activations": Quantity("values of an image that activation functions compute", "count"),
    "updates": Quantity("updates of the weights", "count"),
    "seconds": Quantity("seconds of a trial", "seconds"),
    "seconds_per_epoch": Quantity("seconds of an epoch", "seconds"),
}


def is_read_from_curves(quantity: Quantity, part: str, epoch: str) -> bool:
    """Tell whether a quantity is read from the curves of a training, not from a table of results.

    Args:
        quantity: The quantity.
        part: The part of the data; "" for none.
        epoch: A number, "all", or "" for the weights that were kept.
    """
    return bool(part) and (part != TEST or bool(epoch) or quantity.curve)


# The families of quantities between 0 and 1.
SHARES = ("accuracy", "dice", "ap", "share", "counted_share")
