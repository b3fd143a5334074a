"""Training batches: each trial has its own order of images and its own augmentation."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from dlia.training.device_data import Part


class Augment:
    """Shows training images as they are, or a part of them; augmentation.py has one that does more.

    Args:
        crop: Height and width of the part that is shown; None for whole images.
        generator: Draws the places of these parts, on the CPU.
    """

    def __init__(
        self, crop: tuple[int, int] | None = None, generator: torch.Generator | None = None
    ) -> None:
        self.crop, self.generator = crop, generator

    def __call__(self, images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Give a batch as it is shown this time, and its targets."""
        return self.cropped(images), targets

    def cropped(self, images: Tensor) -> Tensor:
        """Cut a part out of every image, each at a random place of its own."""
        if self.crop is None:
            return images
        count = len(images)
        places = [
            torch.randint(whole - part + 1, (count, 1), generator=self.generator)
            + torch.arange(part)
            for whole, part in zip(images.shape[2:], self.crop, strict=True)
        ]
        rows, columns = (place.to(images.device) for place in places)
        image = torch.arange(count, device=images.device)[:, None, None]
        # (count, height, width, channels), so that the result is laid out channels last.
        return images[image, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)

    def ranges(self) -> dict[str, list[float | str]]:
        """Say between what the changes are drawn."""
        return {"crop": list(self.crop)} if self.crop else {}


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
