"""Estimates of a training's memory and run time, for resource requests on a cluster."""

import math
from dataclasses import dataclass
from itertools import pairwise

from dlia.study.settings import Fcn, Mlp, Settings

# A core that is otherwise idle reaches 60 GFLOP/s in these networks; the estimate assumes half.
MACS_A_SECOND = 15e9
PYTHON_MB, COPIES = (
    1500,
    6,
)  # PyTorch itself; copies of an activation: its value, its gradient, and buffers of convolutions
MIB = 2**20


@dataclass(frozen=True)
class Work:
    """The size and cost of a network.

    Attributes:
        parameters: Number of trainable parameters.
        macs: Multiply-accumulates (MACs) of one forward pass of one image.
        values: Number of activations of one image, over all layers.
    """

    parameters: int
    macs: int
    values: int


def work_of(settings: Settings, shape: tuple[int, int, int], outputs: int) -> Work:
    """Count parameters, MACs and activations, ignoring normalisation and activation functions.

    Args:
        settings: The variant's settings.
        shape: Channels, height and width of an image.
        outputs: Outputs of the network per image or pixel.
    """
    model, (depth, height, width) = settings.model, shape
    if isinstance(model, Mlp):
        sizes = [depth * height * width, *model.hidden, outputs]
        weights = sum(a * b for a, b in pairwise(sizes))
        return Work(weights + sum(sizes[1:]), weights, sum(sizes))
    parameters = macs = values = 0
    high, wide = model.sides(height), model.sides(width)
    for level, (rows, _), (columns, _) in zip(model.levels(), high, wide, strict=True):
        for pixels in (a * b for a, b in zip(rows, columns, strict=True)):
            weights = level.size**2 * depth
            parameters += (weights + 1) * level.filters
            macs += weights * level.filters * pixels
            values += 2 * level.filters * pixels
            depth = level.filters
    if not isinstance(model, Fcn):
        features = depth * high[-1][1] * wide[-1][1]
        return Work(parameters + (features + 1) * outputs, macs + features * outputs, values)
    for place, filters in reversed(list(enumerate(model.channels[:-1]))):
        pixels = (height >> place) * (width >> place)
        weights = model.upsampling_filter**2 * depth
        parameters += (weights + 1) * filters
        macs += weights * filters * pixels // 4
        values += 2 * filters * pixels * (2 if model.skip else 1)
        depth = filters * (2 if model.skip else 1)
    pixels = height * width
    return Work(parameters + (depth + 1) * outputs, macs + depth * outputs * pixels, values)


def megabytes(
    settings: Settings, work: Work, shape: tuple[int, int, int], images: int, at_once: int
) -> int:
    """Estimate the memory of a training, in MB, rounded up to a multiple of 500.

    Args:
        settings: The variant's settings.
        work: The cost of one image, from ``work_of``.
        shape: Channels, height and width of an image.
        images: Number of images of the data set.
        at_once: Number of trials that are trained in parallel.
    """
    data = images * math.prod(shape) * (1 + len(settings.add_copies))
    step = 4 * (settings.batch_size * work.values * COPIES + 4 * work.parameters)
    of_trials = at_once * (data + step) / MIB
    return 500 * math.ceil((PYTHON_MB + at_once * 400 + of_trials) / 500)


def hours(settings: Settings, work: Work, images: int, trials: int) -> int:
    """Estimate the run time of all trials, one after another, in whole hours (at least 1).

    Each training image costs 3.5 forward passes per epoch: 1 forward, 2 for the backward pass, and
    0.5 for the evaluation after the epoch.

    Args:
        settings: The variant's settings.
        work: The cost of one image, from ``work_of``.
        images: Number of images of the data set.
        trials: Number of trials.
    """
    shown = images * (1 + len(settings.add_copies))
    seconds = trials * settings.epochs * shown * 3.5 * work.macs / MACS_A_SECOND
    return max(1, math.ceil(seconds / 3600))
