"""Loss and metrics of a network on a part of the data, for the curves."""

import torch
from torch import Tensor, nn

from dlia.evaluation.dice import dice, soft_dice_pooled
from dlia.training.losses import Loss, predicted_classes
from dlia.training.parts import Part

# Images per forward pass; it changes speed and memory only.
BATCH = 500


@torch.no_grad()
def predict_logits(network: nn.Module, part: Part) -> Tensor:
    """Give the logits of all images of ``part``, in eval mode, (n, outputs[, H, W])."""
    network.eval()
    rows = torch.arange(len(part), device=part.targets.device)
    return torch.cat([network(part.inputs(chunk)) for chunk in rows.split(BATCH)])


@torch.no_grad()
def measure(network: nn.Module, part: Part, loss: Loss) -> dict[str, float]:
    """Measure ``network`` on ``part``.

    Returns:
        loss and accuracy for labels; loss, dice (hard, mean over the images) and dice_soft_pooled
        for masks.
    """
    logits = predict_logits(network, part)
    values = {"loss": float(loss(logits, part.targets))}
    predicted = predicted_classes(logits)
    if part.targets.ndim == 1:
        values["accuracy"] = float((predicted == part.targets).double().mean())
        return values
    probability = logits[:, 0].sigmoid() if logits.shape[1] == 1 else logits.softmax(1)[:, 1]
    values["dice"] = float(dice(predicted == 1, part.targets == 1).double().mean())
    values["dice_soft_pooled"] = soft_dice_pooled(probability, part.targets)
    return values


def is_collapsed(network: nn.Module, part: Part) -> bool:
    """Tell whether ``network`` predicts one and the same class everywhere on ``part``."""
    return len(predicted_classes(predict_logits(network, part)).unique()) == 1
