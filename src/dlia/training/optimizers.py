"""Optimizers, from their settings."""

from typing import Any, cast

import torch
from torch import nn

from dlia.models.initialization import Layer
from dlia.study.settings import Optimizer
from dlia.training.without_compiler import leave_out_compiler

OPTIMIZERS: dict[str, type[torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rprop": torch.optim.Rprop,
}


def build_optimizer(network: nn.Module, settings: Optimizer) -> torch.optim.Optimizer:
    """Build torch's optimizer for all weights of ``network`` from an ``optimizer`` block."""
    ours = {"name", "learning_rate", "weight_decay_on"}
    options: Any = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in settings
        if key not in ours
    }
    groups: Any = network.parameters()
    if getattr(settings, "weight_decay_on", "all") == "kernels":
        named = kernels(network)
        others = [p for p in network.parameters() if all(p is not k for k in named.values())]
        groups = [{"params": list(named.values())}, {"params": others, "weight_decay": 0.0}]
    kind: Any = OPTIMIZERS[settings.name]
    leave_out_compiler(kind)
    return kind(groups, lr=settings.learning_rate, **options)


def kernels(network: nn.Module) -> dict[str, nn.Parameter]:
    """Give the weights of all layers but normalisations, without biases, by the layer's name."""
    layers = [(name, layer) for name, layer in network.named_modules() if isinstance(layer, Layer)]
    return {name: cast(nn.Parameter, layer.weight) for name, layer in layers}
