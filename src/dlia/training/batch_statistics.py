"""Predictions with batch normalisation by the statistics of batches of test images."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from dlia.study.settings import BatchStatistics
from dlia.training.device_data import Part

_NORMALISATIONS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


@torch.no_grad()
def predict_in_batches(network: nn.Module, part: Part, options: Mapping[str, object]) -> Tensor:
    """Give the logits of all images of ``part``, normalised by the statistics of their batches.

    All other layers are in evaluation mode. The running averages of ``network`` change, but nothing
    that is given here depends on them.

    Args:
        network: On the device of ``part``.
        part: The images.
        options: The block ``prediction.batch_statistics``.

    Returns:
        (n, outputs[, H, W]), in the order of ``part``.
    """
    settings = BatchStatistics.model_validate(options)
    network.eval()
    for layer in network.modules():
        if isinstance(layer, _NORMALISATIONS):
            layer.train()
    order = torch.arange(len(part), device=part.targets.device)
    if settings.order == "class":
        order = part.targets.argsort(stable=True)
    logits = torch.cat([network(part.inputs(rows)) for rows in order.split(settings.size)])
    return logits[order.argsort()]
