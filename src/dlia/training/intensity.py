"""How the values of an augmented image change; where the pixels are stays as it is."""

import torch
from torch import Tensor

from dlia.study.settings import RandomAugmentation


def change_intensity(
    images: Tensor, settings: RandomAugmentation, generator: torch.Generator
) -> Tensor:
    """Change brightness, contrast and stains of every image by draws of its own.

    brightness adds up to that share of the image's range (its largest less its smallest value, so
    that it means the same whatever pixels were divided by). contrast multiplies the distances from
    the image's mean. Both treat all channels alike, and are for gray or colour values.

    stain multiplies every channel by a gain of its own, for channels that are amounts of stains:
    Tellez et al. (2018), IEEE Transactions on Medical Imaging 37, 2126, and Tellez et al. (2019),
    Medical Image Analysis 58, 101544. Their additive term is left out: it would put stain on
    glass, where there is none, and on a channel that is constantly 0.

    Nothing is clipped: networks take any number, and clipping would flatten what is bright.

    Args:
        images: (N, C, H, W), float; not changed.
        settings: The variant's ``augmentation`` block; what is 0 draws nothing.
        generator: On the CPU.
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
    return images
