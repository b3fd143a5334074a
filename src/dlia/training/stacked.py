"""All trials of a variant trained as one network: the fast path, for GPUs.

The networks of the exercises are so small that launching the GPU kernels of a step takes longer
than computing them. Two techniques reduce this overhead. First, the weights of all trials are
stacked, and ``torch.func.vmap`` computes every layer for all trials at once (a convolution becomes
a grouped convolution). Second, the forward and backward pass of a batch is recorded once as a CUDA
graph and then replayed.

The training loop is the one for a single trial, which serves as the reference. Each trial draws its
initial weights, the order of its images, its augmentation and its dropout masks from its own random
streams, exactly as if it were trained alone. The weights of different trials never interact. Only
the order of floating-point summation differs. ``tests/unit/training/test_stacked.py`` compares the
losses of every variant, step by step.
"""

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor

from dlia.models.dropout import Masks
from dlia.models.stack import Stack
from dlia.study.settings import Settings
from dlia.training import learner
from dlia.training.batches import Batches
from dlia.training.checkpoint import Checkpoint
from dlia.training.cuda_graphs import Replayed, on_a_stream_apart
from dlia.training.device_data import Part
from dlia.training.introspection import initial_weights
from dlia.training.loop import train
from dlia.training.measures import predict_logits
from dlia.training.preparation import batches_of, prepare, start, streams_of
from dlia.training.progress import Weights
from dlia.training.record_types import LearnerFacts
from dlia.training.run_record import announcer, computed_layers, describe_objects
from dlia.training.training_job import Trained, TrainingJob


class StackedBatches(Batches):
    """The batches of several trials, each drawing from streams of its own."""

    def shown(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Give images (K, N, C, H, W) as each trial is shown them this time, and their targets."""
        images = self.part.inputs(rows.flatten()).unflatten(0, rows.shape)
        trials = zip(self.augments, images, rows, strict=True)
        shown = [augment(own, self.part.wanted(r)) for augment, own, r in trials]
        return torch.stack([own for own, _ in shown]), torch.stack([t for _, t in shown])


class Learner(learner.Learner):
    """A stack of networks, and what updates its weights.

    PyTorch's optimizers update every element of a tensor independently, so they work on stacks.

    Args:
        network: The stack, on the device, with the initial weights of all trials.
        settings: All hyperparameters of the training.
        steps: Number of batches per epoch.
        masks: Draws the dropout masks of a batch.
    """

    units = 1  # after the trials

    def __init__(self, network: Stack, settings: Settings, steps: int, masks: Masks) -> None:
        super().__init__(network, settings, steps)
        self.watched = {name.removeprefix("layers."): k for name, k in self.watched.items()}
        self.norms = self._nothing()
        self.stack, self.masks = network, masks
        self.gradients = Replayed(self._gradients)

    def step(self, images: Tensor, targets: Tensor) -> Tensor:
        """Train each trial on its batch; return the losses before the update, (K,).

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

    def logits(self, part: Part) -> tuple[Tensor, ...]:
        """Return the logits of ``part`` for each trial, each (n, outputs[, H, W])."""
        return predict_logits(self.judged, part, axis=1).unbind()

    def weights(self, place: int) -> Weights:
        """Copy the weights and buffers of the judged network of the trial at ``place``."""
        return cast(Stack, self.judged).weights(place)

    def keep(self, chosen: list[Weights]) -> None:
        """Load the ``chosen`` weights of each trial into its judged network."""
        for place, weights in enumerate(chosen):
            cast(Stack, self.judged).load_weights(place, weights)

    def norm(self, gradient: Tensor) -> Tensor:
        """Give the length of a layer's gradient in each trial, (K,)."""
        return gradient.flatten(1).norm(dim=1)

    def described(self) -> LearnerFacts:
        """Say what updates the weights of each trial."""
        described = super().described()
        for group in described["optimizer"]["groups"]:
            group["numbers"] = cast(int, group["numbers"]) // len(self.masks.streams)
        return described


def train_trials(job: TrainingJob, facts: Mapping[str, object]) -> list[Trained]:
    """Train all trials of a variant.

    Args:
        job: What is wanted.
        facts: What else a checkpoint depends on.
    """
    prepared = prepare(job)
    networks = [start(job, prepared, trial) for trial in range(job.trials)]
    one, initial = networks[0], initial_weights(networks[0], job.settings.initialization)
    streams = [streams_of(job.seed, trial, prepared.device) for trial in range(job.trials)]
    batches = batches_of(StackedBatches, prepared.data, job.settings, streams)
    stack = Stack(networks)
    masks = Masks(one, prepared.data.one_image(), [own.dropout for own in streams])
    learner = Learner(stack, job.settings, prepared.steps, masks)
    with on_a_stream_apart(prepared.device):
        trials = train(
            learner,
            batches,
            prepared.data,
            job.settings,
            job.curves,
            Checkpoint(job.checkpoints / "trials.pt", job.key(facts, *range(job.trials))),
            announcer(
                f"first of {job.trials} trials", job.settings.epochs, job.asked.get("epochs", 0)
            ),
        )
    computed = computed_layers(one, prepared.data)
    objects = describe_objects(learner, one, prepared.data, batches, computed)
    return [Trained(trial, initial, objects) for trial in trials]
