"""The Sorensen-Dice coefficient, for NumPy arrays and for tensors alike."""

from typing import Any

from dlia.data.class_shares import IGNORED


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


def dice_by_class(predicted: Any, truth: Any, classes: int) -> list[tuple[Any, Any]]:
    """Compute the Dice coefficient of every foreground class; ignored pixels do not count.

    Args:
        predicted: Class numbers, shape (N, ...), an array or a tensor.
        truth: The same, and ``IGNORED`` where the class is unknown.
        classes: How many there are; 0 is the background.

    Returns:
        For each class from 1 on: the coefficients of the images (N,), and whether the class is in
        the truth or in the prediction of an image (N,).
    """
    known = truth != IGNORED
    found = []
    for number in range(1, classes):
        own, true = (predicted == number) & known, truth == number
        found.append((dice(own, true), _area(own | true) > 0))
    return found


def mean_of_present(by_class: list[tuple[Any, Any]]) -> Any:
    """Average over the classes that an image has; an image without any has 1.

    Args:
        by_class: As ``dice_by_class`` gives it.

    Returns:
        One number for every image, shape (N,). For a single foreground class, its own.
    """
    total, count = 0, 0
    for values, present in by_class:
        total, count = total + values * present, count + present
    no_class = count == 0
    return (total + no_class) / (count + no_class)


def soft_dice_pooled(probability: Any, truth: Any, batch: int = 5) -> float:
    """Compute the Dice coefficient that Keras printed for R2019.

    Probabilities take the place of masks, all pixels of a batch are pooled, and the batches'
    coefficients are averaged by their length (R2019, appendix, ``dice_coef``). All foreground
    classes are pooled, and ignored pixels do not count.

    Args:
        probability: Of the foreground, shape (N, ...), or of all classes, shape (N, classes, ...),
            an array or a tensor.
        truth: Masks of class numbers, shape (N, ...), the same kind.
        batch: Consecutive images that are pooled; R2019 trains with 5.
    """
    if probability.ndim == truth.ndim:
        foreground = [probability]
    else:
        foreground = [probability[:, number] for number in range(1, probability.shape[1])]
    known = truth != IGNORED
    if not known.all():
        foreground = [values * known for values in foreground]
    total = 0.0
    for start in range(0, len(truth), batch):
        images = slice(start, start + batch)
        overlap, areas = 0.0, 0.0
        for number, values in enumerate(foreground, 1):
            p, t = values[images], truth[images] == number
            areas += float(p.sum() + t.sum())
            overlap += float((p * t).sum())
        total += len(truth[images]) * (2 * overlap / areas if areas else 1.0)
    return total / len(truth)
