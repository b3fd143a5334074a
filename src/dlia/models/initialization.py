"""Initial weights, drawn layer by layer from streams of their own."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn


def initialize(
    network: nn.Module, settings: dict[str, Any], layer_seed: Callable[[str], int]
) -> None:
    """Draw all weights of ``network`` anew, in place.

    Every layer draws from its own stream, so that layers of equal name and shape start equal in
    different networks.

    Args:
        network: Any module, on the CPU (so that a GPU starts from the same weights).
        settings: A variant's ``initialization`` block.
        layer_seed: Gives the seed of a layer's stream from the layer's name.
    """
    for name, layer in network.named_modules():
        reset = getattr(layer, "reset_parameters", None)
        if not callable(reset):
            continue
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(layer_seed(name))
            reset()
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
                _draw(layer.weight, layer.bias, settings)


def _draw(weight: Tensor, bias: Tensor | None, settings: dict[str, Any]) -> None:
    match settings["name"]:
        case "framework":
            return
        case "glorot_uniform":
            # Glorot and Bengio 2010, equation 16.
            nn.init.xavier_uniform_(weight)
        case "normal":
            nn.init.normal_(weight, std=settings["std"])
    if bias is not None and settings["biases"] == "zeros":
        nn.init.zeros_(bias)
