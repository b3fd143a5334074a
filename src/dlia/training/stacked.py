"""All trials of a variant trained as one network: the fast path, for GPUs.

The networks of the exercises are so small that a GPU waits: starting the kernels of a step takes
longer than computing them. Two things mend that. The trials' weights are stacked, and
``torch.func.vmap`` turns every layer into one that computes all trials at once (a convolution into
a grouped one). And the forward and backward pass of a batch is recorded once, as a CUDA graph, and
from then on replayed as a whole.

``engine.train`` is the reference. Each trial has the initial weights, the order of the images, the
changes made to them and the dropout masks that it would have there, from its own streams, and keeps
the epoch that it would keep; weights of one trial never meet those of another. What differs is the
order in which numbers are added up. ``tests/unit/test_stacked.py`` compares the losses of every
variant, step by step.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

from dlia.models.dropout import Masks
from dlia.models.stack import Stack
from dlia.runtime.interruption import Interrupted, asked_to_end
from dlia.study.settings import Settings
from dlia.training import learner
from dlia.training.checkpoint import Checkpoint
from dlia.training.cuda_graphs import Replayed, on_a_stream_apart
from dlia.training.device_data import Part
from dlia.training.introspection import initial_weights
from dlia.training.loop import Augment, Streams, TrainingData, outcome
from dlia.training.losses import Loss, build_loss
from dlia.training.measures import Curves, in_chunks
from dlia.training.preparation import augmentation_of, prepare, start, streams_of
from dlia.training.progress import Progress
from dlia.training.run_record import announcer, describe_objects
from dlia.training.training_job import Trained, TrainingJob


class Learner(learner.Learner):
    """A stack, and all that changes its weights.

    Torch's optimizers treat every number of a tensor by itself, so that they serve for stacks.

    Args:
        network: On the device, with the initial weights of all trials.
        settings: Every hyperparameter of the training.
        steps: Batches of an epoch.
        masks: Draws those of a batch.
    """

    def __init__(self, network: Stack, settings: Settings, steps: int, masks: Masks) -> None:
        super().__init__(network, settings, steps)
        self.watched = {name.removeprefix("layers."): k for name, k in self.watched.items()}
        self.norms = dict.fromkeys(self.watched, 0.0)
        self.stack, self.masks = network, masks
        self.gradients = Replayed(self._gradients)

    def step(self, images: Tensor, targets: Tensor) -> Tensor:
        """Follow the gradients of a batch of each trial; give the losses before that, (K,).

        Args:
            images: (K, N, C, H, W).
            targets: (K, N) or (K, N, H, W).
        """
        self.stack.masks = self.masks.draw(images.shape[1])
        losses = self.gradients(images, targets)
        self.update()
        return losses

    def _gradients(self, images: Tensor, targets: Tensor) -> Tensor:
        # In place: a replayed graph writes where it wrote when it was recorded.
        self.optimizer.zero_grad(set_to_none=False)
        # Under vmap, cross-entropy's backward pass would add up in no fixed order on a GPU.
        pairs = zip(self.stack(images), targets, strict=True)
        losses = torch.stack([self.loss(logits, wanted) for logits, wanted in pairs])
        losses.sum().backward()
        return losses.detach()

    def norm(self, gradient: Tensor) -> Tensor:
        """Give the length of a layer's gradient in each trial, (K,)."""
        return gradient.flatten(1).norm(dim=1)

    def gradient_norms(self, steps: int) -> dict[str, Any]:
        """Give for each layer the mean length in every trial, and start anew."""
        norms = {f"gradient_norm.{n}": (t / steps).tolist() for n, t in self.norms.items()}
        self.norms = dict.fromkeys(self.watched, 0.0)
        return norms

    def described(self) -> dict[str, Any]:
        """Say what updates the weights of each trial."""
        described = super().described()
        for group in described["optimizer"]["groups"]:
            group["numbers"] //= len(self.masks.streams)
        return described


