"""The training loop, top to bottom on one screen."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from dlia.training.checkpoint import Checkpoint
from dlia.training.losses import LOSSES, Loss
from dlia.training.measures import is_collapsed, measure
from dlia.training.optimizers import build_optimizer, build_schedule
from dlia.training.parts import Part

Weights = dict[str, Tensor]


@dataclass(frozen=True)
class TrainingData:
    """What a trial sees: all it trains on, the monitored subset of that, and what it chooses by."""

    training: Part
    monitored: Part
    validation: Part | None


@dataclass
class Progress:
    """How far a trial is, and what it has seen on the way."""

    epoch: int = 0
    status: str = "ok"
    history: list[tuple[int, str, str, float]] = field(default_factory=list)
    chosen_epoch: int = 0
    chosen_value: float = -math.inf
    chosen_weights: Weights = field(default_factory=dict)


def train(
    network: nn.Module,
    data: TrainingData,
    settings: dict[str, Any],
    order: torch.Generator,
    checkpoint: Checkpoint,
    announce: Callable[[Progress], None],
) -> Progress:
    """Train ``network`` as ``settings`` (Variant.training_settings) say.

    A checkpoint that fits is taken up. A loss that is not finite ends the training as "diverged",
    with the weights of the last epoch before; a network that predicts a single class in the end is
    "collapsed".

    Args:
        network: On the device, with its initial weights.
        data: On the same device.
        settings: Every hyperparameter of the training.
        order: Draws the order of the images, on the CPU.
        checkpoint: Written after every epoch.
        announce: Called after every epoch.

    Returns:
        The history with rows (epoch, part, metric, value), epoch 0 being the untrained network, and
        the weights of the chosen epoch, which ``network`` also has in the end.
    """
    loss = LOSSES[settings["loss"]["name"]]
    optimizer = build_optimizer(network, settings["optimizer"])
    schedule = build_schedule(optimizer, settings["schedule"])
    stateful = {"network": network, "optimizer": optimizer, "schedule": schedule}
    progress = _resume(checkpoint, stateful, order) or Progress()
    if not progress.history:
        _record(progress, network, data, loss, settings["select"])

    while progress.epoch < settings["epochs"] and progress.status == "ok":
        network.train()
        total = torch.zeros((), device=data.training.targets.device)
        shuffled = torch.randperm(len(data.training), generator=order).to(total.device)
        for rows in shuffled.split(settings["batch_size"]):
            optimizer.zero_grad(set_to_none=True)
            value = loss(network(data.training.inputs(rows)), data.training.targets[rows])
            value.backward()
            optimizer.step()
            total += value.detach()
        schedule.step()

        progress.epoch += 1
        finite = _record(progress, network, data, loss, settings["select"])
        if not (finite and math.isfinite(total)):
            progress.status = "diverged"
        announce(progress)
        checkpoint.save(_state(progress, stateful, order))

    network.load_state_dict(progress.chosen_weights)
    if progress.status == "ok" and is_collapsed(network, data.validation or data.monitored):
        progress.status = "collapsed"
    return progress


def _record(
    progress: Progress, network: nn.Module, data: TrainingData, loss: Loss, select: str
) -> bool:
    """Append the epoch's measures, keep the weights if it is the epoch to choose.

    Returns:
        Whether all measures are finite.
    """
    values = {"train": measure(network, data.monitored, loss)}
    if data.validation is not None:
        values["validation"] = measure(network, data.validation, loss)
    rows = [
        (progress.epoch, part, metric, value)
        for part, measures in values.items()
        for metric, value in measures.items()
    ]
    progress.history += rows
    if not all(math.isfinite(value) for *_, value in rows):
        return False
    judged = values.get("validation", values["train"])
    value = judged["accuracy" if "accuracy" in judged else "dice"]
    if select == "last" or value > progress.chosen_value:
        progress.chosen_epoch, progress.chosen_value = progress.epoch, value
        progress.chosen_weights = {k: v.detach().clone() for k, v in network.state_dict().items()}
    return True


def _state(progress: Progress, stateful: dict[str, Any], order: torch.Generator) -> dict[str, Any]:
    return {
        "progress": vars(progress),
        "order": order.get_state(),
        "random": [torch.get_rng_state(), *torch.cuda.get_rng_state_all()],
        **{name: item.state_dict() for name, item in stateful.items()},
    }


def _resume(
    checkpoint: Checkpoint, stateful: dict[str, Any], order: torch.Generator
) -> Progress | None:
    state = checkpoint.load()
    if state is None:
        return None
    for name, item in stateful.items():
        item.load_state_dict(state[name])
    order.set_state(state["order"])
    torch.set_rng_state(state["random"][0])
    torch.cuda.set_rng_state_all(state["random"][1:])
    return Progress(**state["progress"])
