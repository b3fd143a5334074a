"""Optimizers and learning-rate schedules, from their settings."""

from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import ConstantLR, LRScheduler, StepLR


def build_optimizer(network: nn.Module, settings: dict[str, Any]) -> torch.optim.Optimizer:
    """Build torch's optimizer for all weights of ``network`` from an ``optimizer`` block."""
    options = {
        key: value for key, value in settings.items() if key not in {"name", "learning_rate"}
    }
    families = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}
    if "betas" in options:
        options["betas"] = tuple(options["betas"])
    return families[settings["name"]](network.parameters(), lr=settings["learning_rate"], **options)


def build_schedule(optimizer: torch.optim.Optimizer, settings: dict[str, Any]) -> LRScheduler:
    """Build torch's schedule, stepped once after every epoch, from a ``schedule`` block."""
    if settings["name"] == "step":
        return StepLR(optimizer, step_size=settings["step_size"], gamma=settings["gamma"])
    return ConstantLR(optimizer, factor=1.0)
