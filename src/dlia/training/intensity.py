"""How the values of an augmented image change; where the pixels are stays as it is."""

from collections.abc import Callable

import torch
from torch import Tensor

from dlia.study.settings import Jitter, RandomAugmentation


def change_intensity(
    images: Tensor, settings: RandomAugmentation, generator: torch.Generator, brightest: float = 1.0
) -> Tensor:
    """Change brightness, contrast, stains and colours of every image by draws of its own.

    brightness adds up to that share of the image's range (its largest less its smallest value, so
    that it means the same whatever pixels were divided by). contrast multiplies the distances from
    the image's mean. Both treat all channels alike, and are for gray or colour values.

    stain multiplies every channel by a gain of its own, for channels that are amounts of stains:
    Tellez et al. (2018), IEEE Transactions on Medical Imaging 37, 2126, and Tellez et al. (2019),
    Medical Image Analysis 58, 101544. Their additive term is left out: it would put stain on
    glass, where there is none, and on a channel that is constantly 0.

    Of these, nothing is clipped: networks take any number, and clipping would flatten what is
    bright. jitter clips, as ColorJitter of torchvision does, whose factors it draws.

    Args:
        images: (N, C, H, W), float; not changed.
        settings: The variant's ``augmentation`` block; what is 0 draws nothing.
        generator: On the CPU.
        brightest: The value of a white pixel.
    """
    per_image = (len(images), 1, 1, 1)
    per_channel = (len(images), images.shape[1], 1, 1)

    def draw(limit: float, shape: tuple[int, ...]) -> Tensor:
        return torch.empty(shape).uniform_(-limit, limit, generator=generator).to(images)

    if settings.brightness:
        extent = images.amax((1, 2, 3), keepdim=True) - images.amin((1, 2, 3), keepdim=True)
        images = images + draw(settings.brightness, per_image) * extent
    if settings.contrast:
        mean = images.mean((1, 2, 3), keepdim=True)
        images = mean + (1 + draw(settings.contrast, per_image)) * (images - mean)
    if settings.stain:
        images = images * (1 + draw(settings.stain, per_channel))
    if settings.jitter:
        images = _jitter(images, settings.jitter, generator, brightest)
    return images


# What the channels red, green and blue add to a gray value (ITU-R BT.601).
_LUMA = (0.2989, 0.587, 0.114)


def _jitter(
    images: Tensor, settings: Jitter, generator: torch.Generator, brightest: float
) -> Tensor:
    """Change brightness, contrast and saturation as ColorJitter does, but of every image by itself.

    Each blends the image with another one: with black, with its mean gray value, and with itself in
    gray.
    """

    def gray() -> Tensor:
        return torch.einsum("nchw,c->nhw", images, torch.tensor(_LUMA).to(images))[:, None]

    others: dict[str, Callable[[], Tensor]] = {
        "brightness": lambda: torch.zeros(()).to(images),
        "contrast": lambda: gray().mean((1, 2, 3), keepdim=True),
        "saturation": gray,
    }
    for name, other in others.items():
        if limit := getattr(settings, name):
            factor = torch.empty((len(images), 1, 1, 1))
            factor.uniform_(max(0.0, 1 - limit), 1 + limit, generator=generator)
            images = other().lerp(images, factor.to(images)).clamp(0, brightest)
    return images
