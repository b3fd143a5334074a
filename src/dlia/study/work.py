"""How much work a training is, by arithmetic alone: what a cluster is asked for."""

import math
from dataclasses import dataclass
from itertools import pairwise

from dlia.study.settings import Fcn, Mlp, Settings

# A core does 60 GFLOP/s in these networks when it is left alone; half of that is counted on.
MACS_A_SECOND = 15e9
PYTHON_MB, COPIES = 1500, 6  # PyTorch itself; a value, its gradient, and what convolutions need
MIB = 2**20


@dataclass(frozen=True)
class Work:
    """What one image costs.

    Attributes:
        parameters: Of the network.
        macs: Multiply-accumulates of a forward pass.
        values: Numbers that its layers give.
    """

    parameters: int
    macs: int
    values: int


def work_of(settings: Settings, shape: tuple[int, int, int], outputs: int) -> Work:
    """Count what one image costs, convolution by convolution; norms and activations are left out.

    Args:
        settings: Of the variant.
        shape: Channels, height and width of an image.
        outputs: Numbers that the network gives for an image or pixel.
    """
    model, (depth, height, width) = settings.model, shape
    if isinstance(model, Mlp):
        sizes = [depth * height * width, *model.hidden, outputs]
        weights = sum(a * b for a, b in pairwise(sizes))
        return Work(weights + sum(sizes[1:]), weights, sum(sizes))
    parameters = macs = values = 0
    for level, filters in enumerate(model.channels):
        pixels = (height >> level) * (width >> level)
        for _ in range(model.convolutions):
            parameters += (9 * depth + 1) * filters
            macs += 9 * depth * filters * pixels
            values += 2 * filters * pixels
            depth = filters
    if not isinstance(model, Fcn):
        features = depth * (height >> level) * (width >> level)
        return Work(parameters + (features + 1) * outputs, macs + features * outputs, values)
    for level, filters in reversed(list(enumerate(model.channels[:-1]))):
        pixels = (height >> level) * (width >> level)
        parameters += (4 * depth + 1) * filters
        macs += depth * filters * pixels
        values += 2 * filters * pixels * (2 if model.skip else 1)
        depth = filters * (2 if model.skip else 1)
    pixels = height * width
    return Work(parameters + (depth + 1) * outputs, macs + depth * outputs * pixels, values)


def megabytes(
    settings: Settings, work: Work, shape: tuple[int, int, int], images: int, at_once: int
) -> int:
    """Give the memory that a training needs, in MB, rounded up to 500.

    Args:
        settings: Of the variant.
        work: What an image costs.
        shape: Channels, height and width of an image.
        images: Of the data set.
        at_once: Trials that are trained side by side.
    """
    data = images * math.prod(shape) * (1 + len(settings.add_copies))
    step = 4 * (settings.batch_size * work.values * COPIES + 4 * work.parameters)
    of_trials = at_once * (data + step) / MIB
    return 500 * math.ceil((PYTHON_MB + at_once * 400 + of_trials) / 500)


def hours(settings: Settings, work: Work, images: int, trials: int) -> int:
    """Give the hours of all trials of a training, one after another, whole and at least one.

    A backward pass costs twice a forward pass; what is measured after every epoch, a quarter of it.
    """
    shown = images * (1 + len(settings.add_copies))
    seconds = trials * settings.epochs * shown * 3.5 * work.macs / MACS_A_SECOND
    return max(1, math.ceil(seconds / 3600))
