"""Optimizers and learning-rate schedules, from their settings."""

from typing import Any, cast

import torch
from torch import nn
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    LRScheduler,
    OneCycleLR,
    StepLR,
)

from dlia.errors import UserError
from dlia.models.initialization import Layer
from dlia.study.settings import Cosine, OneCycle, Optimizer, Schedule, Step
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


def build_schedule(
    optimizer: torch.optim.Optimizer, settings: Schedule, epochs: int, steps: int
) -> LRScheduler:
    """Build torch's schedule from a ``schedule`` block; it is stepped after every batch.

    Args:
        optimizer: Whose learning rate is scheduled.
        settings: The block; its periods are in epochs.
        epochs: Epochs of the training.
        steps: Batches of an epoch.

    Raises:
        UserError: The training is too short for the schedule.
    """
    match settings:
        case Step():
            return StepLR(optimizer, settings.step_size * steps, settings.gamma)
        case Cosine():
            return CosineAnnealingLR(optimizer, epochs * steps, settings.eta_min)
        case OneCycle():
            options = settings.model_dump(exclude={"name"})
            # Its own arguments say where the rate starts; the optimizer's is the highest.
            highest = [group["lr"] for group in optimizer.param_groups]
            try:
                return OneCycleLR(optimizer, highest, total_steps=epochs * steps, **options)
            except ZeroDivisionError:
                raise UserError(
                    f"schedule.pct_start: {settings.pct_start} of {epochs * steps} steps leaves "
                    "a phase without a step; take more epochs or smaller batches"
                ) from None
    return ConstantLR(optimizer, factor=1.0)
