"""Training batches: each trial has its own order of images and its own augmentation."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from dlia.training.device_data import Part


class Augment:
    """Shows training images as they are; that of augmentation.py changes them each time."""

    def __call__(self, images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Give a batch as it is shown this time, and its targets."""
        return images, targets

    def ranges(self) -> dict[str, list[float | str]]:
        """Say between what the changes are drawn."""
        return {}


@dataclass(frozen=True)
class Streams:
    """A trial's random numbers: two are drawn on the CPU, dropout where the network computes."""

    order: torch.Generator
    augmentation: torch.Generator
    dropout: torch.Generator


class Batches:
    """The batches of the K trials that are trained together; here, of one trial.

    Args:
        part: The training images, on the device.
        size: Images of a batch; the last one of an epoch may be smaller.
        streams: Of each trial.
        augments: Of each trial, drawing from its streams.
    """

    def __init__(
        self, part: Part, size: int, streams: list[Streams], augments: list[Augment]
    ) -> None:
        self.part, self.size = part, size
        self.streams, self.augments = streams, augments
        self._note_orders()

    def epoch(self, first: int) -> Iterator[Tensor]:
        """Draw the order of an epoch for each trial, and walk its batches from ``first`` on.

        Yields:
            The rows of ``part`` that are next, (K, N).
        """
        self._note_orders()
        orders = [torch.randperm(len(self.part), generator=own.order) for own in self.streams]
        yield from torch.stack(orders).to(self.part.targets.device).split(self.size, 1)[first:]
        self._note_orders()

    def shown(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Give images (N, C, H, W) as the trial is shown them this time, and their targets.

        Args:
            rows: What ``epoch`` gave.
        """
        return self.augments[0](self.part.inputs(rows[0]), self.part.wanted(rows[0]))

    def state_dict(self) -> list[dict[str, Tensor]]:
        """Give all that is needed to go on: an epoch that has begun is drawn again."""
        states = [{n: stream.get_state() for n, stream in vars(s).items()} for s in self.streams]
        return [{**s, "order": order} for s, order in zip(states, self._orders, strict=True)]

    def load_state_dict(self, states: list[dict[str, Tensor]]) -> None:
        """Take up what ``state_dict`` gave."""
        for own, state in zip(self.streams, states, strict=True):
            for name, stream in vars(own).items():
                stream.set_state(state[name])

    def _note_orders(self) -> None:
        self._orders = [own.order.get_state() for own in self.streams]
