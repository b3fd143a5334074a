"""Networks, one module per family; each has ``build(settings, inputs, outputs)``."""

import importlib

from torch import nn

from dlia.study.settings import Convolutional, Mlp

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "elu": nn.ELU,
}


def build(settings: Mlp | Convolutional, inputs: tuple[int, int, int], outputs: int) -> nn.Module:
    """Build the network that ``settings`` (a variant's ``model`` block) describes.

    The family is found by its name, not in a table, so that a new family is a file of its own and
    touches the code of no other.

    Args:
        settings: The block, defaults filled in.
        inputs: Channels, height and width of an image.
        outputs: Numbers that the network gives for an image, or for each of its pixels.
    """
    family = importlib.import_module(f"dlia.models.{settings.name}")
    network: nn.Module = family.build(settings, inputs, outputs)
    return network
