"""A network computed in fewer passes over memory, with the same numbers to the last bit.

(In a batch of a single image, whose layouts cannot be told apart, sums may be rounded otherwise.)

On a CPU, a step of these small networks spends almost half of its time on layers that hardly
compute, such as ReLU, and only read and write every activation.
"""

import contextlib
from collections.abc import Iterator
from itertools import pairwise
from typing import TypeVar

import torch
from torch import Tensor, nn

from dlia.models import ACTIVATIONS

L = TypeVar("L", bound=nn.Module)


@contextlib.contextmanager
def in_fewer_passes(network: nn.Module, pooling_first: list[nn.Module]) -> Iterator[None]:
    """Have ``network``, in place, compute the same in less time, until the block ends.

    - ReLU follows the max pooling that it precedes, and meets a quarter of the numbers, in the
      sequences ``pooling_first`` of layers, which the network's family names. The largest of four
      stays the largest, and where none is above 0 there is no gradient either way. (Other
      activations may round two numbers to the same, and the gradient would go to the other.)
    - ReLU writes over what it is given, which no layer before it needs.
    - Gradients that come back through ``Flatten``, or from the loss of pixels, are laid out as the
      images are, channels last: what goes on with them is slower with two layouts, or adds up in
      another order. (Not before other activations, whose gradients are rounded by layout.)
    """
    sequences = [(sequence, list(sequence.named_children())) for sequence in pooling_first]
    rectifiers = _layers(network, nn.ReLU)
    others = [kind for kind in ACTIVATIONS.values() if kind is not nn.ReLU]
    curved = [layer for kind in others for layer in _layers(network, kind)]
    flattening = [] if curved else _layers(network, nn.Flatten)
    for sequence, layers in sequences:
        _put(sequence, _pooling_first(layers))
    for rectifier in rectifiers:
        rectifier.inplace = True
    hooks = [layer.register_forward_pre_hook(_lay_out) for layer in flattening]
    hooks.append(network.register_forward_hook(lambda layer, _, result: _lay_out(layer, (result,))))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
        for rectifier in rectifiers:
            rectifier.inplace = False
        for sequence, layers in sequences:
            _put(sequence, layers)


def _layers(network: nn.Module, kind: type[L]) -> list[L]:
    return [layer for layer in network.modules() if isinstance(layer, kind)]


def _pooling_first(layers: list[tuple[str, nn.Module]]) -> list[tuple[str, nn.Module]]:
    order = list(layers)
    for place, ((_, first), (_, second)) in enumerate(pairwise(layers)):
        if isinstance(first, nn.ReLU) and isinstance(second, nn.MaxPool2d):
            order[place], order[place + 1] = order[place + 1], order[place]
    return order


def _put(sequence: nn.Module, layers: list[tuple[str, nn.Module]]) -> None:
    """Give ``sequence`` its layers in another order."""
    for name, layer in layers:
        delattr(sequence, name)
        sequence.add_module(name, layer)


def _lay_out(_: nn.Module, values: tuple[Tensor]) -> None:
    """Have the gradient of an image's values laid out as they are."""
    if values[0].requires_grad and values[0].dim() == 4:
        values[0].register_hook(lambda g: g.contiguous(memory_format=torch.channels_last))
