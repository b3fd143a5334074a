"""Training images that are changed at random each time they are shown."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from dlia.study.settings import Jitter, RandomAugmentation
from dlia.training.batches import Augment
from dlia.training.geometry import draw_sources, resample
from dlia.training.intensity import change_intensity

# What can be done to an image exactly, beside leaving it as it is; all are equally probable.
PERMUTATIONS: dict[str, list[Callable[[Tensor], Tensor]]] = {
    "horizontal_flip": [partial(torch.flip, dims=(-1,))],
    "vertical_flip": [partial(torch.flip, dims=(-2,))],
    "quarter_turns": [partial(torch.rot90, k=k, dims=(-2, -1)) for k in (1, 2, 3)],
}


class Augmentation(Augment):
    """Changes every image of a batch by a draw of its own.

    Flips and quarter turns come first and are exact. Then scale, rotation, shift and the elastic
    displacement are composed into one grid, and the image is sampled once: the random transforms
    of torchvision.transforms.v2 draw once per call, which is once per batch, and each of them that
    samples again blurs again. The crop comes next. Brightness, contrast, stain and jitter come
    last. Parts that are off draw nothing, and leave the images as they are bit by bit.

    Attributes:
        settings: The variant's ``augmentation`` block, all keys filled in:
            horizontal_flip, vertical_flip: Whether half of the images are mirrored.
            flip_classes: The classes whose images are mirrored left to right; None is all.
            quarter_turns: Whether images are turned by 0, 90, 180 or 270 degrees, equally often;
                square images only.
            shift: Largest shift along each axis, in pixels.
            rotation: Largest rotation about the middle, in degrees.
            scale: Largest enlargement less 1; the factor is drawn log-uniformly between
                1 / (1 + scale) and 1 + scale.
            elastic: ``displacement`` (root mean square length) and ``smoothness`` (standard
                deviation of the Gaussian), in pixels; see ``geometry.draw_displacements``.
            border: What is beyond the edge of the image and of its mask, "zeros" or "reflection".
            brightness, contrast, stain, jitter: Largest relative changes; see ``intensity``.
        generator: Draws all random numbers, on the CPU: a trial's draws are the same wherever it
            computes.
        crop: Height and width of the part that is shown; None for whole images.
        brightest: The value of a white pixel, which jitter never exceeds.
    """

    generator: torch.Generator

    def __init__(
        self,
        settings: RandomAugmentation,
        generator: torch.Generator,
        crop: tuple[int, int] | None = None,
        brightest: float = 1.0,
    ) -> None:
        super().__init__(crop, generator)
        self.settings, self.brightest = settings, brightest

    def __call__(self, images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Give the batch as it is shown this time; what is passed is not changed.

        Args:
            images: (N, C, H, W), float, on any device; type and memory format stay.
            targets: (N,) labels, returned as they are, or (N, H, W) masks, moved along with their
                images (the nearest pixel); int64.
        """
        border = self.settings.border
        flips = draw_permutations(self.settings, len(images), self.generator)
        if self.settings.flip_classes is not None:
            flips["horizontal_flip"] *= torch.isin(
                targets.cpu(), torch.tensor(self.settings.flip_classes)
            )
        sources = draw_sources(self.settings, images.shape, self.generator, images.device)

        def move(planes: Tensor) -> Tensor:
            turned = permute(planes, flips)
            return turned if sources is None else resample(turned, sources, border)

        masks = targets.ndim == 3
        shown = self.cropped(move(images))
        return (
            change_intensity(shown, self.settings, self.generator, self.brightest),
            move(targets[:, None])[:, 0] if masks else targets,
        )

    def ranges(self) -> dict[str, list[float | str]]:
        """Give what is drawn: for each change its least and its greatest, or all its moves."""
        settings = self.settings
        symmetric = ("shift", "rotation", "brightness", "contrast", "stain")
        moves = {
            name: len(found) for name, found in PERMUTATIONS.items() if getattr(settings, name)
        }
        jitter, flipped = settings.jitter or Jitter(), settings.flip_classes
        return {
            **super().ranges(),
            **{name: [-getattr(settings, name), getattr(settings, name)] for name in symmetric},
            "scale": [1 / (1 + settings.scale), 1 + settings.scale],
            "elastic": [settings.elastic.displacement, settings.elastic.smoothness],
            "moves": [f"{name}: {count} of {count + 1} images" for name, count in moves.items()],
            "border": [settings.border],
            **({} if flipped is None else {"flip_classes": list(flipped)}),
            **{f"jitter.{name}": [max(0.0, 1 - most), 1 + most] for name, most in jitter if most},
        }


def draw_permutations(
    settings: RandomAugmentation, count: int, generator: torch.Generator
) -> dict[str, Tensor]:
    """Draw for each permutation that is on which of its moves each image gets, 0 being none."""
    return {
        name: torch.randint(len(moves) + 1, (count,), generator=generator)
        for name, moves in PERMUTATIONS.items()
        if getattr(settings, name)
    }


def permute(planes: Tensor, drawn: dict[str, Tensor]) -> Tensor:
    """Flip and turn ``planes`` (N, C, H, W) as ``drawn``; every value stays what it is."""
    for name, choices in drawn.items():
        chosen = choices.to(planes.device)[:, None, None, None]
        start = planes
        for number, move in enumerate(PERMUTATIONS[name], start=1):
            planes = torch.where(chosen != number, planes, move(start))
    return planes
