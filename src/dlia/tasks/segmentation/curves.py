"""What is measured of a segmentation while it is trained."""

from torch import Tensor

from dlia.tasks.segmentation.dice import dice, soft_dice_pooled
from dlia.training.losses import predicted_classes
from dlia.training.measures import Curves


def metrics(logits: Tensor, targets: Tensor) -> dict[str, float]:
    """Give the mean Dice over the images, at threshold 0.5, and R2019's soft Dice.

    Args:
        logits: (n, outputs, H, W).
        targets: (n, H, W), 0 or 1.
    """
    probability = logits[:, 0].sigmoid() if logits.shape[1] == 1 else logits.softmax(1)[:, 1]
    hard = dice(predicted_classes(logits) == 1, targets == 1).double().mean()
    return {"dice": float(hard), "dice_soft_pooled": soft_dice_pooled(probability, targets)}


def is_collapsed(logits: Tensor, targets: Tensor) -> bool:
    """Tell whether one and the same class is predicted everywhere; ``targets`` do not matter."""
    return len(predicted_classes(logits).unique()) == 1


CURVES = Curves(metrics, is_collapsed)