def train_together(
    learner: Learner,
    data: TrainingData,
    settings: Settings,
    curves: Curves,
    streams: list[Streams],
    augments: list[Augment],
    checkpoint: Checkpoint,
    announce: Callable[[Progress], None],
) -> list[Progress]:
    """Train a stack as ``loop.train`` trains one network, up to what it calls the outcome.

    A trial that diverges is recorded no longer; the others go on. They share the time evenly.

    Args:
        learner: With its stack on the device.
        data: On the same device.
        settings: Every hyperparameter of the training.
        curves: What is measured beside the loss; its first metric chooses the epoch.
        streams: Of each trial.
        augments: Of each trial, drawing from its streams.
        checkpoint: Written after every epoch, one for all.
        announce: Called with the first trial, before the first epoch and after every one.
    """
    judged: Any = learner.judged
    device = data.training.targets.device
    loss = build_loss(settings.loss)

    def record(numbers: list[int]) -> None:
        measured = {n: measure_all(judged, p, loss, curves) for n, p in data.measured.items()}
        for k in numbers:
            own = {name: of_all[k] for name, of_all in measured.items()}
            trials[k].record(own, partial(judged.weights, k), settings.select)

    def save(orders: list[Tensor]) -> None:
        pairs = zip(streams, orders, strict=True)
        states = [{**stream.states(), "order": order} for stream, order in pairs]
        saved = [vars(trial) for trial in trials]
        checkpoint.save({"trials": saved, "streams": states, "learner": learner.state_dict()})

    trials = _resume(checkpoint, learner, streams)
    if not trials:
        trials = [Progress(chosen_weights=judged.weights(k)) for k in range(len(streams))]
        record(list(range(len(trials))))
    announce(next((trial for trial in trials if trial.goes_on(settings.epochs)), trials[0]))

    while running := [k for k, trial in enumerate(trials) if trial.goes_on(settings.epochs)]:
        started = time.monotonic()
        learner.network.train()
        totals = torch.tensor([trial.total for trial in trials], device=device)
        orders = [stream.order.get_state() for stream in streams]
        shuffled = [torch.randperm(len(data.training), generator=s.order) for s in streams]
        batches = torch.stack(shuffled).to(device).split(settings.batch_size, dim=1)
        first = trials[running[0]]
        for rows in batches[first.batch :]:
            if asked_to_end():
                for k in running:
                    own = (time.monotonic() - started) / len(running)
                    trials[k].stop(float(totals[k]), own)
                save(orders)
                raise Interrupted(first.whereabouts())
            totals += learner.step(*_shown(data.training, rows, augments))
            for k in running:
                trials[k].batch += 1

        finite = totals.isfinite().tolist()
        learnt = time.monotonic() - started
        norms = learner.gradient_norms(len(batches))
        for k in running:
            trials[k].finish_epoch(finite[k], learnt / len(running))
            trials[k].history += [(trials[k].epoch, "train", n, v[k]) for n, v in norms.items()]
        record(running)
        for k in running:
            trials[k].seconds += (time.monotonic() - started) / len(running)
        announce(first)
        save([stream.order.get_state() for stream in streams])
    return trials


@torch.no_grad()
def measure_all(stack: Stack, part: Part, loss: Loss, curves: Curves) -> list[dict[str, float]]:
    """Measure every trial on ``part``, as ``measures.measure`` does one."""
    stack.eval()
    logits = torch.cat([stack(images) for images in in_chunks(part)], dim=1)
    return [
        {"loss": float(loss(own, part.targets)), **curves.metrics(own, part.targets)}
        for own in logits
    ]


def _shown(part: Part, rows: Tensor, augments: list[Augment]) -> tuple[Tensor, Tensor]:
    """Give the images ``rows``, (K, N), as each trial's augmentation shows them, and targets."""
    images = part.inputs(rows.flatten()).unflatten(0, rows.shape)
    shown = [a(i, part.wanted(r)) for a, i, r in zip(augments, images, rows, strict=True)]
    return torch.stack([i for i, _ in shown]), torch.stack([t for _, t in shown])


def _resume(checkpoint: Checkpoint, learner: Learner, streams: list[Streams]) -> list[Progress]:
    state = checkpoint.load()
    if state is None:
        return []
    learner.load_state_dict(state["learner"])
    for stream, states in zip(streams, state["streams"], strict=True):
        stream.go_to(states)
    return [Progress(**trial) for trial in state["trials"]]


def train_trials(job: TrainingJob, facts: dict[str, Any]) -> list[Trained]:
    """Train all trials of a variant.

    Args:
        job: What is wanted.
        facts: What else a checkpoint depends on.
    """
    prepared = prepare(job)
    networks = [start(job, prepared, trial) for trial in range(job.trials)]
    one, initial = networks[0], initial_weights(networks[0], job.settings.initialization)
    streams = [streams_of(job.seed, trial, prepared.device) for trial in range(job.trials)]
    augments = [augmentation_of(job.settings.augmentation, s.augmentation) for s in streams]
    image = prepared.data.monitored.inputs(torch.arange(1, device=prepared.device))
    stack = Stack(networks)
    masks = Masks(one, image, [s.dropout for s in streams])
    learner = Learner(stack, job.settings, prepared.steps, masks)
    with on_a_stream_apart(prepared.device):
        trials = train_together(
            learner,
            prepared.data,
            job.settings,
            prepared.curves,
            streams,
            augments,
            Checkpoint(job.checkpoints / "trials.pt", job.key(facts, *range(job.trials))),
            announcer(f"first of {job.trials} trials", job.settings.epochs),
        )
    loss = build_loss(job.settings.loss)
    for trial in trials:
        one.load_state_dict(trial.chosen_weights)
        if trial.status == "ok":
            trial.status = outcome(trial, one, prepared.data, prepared.curves, loss)
    objects = describe_objects(learner, one, prepared.data, augments[0], job.settings)
    return [Trained(trial, initial, objects) for trial in trials]
