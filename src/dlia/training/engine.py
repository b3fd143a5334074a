"""The training loop, top to bottom on one screen."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from dlia.training.checkpoint import Checkpoint
from dlia.training.losses import LOSSES
from dlia.training.measures import Metrics, is_collapsed, measure
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
    seconds: float = 0.0
    status: str = "ok"
    history: list[tuple[int, str, str, float]] = field(default_factory=list)
    chosen_epoch: int = 0
    chosen_value: float = -math.inf
    chosen_weights: Weights = field(default_factory=dict)


def train(
    network: nn.Module,
    data: TrainingData,
    settings: dict[str, Any],
    metrics: Metrics,
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
        metrics: What is measured beside the loss; the first one chooses the epoch.
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
    measured = partial(measure, loss=loss, metrics=metrics)
    device = data.training.targets.device
    progress = _resume(checkpoint, stateful, order, device)
    if progress is None:
        progress = Progress(chosen_weights=_copy(network))
        _record(progress, network, data, measured, settings["select"])

    while progress.epoch < settings["epochs"] and progress.status == "ok":
        started = time.monotonic()
        network.train()
        total = torch.zeros((), device=device)
        shuffled = torch.randperm(len(data.training), generator=order).to(device)
        for rows in shuffled.split(settings["batch_size"]):
            optimizer.zero_grad(set_to_none=True)
            value = loss(network(data.training.inputs(rows)), data.training.targets[rows])
            value.backward()
            optimizer.step()
            total += value.detach()
        schedule.step()

        progress.epoch += 1
        progress.status = "ok" if math.isfinite(total) else "diverged"
        _record(progress, network, data, measured, settings["select"])
        progress.seconds += time.monotonic() - started
        announce(progress)
        checkpoint.save(_state(progress, stateful, order, device))

    network.load_state_dict(progress.chosen_weights)
    if progress.status == "ok" and is_collapsed(network, data.validation or data.monitored):
        progress.status = "collapsed"
    return progress


def _record(
    progress: Progress,
    network: nn.Module,
    data: TrainingData,
    measured: Callable[[nn.Module, Part], dict[str, float]],
    select: str,
) -> None:
    """Append the epoch's measures; keep its weights if it is finite and the one to choose."""
    values = {"train": measured(network, data.monitored)}
    if data.validation is not None:
        values["validation"] = measured(network, data.validation)
    for part, measures in values.items():
        progress.history += [(progress.epoch, part, name, v) for name, v in measures.items()]
        if not all(math.isfinite(value) for value in measures.values()):
            progress.status = "diverged"
    judged = list(values.get("validation", values["train"]).values())[1]  # after the loss
    better = select == "last" or judged > progress.chosen_value
    if progress.status == "ok" and better:
        progress.chosen_epoch, progress.chosen_value = progress.epoch, judged
        progress.chosen_weights = _copy(network)


def _copy(network: nn.Module) -> Weights:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}


def _state(
    progress: Progress, stateful: dict[str, Any], order: torch.Generator, device: torch.device
) -> dict[str, Any]:
    cuda = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
    return {
        "progress": vars(progress),
        "order": order.get_state(),
        "random": {"cpu": torch.get_rng_state(), "cuda": cuda},
        **{name: item.state_dict() for name, item in stateful.items()},
    }


def _resume(
    checkpoint: Checkpoint, stateful: dict[str, Any], order: torch.Generator, device: torch.device
) -> Progress | None:
    state = checkpoint.load()
    if state is None:
        return None
    for name, item in stateful.items():
        item.load_state_dict(state[name])
    order.set_state(state["order"])
    torch.set_rng_state(state["random"]["cpu"])
    if device.type == "cuda":
        torch.cuda.set_rng_state(state["random"]["cuda"], device)
    return Progress(**state["progress"])
