"""The trials of a variant one by one, as processes side by side where there are cores."""

import importlib
import io
from functools import partial
from typing import Any

import torch

from dlia.models.dropout import draw_from
from dlia.training.checkpoint import Checkpoint
from dlia.training.engine import train
from dlia.training.fewer_passes import in_fewer_passes
from dlia.training.objects import initial_weights
from dlia.training.preparation import augmentation_of, device_of, prepare, start, streams_of
from dlia.training.progress import Progress
from dlia.training.records import Job, Trained, announcer, objects_of
from dlia.training.workers import side_by_side


def train_trials(job: Job, facts: dict[str, Any]) -> list[Trained]:
    """Train all trials of a variant.

    Args:
        job: What is wanted.
        facts: What else a checkpoint depends on.
    """
    # A process that is forked from one that has looked at a GPU cannot use it.
    forked = device_of(job).type == "cpu"
    packed = side_by_side(partial(_packed, job, facts), job.trials, job.workers, job.places, forked)
    return [_unpacked(item) for item in packed]


def train_trial(job: Job, facts: dict[str, Any], trial: int) -> Trained:
    """Train one trial of a variant, from its seeds to its chosen weights."""
    prepared = prepare(job)
    network = start(job, prepared, trial)
    initial = initial_weights(network, job.settings["initialization"])
    streams = streams_of(job.seed, trial, prepared.device)
    augment = augmentation_of(job.settings["augmentation"], streams.augmentation)
    learners = importlib.import_module(f"dlia.training.{job.settings['gradients']}")
    with in_fewer_passes(network):
        learner = learners.Learner(network, job.settings, prepared.steps)
        draw_from(network, streams.dropout)
        progress = train(
            learner,
            prepared.data,
            job.settings,
            prepared.task,
            streams,
            augment,
            Checkpoint(job.checkpoints / f"trial_{trial}.pt", job.key(facts, trial)),
            announcer(f"trial {trial + 1}/{job.trials}", job.settings["epochs"]),
        )
    objects = objects_of(learner, network, prepared.data, augment, job.settings)
    return Trained(progress, initial, objects)


def _packed(job: Job, facts: dict[str, Any], trial: int) -> bytes:
    """Give a trained trial as it goes from one process to another."""
    trained = train_trial(job, facts, trial)
    content = io.BytesIO()
    torch.save({**vars(trained), "progress": vars(trained.progress)}, content)
    return content.getvalue()


def _unpacked(content: bytes) -> Trained:
    fields = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    return Trained(**{**fields, "progress": Progress(**fields["progress"])})
