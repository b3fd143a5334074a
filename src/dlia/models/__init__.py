"""Networks, one module per family.

Each module has ``build(settings, inputs, outputs)`` and two attributes for faster computation:
``STACKABLE`` is whether the networks of several trials can be computed as one (``stack.Stack``).
``pooling_first(network)`` returns the sequences of layers in which max pooling may be computed
before the preceding ReLU; this requires that only the next layer uses a layer's output.
"""

import importlib
from types import ModuleType

from torch import nn

from dlia.study.settings import NetworkBlock

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "elu": nn.ELU,
    "none": nn.Identity,
}


def build(settings: NetworkBlock, inputs: tuple[int, int, int], outputs: int) -> nn.Module:
    """Build the network that ``settings`` (a variant's ``model`` block) describes.

    Args:
        settings: The block, defaults filled in.
        inputs: Channels, height and width of an image.
        outputs: Numbers that the network gives for an image, or for each of its pixels.
    """
    network: nn.Module = family_of(settings).build(settings, inputs, outputs)
    return network


def family_of(settings: NetworkBlock) -> ModuleType:
    """Give the module of the family that a ``model`` block names.

    It is found by its name, not in a table, so that a new family is a file of its own and touches
    the code of no other.
    """
    return importlib.import_module(f"dlia.models.{settings.name}")
