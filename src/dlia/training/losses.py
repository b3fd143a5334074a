"""What a training minimises, and what a network must give for it.

Pixels of the class ``IGNORED`` have no part in a loss: it is the mean over the others, and 0 where
there are none.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module

import torch
import torch.nn.functional as F  # noqa: N812 (the name that everybody knows)
from torch import Tensor

from dlia.data.class_shares import IGNORED
from dlia.study.settings import LossBlock

Loss = Callable[[Tensor, Tensor], Tensor]

# These take a single output through a sigmoid; all others, one output per class.
SIGMOID = {"binary_cross_entropy", "soft_dice", "binary_cross_entropy_and_soft_dice"}

# The target that nll_loss ignores by default.
_NLL_IGNORED = -100


def outputs_of(loss: LossBlock, classes: int) -> int:
    """Give the number of outputs that a network needs for ``loss``."""
    return 1 if loss.name in SIGMOID else classes


def build_loss(loss: LossBlock) -> partial[Tensor]:
    """Give the loss that a ``loss`` block names, its options bound."""
    # That of detectors needs torchvision, which takes seconds to import; other networks do not.
    own = LOSSES.get(loss.name)
    named = own or getattr(import_module("dlia.training.detection_loss"), loss.name)
    return partial(named, **loss.model_dump(exclude={"name"}))


def cross_entropy(logits: Tensor, targets: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """Give the mean cross-entropy of softmax(logits), over images and pixels.

    Only the logarithms are flattened into rows, because picking those of the targets pixel by pixel
    has no deterministic backward pass on CUDA. Softmax is several times faster before that, with
    the classes apart.

    Args:
        logits: (N, classes) or (N, classes, H, W), float.
        targets: (N,) labels or (N, H, W) masks, int64; of masks, ``IGNORED`` is no class.
        label_smoothing: The share of the target that all classes divide among them (Szegedy et al.
            2016, section 7).
    """
    logarithms = F.log_softmax(logits, dim=1).movedim(1, -1).flatten(0, -2)
    if targets.ndim == 1:
        loss = F.nll_loss(logarithms, targets)
        everywhere = logarithms.mean(dim=1).mean() if label_smoothing else None
    else:
        wanted = targets.flatten()
        ignored = wanted == IGNORED
        loss = F.nll_loss(logarithms, wanted.masked_fill(ignored, _NLL_IGNORED))
        loss = loss.masked_fill(ignored.all(), 0.0)  # the mean over no pixel is not a number
        everywhere = _mean_of_known(logarithms.mean(dim=1), ignored) if label_smoothing else None
    if everywhere is not None:
        loss = (1 - label_smoothing) * loss + label_smoothing * -everywhere
    return loss


def binary_cross_entropy(logits: Tensor, targets: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """Give the mean binary cross-entropy of sigmoid(logits), over images and pixels.

    Args:
        logits: (N, 1, H, W), float.
        targets: (N, H, W), int64, 0, 1 or ``IGNORED``.
        label_smoothing: As in ``cross_entropy``; half of it goes to the wrong class.
    """
    ignored = targets == IGNORED
    wanted = targets.to(logits.dtype)
    if label_smoothing:
        wanted = wanted * (1 - label_smoothing) + label_smoothing / 2
    # Weights leave the logits as they lie in memory, and with them the last bit of a sigmoid.
    weight = (~ignored).to(logits.dtype)
    loss = F.binary_cross_entropy_with_logits(logits[:, 0], wanted, weight=weight)
    return loss * _all_to_known(ignored, loss)


def soft_dice(logits: Tensor, targets: Tensor, smooth: float = 1.0) -> Tensor:
    """Give 1 - Dice with probabilities for masks, image by image, averaged over the batch.

    Milletari et al. 2016, section 3, with plain sums in the denominator, as R2019 has it (its
    ``dice_loss``).

    Args:
        logits: (N, 1, H, W), float.
        targets: (N, H, W), int64, 0, 1 or ``IGNORED``.
        smooth: Added to numerator and denominator, so that an empty mask has a gradient.
    """
    ignored = (targets == IGNORED).flatten(1)
    probability = logits[:, 0].sigmoid().flatten(1).masked_fill(ignored, 0.0)
    truth = targets.to(logits.dtype).flatten(1).masked_fill(ignored, 0.0)
    overlap = (probability * truth).sum(1)
    areas = probability.sum(1) + truth.sum(1)
    return 1 - ((2 * overlap + smooth) / (areas + smooth)).mean()


def binary_cross_entropy_and_soft_dice(
    logits: Tensor,
    targets: Tensor,
    label_smoothing: float = 0.0,
    smooth: float = 1.0,
    dice_weight: float = 1.0,
) -> Tensor:
    """Give the binary cross-entropy plus ``dice_weight`` times the soft Dice loss."""
    cross = binary_cross_entropy(logits, targets, label_smoothing)
    return cross + dice_weight * soft_dice(logits, targets, smooth)


def _mean_of_known(values: Tensor, ignored: Tensor) -> Tensor:
    """Give the mean of the values that are not ``ignored``; 0 if all are."""
    mean = values.masked_fill(ignored, 0.0).mean()
    return mean * _all_to_known(ignored, mean)


def _all_to_known(ignored: Tensor, like: Tensor) -> Tensor:
    """Give the number of pixels divided by that of the known ones, as a number ``like`` another.

    A mean over all pixels times this is the mean over the known ones. If none is ignored it is
    exactly 1, and the product is the mean itself, to the last bit. (A number divided by a tensor
    would be multiplied by its reciprocal, which is not always exact.)
    """
    known = (~ignored).sum().clamp(min=1)
    return torch.full_like(known, ignored.numel(), dtype=like.dtype) / known


LOSSES: dict[str, Callable[..., Tensor]] = {
    "cross_entropy": cross_entropy,
    "binary_cross_entropy": binary_cross_entropy,
    "soft_dice": soft_dice,
    "binary_cross_entropy_and_soft_dice": binary_cross_entropy_and_soft_dice,
}


# What the framework computes in them, and which of its arguments are not its defaults. The weight
# of a pixel is data: 0 if it is ignored, and else 1, which is the default.
CALLED: dict[str, dict[Callable[..., Tensor], dict[str, int]]] = {
    "cross_entropy": {F.log_softmax: {"dim": 1}, F.nll_loss: {}},
    "binary_cross_entropy": {F.binary_cross_entropy_with_logits: {}},
    "soft_dice": {},
    "binary_cross_entropy_and_soft_dice": {F.binary_cross_entropy_with_logits: {}},
}


def predicted_classes(logits: Tensor) -> Tensor:
    """Give the most probable class of every image or pixel; a single output is a sigmoid's.

    Args:
        logits: (N, outputs) or (N, outputs, H, W).

    Returns:
        (N,) or (N, H, W), int64.
    """
    if logits.shape[1] == 1:
        return (logits[:, 0] > 0).long()
    return logits.argmax(1)
