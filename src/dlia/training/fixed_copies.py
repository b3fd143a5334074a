"""Fixed copies of the training images, each changed in one way before the training begins."""

from collections.abc import Callable

import torch
from torch import Tensor

from dlia.study.settings import CopyChanges, CopyName
from dlia.training.geometry import affine_sources, resample

# What (n, H, W[, C]) is changed by; the axes of an image are 1 and 2.
FLIPS: dict[str, Callable[[Tensor], Tensor]] = {
    "horizontal_flip": lambda pixels: pixels.flip(2),
    "vertical_flip": lambda pixels: pixels.flip(1),
    "half_turn": lambda pixels: pixels.flip(1, 2),
}
_AT_ONCE = 1024  # images that are changed together, which bounds the memory


def copy_in_words(name: CopyName, changes: CopyChanges | None) -> str:
    """Name a kind of copies with its measure, if it has one: "rotation 45"."""
    measure = getattr(changes, name, None)
    return name if measure is None else f"{name} {measure:g}"


def copied(
    images: Tensor,
    targets: Tensor,
    name: CopyName,
    changes: CopyChanges | None,
    stream: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """Return a copy of every image, and its targets.

    Args:
        images: (n, H, W, C), whole numbers; their type stays.
        targets: (n,) labels, returned as they are, or (n, H, W) masks, moved along.
        name: The kind of copy.
        changes: How much rotation and noise change.
        stream: On the CPU; draws noise.
    """
    masks = targets.dim() > 1
    if flip := FLIPS.get(name):
        return flip(images), flip(targets) if masks else targets
    measure = getattr(changes, name)
    if name == "noise":
        return _noisy(images, measure, stream), targets
    return (
        _in_parts(images, lambda part: _rotated(part.permute(0, 3, 1, 2), measure)),
        _in_parts(targets, lambda part: _turned(part, measure)) if masks else targets,
    )


def _in_parts(pixels: Tensor, change: Callable[[Tensor], Tensor]) -> Tensor:
    return torch.cat([change(part) for part in pixels.split(_AT_ONCE)])


def _rotated(planes: Tensor, degrees: float) -> Tensor:
    """Rotate (n, C, H, W) counter-clockwise about the middle; give (n, H, W, C).

    Between pixels bilinear, rounded to whole numbers; 0 beyond the edge.
    """
    moved = resample(planes.float(), _sources(planes, degrees), "zeros")
    return moved.round_().to(planes.dtype).permute(0, 2, 3, 1)


def _turned(masks: Tensor, degrees: float) -> Tensor:
    """Rotate masks (n, H, W); a pixel takes the class of the nearest one."""
    planes = masks[:, None]
    return resample(planes, _sources(planes, degrees), "zeros")[:, 0]


def _sources(planes: Tensor, degrees: float) -> Tensor:
    size = (planes.shape[2], planes.shape[3])
    one = affine_sources(
        torch.zeros(1, 2), torch.tensor([float(degrees)]), torch.ones(1), size, planes.device
    )
    return one.expand(len(planes), -1, -1, -1)


def _noisy(images: Tensor, sd: float, stream: torch.Generator) -> Tensor:
    """Add Gaussian noise to every value; round, and keep within the range of the type."""
    limits = torch.iinfo(images.dtype)

    def change(part: Tensor) -> Tensor:
        noise = sd * torch.randn(part.shape, generator=stream)
        return (part + noise.to(part.device)).round_().clamp_(limits.min, limits.max).to(part.dtype)

    return _in_parts(images, change)
