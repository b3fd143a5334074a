"""The trials of a variant one by one, as processes side by side where there are cores."""

import io
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import torch

from dlia.models import family_of
from dlia.models.dropout import draw_from
from dlia.runtime.files import write_bytes
from dlia.training.batches import Batches
from dlia.training.checkpoint import Checkpoint
from dlia.training.fewer_passes import in_fewer_passes
from dlia.training.introspection import initial_weights
from dlia.training.loop import train
from dlia.training.preparation import (
    batches_of,
    device_of,
    learner_of,
    prepare,
    start,
    streams_of,
)
from dlia.training.progress import Progress
from dlia.training.run_record import announcer, computed_layers, describe_objects
from dlia.training.training_job import Trained, TrainingJob
from dlia.training.workers import side_by_side


def train_trials(job: TrainingJob, facts: Mapping[str, object]) -> list[Trained]:
    """Train all trials of a variant.

    Args:
        job: What is wanted.
        facts: What else a checkpoint depends on.
    """
    # A process that is forked from one that has looked at a GPU cannot use it.
    forked = device_of(job).type == "cpu"
    names = side_by_side(partial(_kept, job, facts), job.trials, job.workers, job.places, forked)
    return [_taken(job.checkpoints / name.decode()) for name in names]


def train_trial(job: TrainingJob, facts: Mapping[str, object], trial: int) -> Trained:
    """Train one trial of a variant, from its seeds to its chosen weights."""
    prepared = prepare(job)
    network = start(job, prepared, trial)
    initial = initial_weights(network, job.settings.initialization)
    streams = streams_of(job.seed, trial, prepared.device)
    batches = batches_of(Batches, prepared.data, job.settings, [streams])
    family = family_of(job.settings.model)
    with in_fewer_passes(network, family.pooling_first(network)):
        learner = learner_of(network, job.settings, prepared.steps)
        draw_from(network, streams.dropout)
        (progress,) = train(
            learner,
            batches,
            prepared.data,
            job.settings,
            job.curves,
            Checkpoint(job.checkpoints / f"trial_{trial}.pt", job.key(facts, trial)),
            announcer(
                f"trial {trial + 1}/{job.trials}", job.settings.epochs, job.asked.get("epochs", 0)
            ),
        )
        computed = computed_layers(network, prepared.data)
    objects = describe_objects(learner, network, prepared.data, batches, computed)
    return Trained(progress, initial, objects)


def _kept(job: TrainingJob, facts: Mapping[str, object], trial: int) -> bytes:
    """Train a trial and keep it in a file, for another process to take; give the file's name.

    A process that is killed while it sends much leaves its reader waiting; a name is sent whole.
    """
    trained = train_trial(job, facts, trial)
    content = io.BytesIO()
    torch.save({**vars(trained), "progress": vars(trained.progress)}, content)
    name = f"trial_{trial}.done"
    write_bytes(job.checkpoints / name, content.getvalue())
    return name.encode()


def _taken(path: Path) -> Trained:
    content = io.BytesIO(path.read_bytes())
    fields = torch.load(content, map_location="cpu", weights_only=True)
    return Trained(**{**fields, "progress": Progress.of(fields["progress"])})
