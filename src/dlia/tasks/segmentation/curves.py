"""What is measured of a segmentation while it is trained."""

from torch import Tensor

from dlia.data.class_shares import IGNORED
from dlia.tasks.segmentation.dice import dice_by_class, mean_of_present, soft_dice_pooled
from dlia.training.losses import predicted_classes
from dlia.training.measures import Curves


def metrics(logits: Tensor, targets: Tensor) -> dict[str, float]:
    """Give the mean Dice over images and R2019's soft Dice.

    The Dice of an image is the mean over the foreground classes in its truth or its prediction. The
    most probable class is predicted; a single output has the threshold 0.5.

    Args:
        logits: (n, outputs, H, W).
        targets: (n, H, W), class numbers and ``IGNORED``.
    """
    outputs = logits.shape[1]
    probability = logits[:, 0].sigmoid() if outputs == 1 else logits.softmax(1)
    by_class = dice_by_class(predicted_classes(logits), targets, max(outputs, 2))
    hard = mean_of_present(by_class).double().mean()
    return {"dice": float(hard), "dice_soft_pooled": soft_dice_pooled(probability, targets)}


def is_collapsed(logits: Tensor, targets: Tensor) -> bool:
    """Tell whether one and the same class is predicted wherever ``targets`` are not ignored."""
    return len(predicted_classes(logits)[targets != IGNORED].unique()) <= 1


CURVES = Curves(metrics, is_collapsed)
