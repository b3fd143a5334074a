"""Initial weights, drawn layer by layer from streams of their own."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

LAYERS: dict[type[nn.Module], str] = {
    nn.Conv2d: "convolution",
    nn.ConvTranspose2d: "transposed_convolution",
    nn.Linear: "linear",
}
DISTRIBUTIONS: dict[str, Callable[..., Any]] = {
    # Glorot and Bengio 2010, equation 16.
    "glorot_uniform": nn.init.xavier_uniform_,
    "glorot_normal": nn.init.xavier_normal_,
    # He et al. 2015, section 2.2: for rectifiers.
    "he_uniform": partial(nn.init.kaiming_uniform_, nonlinearity="relu"),
    "he_normal": partial(nn.init.kaiming_normal_, nonlinearity="relu"),
    "normal": nn.init.normal_,
    "zeros": nn.init.zeros_,
}


def initialize(
    network: nn.Module, settings: dict[str, Any], layer_seed: Callable[[str], int]
) -> None:
    """Draw all weights of ``network`` anew, in place.

    Every layer draws from its own stream, so that layers of equal name and shape start equal in
    different networks.

    Args:
        network: Any module, on the CPU (so that a GPU starts from the same weights).
        settings: A variant's ``initialization`` block: what holds for all layers with weights, and
            under ``layers`` what holds for one kind of them instead.
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
                kind = LAYERS[type(layer)]
                _draw(layer.weight, layer.bias, settings["layers"].get(kind, settings))


def _draw(weight: Tensor, bias: Tensor | None, settings: dict[str, Any]) -> None:
    if settings["name"] == "framework":
        return
    options = {key: value for key, value in settings.items() if key == "std"}
    DISTRIBUTIONS[settings["name"]](weight, **options)
    if bias is not None and settings["biases"] == "zeros":
        nn.init.zeros_(bias)
