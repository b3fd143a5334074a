"""Initial weights, drawn layer by layer from streams of their own."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from dlia.study.settings import Initialization, LayerInitialization

Layer = nn.Conv2d | nn.ConvTranspose2d | nn.Linear
# What reset_parameters of torch's own layers does, by the tensor's name.
FRAMEWORK = {
    "weight": "framework: kaiming_uniform_ with a = √5, uniform within 1/√fan_in",
    "bias": "framework: uniform within 1/√fan_in",
}
FRAMEWORK_OF_NORMALISATION = {"weight": "framework: ones", "bias": "framework: zeros"}
LAYERS: dict[type[nn.Module], str] = {
    nn.Conv2d: "convolution",
    nn.ConvTranspose2d: "transposed_convolution",
    nn.Linear: "linear",
}
# Where a layer says what it draws its weights from, whatever the settings.
OWN = "DISTRIBUTION"
DISTRIBUTIONS: dict[str, Callable[..., Any]] = {
    # Glorot and Bengio 2010, equation 16.
    "glorot_uniform": nn.init.xavier_uniform_,
    "glorot_normal": nn.init.xavier_normal_,
    "normal": nn.init.normal_,
    "zeros": nn.init.zeros_,
}


def initialize(
    network: nn.Module, settings: Initialization, layer_seed: Callable[[str], int]
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
            if isinstance(layer, Layer) and not hasattr(layer, OWN):
                _draw(layer, getattr(settings.layers, _kind(layer)) or settings)


def _kind(layer: Layer) -> str:
    return next(name for kind, name in LAYERS.items() if isinstance(layer, kind))


def _draw(layer: Layer, settings: Initialization | LayerInitialization) -> None:
    name = settings.name
    if settings.name == "framework":
        return
    # He et al. 2015, section 2.2: for rectifiers.
    deviation = math.sqrt(2 / fan_in(layer))
    if name == "he_normal":
        nn.init.normal_(layer.weight, std=deviation)
    elif settings.name == "constant":
        nn.init.constant_(layer.weight, settings.value)
    elif name == "he_uniform":
        nn.init.uniform_(layer.weight, -math.sqrt(3) * deviation, math.sqrt(3) * deviation)
    else:
        DISTRIBUTIONS[name](layer.weight, **settings.model_dump(include={"std"}))
    if layer.bias is not None and settings.biases == "zeros":
        nn.init.zeros_(layer.bias)


def distributions(network: nn.Module, settings: Initialization) -> dict[str, str]:
    """Give what every tensor of weights or biases was drawn from, by the tensor's name.

    A network with pre-trained weights says of which of its tensors they are (``pretrained``).
    """
    pretrained: dict[str, str] = getattr(network, "pretrained", {})
    found = {}
    for name, layer in network.named_modules():
        for tensor, _ in layer.named_parameters(recurse=False):
            words = getattr(layer, OWN, FRAMEWORK_OF_NORMALISATION)[tensor]
            if isinstance(layer, Layer) and not hasattr(layer, OWN):
                own = getattr(settings.layers, _kind(layer)) or settings
                words = _words(own, tensor)
            found[f"{name}.{tensor}"] = words
    return found | pretrained


def _words(settings: Initialization | LayerInitialization, tensor: str) -> str:
    if settings.name == "framework" or (tensor, settings.biases) == ("bias", "framework"):
        return FRAMEWORK[tensor]
    if tensor == "bias":
        return settings.biases
    if settings.name == "constant":
        return f"constant, {settings.value}"
    return settings.name + (f" with sd {settings.std}" if settings.name == "normal" else "")


def fan_in(layer: Layer) -> float:
    """Count the values that each output value of ``layer`` is summed from.

    torch.nn.init reads it off the weight's shape, which for a transposed convolution has outputs
    where it expects inputs, and does not say that a stride spreads the kernel over several pixels.
    """
    if isinstance(layer, nn.ConvTranspose2d):
        return layer.in_channels * math.prod(layer.kernel_size) / math.prod(layer.stride)
    return layer.weight[0].numel()
