"""Where the pixels of an augmented image come from: one sampling grid for all that moves them.

Lengths are in pixels of the original image, x is the column and y the row, and angles are
counter-clockwise in degrees.
"""

import math

import torch
import torch.nn.functional as F  # noqa: N812 (the name that everybody knows)
from torch import Tensor

from dlia.study.settings import Elastic, RandomAugmentation


def draw_sources(
    settings: RandomAugmentation,
    shape: torch.Size,
    generator: torch.Generator,
    device: torch.device,
) -> Tensor | None:
    """Draw for every pixel of a batch where its value is taken from.

    Args:
        settings: The variant's ``augmentation`` block.
        shape: (N, C, H, W) of the images.
        generator: On the CPU.
        device: Where the images are.

    Returns:
        (N, H, W, 2), float32, x and y as seen from the middle of the image, or None if shift,
        rotation, scale and elastic are all off.
    """
    count, size = shape[0], (shape[2], shape[3])
    elastic = settings.elastic
    limits = settings.shift, settings.rotation, settings.scale, elastic.displacement
    if not any(limits):
        return None
    shift = _uniform(settings.shift, (count, 2), generator)
    angle = _uniform(settings.rotation, (count,), generator)
    factor = _uniform(math.log1p(settings.scale), (count,), generator).exp()
    sources = affine_sources(shift, angle, factor, size, device)
    if elastic.displacement:
        sources += draw_displacements(elastic, count, size, generator, device)
    return sources


def _uniform(limit: float, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Draw between -limit and limit; a part that is off gives zeros and draws nothing."""
    if not limit:
        return torch.zeros(shape)
    return torch.empty(shape).uniform_(-limit, limit, generator=generator)


def affine_sources(
    shift: Tensor, angle: Tensor, factor: Tensor, size: tuple[int, int], device: torch.device
) -> Tensor:
    """Give where pixels come from if images are scaled and turned about the middle, then shifted.

    Args:
        shift: (N, 2), along x and y.
        angle: (N,).
        factor: (N,), above 1 enlarges.
        size: (H, W).
        device: Where the result is wanted; the arithmetic before the last sum is the CPU's.

    Returns:
        (N, H, W, 2), as in ``draw_sources``.
    """
    x = _from_middle(size[1]) - shift[:, :1]
    y = _from_middle(size[0]) - shift[:, 1:]
    cosine = (angle.deg2rad().cos() / factor)[:, None]
    sine = (angle.deg2rad().sin() / factor)[:, None]
    # The inverse of the map, split into what depends on the column and what depends on the row.
    columns = torch.stack([cosine * x, sine * x], dim=-1).to(device)
    rows = torch.stack([-sine * y, cosine * y], dim=-1).to(device)
    return columns[:, None] + rows[:, :, None]


def _from_middle(length: int) -> Tensor:
    return torch.arange(length) - (length - 1) / 2


def draw_displacements(
    elastic: Elastic,
    count: int,
    size: tuple[int, int],
    generator: torch.Generator,
    device: torch.device,
) -> Tensor:
    """Draw elastic displacements: white noise smoothed by a Gaussian, brought to a given strength.

    Simard, Steinkraus, Platt (2003): Best practices for convolutional neural networks applied to
    visual document analysis, section 2. They multiply the smoothed noise by a constant; here every
    field is brought to the stated root mean square length of its vectors, which can be read in
    pixels whatever the smoothness is. If that is large, the field is nearly a shift.

    Returns:
        (N, H, W, 2), float32, along x and y.
    """
    smoothness = elastic.smoothness
    vertical, horizontal = (_gaussians(length, smoothness) for length in size)
    noise = torch.randn(count, 2, len(vertical.T), len(horizontal.T), generator=generator)
    field = vertical.to(device) @ noise.to(device) @ horizontal.T.to(device)
    strength = field.square().sum(1, keepdim=True).mean((2, 3), keepdim=True).sqrt()
    return (elastic.displacement * field / strength).permute(0, 2, 3, 1)


def _gaussians(length: int, smoothness: float) -> Tensor:
    """Give the weights (length, points) with which noise at lattice points acts on each pixel.

    The points lie one standard deviation apart, and reach three beyond the edges: the sum of
    Gaussians cannot be told from one of noise at every pixel (to 1e-4), which is slower.
    """
    spacing = max(smoothness, 1.0)
    points = spacing * torch.arange(-3, math.ceil(length / spacing) + 3)
    distances = torch.arange(length)[:, None] - points
    return torch.exp(-((distances / smoothness) ** 2) / 2)


def resample(planes: Tensor, sources: Tensor, border: str) -> Tensor:
    """Give each pixel the value at its source: between pixels bilinear, the nearest for integers.

    Args:
        planes: (N, C, H, W); neither type nor memory format changes.
        sources: (N, H, W, 2), as in ``draw_sources``.
        border: "zeros", or "reflection" about the outer edges of the border pixels.
    """
    height, width = planes.shape[2:]
    grid = sources * torch.tensor([2 / width, 2 / height]).to(sources.device)
    sampled = F.grid_sample(
        planes.to(grid.dtype),
        grid,
        mode="bilinear" if planes.is_floating_point() else "nearest",
        padding_mode=border,
        align_corners=False,
    )
    return torch.empty_like(planes).copy_(sampled)
