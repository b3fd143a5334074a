"""Learning-rate schedules, from their settings."""

import torch
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    LRScheduler,
    OneCycleLR,
    StepLR,
)

from dlia.errors import UserError
from dlia.study.settings import Cosine, OneCycle, Schedule, Step


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
