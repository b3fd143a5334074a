"""The Sorensen-Dice coefficient, for NumPy arrays and for tensors alike."""

from typing import Any


def dice(predicted: Any, truth: Any) -> Any:
    """Compute 2 |A and B| / (|A| + |B|) for every image (Dice 1945; the sheet, exercise 2.1).

    Two empty masks agree perfectly: their coefficient is 1.

    Args:
        predicted: Boolean masks, shape (N, ...), an array or a tensor.
        truth: Boolean masks of the same shape and kind.

    Returns:
        One coefficient in [0, 1] for every image, shape (N,), of the kind of the arguments.
    """
    overlap = _area(predicted & truth)
    areas = _area(predicted) + _area(truth)
    both_empty = areas == 0
    return (2 * overlap + both_empty) / (areas + both_empty)


def _area(masks: Any) -> Any:
    return masks.reshape(len(masks), -1).sum(-1)


def soft_dice_pooled(probability: Any, truth: Any, batch: int = 5) -> float:
    """Compute the Dice coefficient that Keras printed for R2019.

    Probabilities take the place of masks, all pixels of a batch are pooled, and the batches'
    coefficients are averaged by their length (R2019, appendix, ``dice_coef``).

    Args:
        probability: Of the foreground, shape (N, ...), an array or a tensor.
        truth: Masks of 0 and 1, same shape and kind.
        batch: Consecutive images that are pooled; R2019 trains with 5.
    """
    total = 0.0
    for start in range(0, len(truth), batch):
        p, t = probability[start : start + batch], truth[start : start + batch]
        areas = float(p.sum() + t.sum())
        total += len(t) * (2 * float((p * t).sum()) / areas if areas else 1.0)
    return total / len(truth)
