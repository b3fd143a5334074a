"""Estimates of a training's memory and run time, for resource requests on a cluster."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from dlia.study.settings import Cnn, Detector, Fcn, Mlp, Retinanet, Segnet, Settings

# A core that is otherwise idle reaches 60 GFLOP/s in these networks; the estimate assumes half.
MACS_A_SECOND = 15e9
PYTHON_MB, COPIES = (
    1500,
    6,
)  # PyTorch itself; copies of an activation: its value, its gradient, and buffers of convolutions
MIB = 2**20
FORWARD_PIXELS = 2**18  # of one forward pass of a prediction; see training/measures.py
# Bytes: a patch has float32 values and int64 classes, twice while patches are joined; a volume is
# there as stored and scaled, with its classes, logits of a part, and masks for distances.
_VOXEL_OF_A_PATCH, _VOXEL_OF_A_VOLUME = 24, 20


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


class Seen(NamedTuple):
    """How many patches, or slices, a network sees.

    Attributes:
        training: In an epoch, without fixed copies.
        validation: Those that the validation curves are measured on.
        predicted: Those of all volumes, and of the training and validation volumes those by the
            rule once more, by one network. Volumes for testing count as the others do on average.
        volumes: The number of volumes.
        voxels: The number of voxels of all of them.
    """

    training: int
    validation: int
    predicted: int
    volumes: int
    voxels: int


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
    if isinstance(model, Detector):
        return _work_of_detector(model, shape)
    if isinstance(model, Segnet):
        return _work_of_segnet(model, shape, outputs)
    count = _Count()
    high, wide = model.sides(height), model.sides(width)
    for level, (rows, _), (columns, _) in zip(model.levels(), high, wide, strict=True):
        for pixels in (a * b for a, b in zip(rows, columns, strict=True)):
            count.convolution(level.size**2 * depth, level.filters, pixels, 2)
            depth = level.filters
    if isinstance(model, Cnn):
        sizes = [depth * high[-1][1] * wide[-1][1], *(model.hidden or ())]
        for size, units in pairwise(sizes):
            count.convolution(size, units, 1, 2)
        count.convolution(sizes[-1], outputs, 1, 0)
        return count.work
    for place, filters in reversed(list(enumerate(model.channels[:-1]))):
        pixels = (height >> place) * (width >> place)
        if isinstance(model, Fcn):
            skipped = 2 if model.skip else 1
            count.convolution(model.upsampling_filter**2 * depth, filters, pixels // 4, 8 * skipped)
            depth = filters * skipped
            continue
        size = 4 if model.upsampling == "transposed" else 1
        count.convolution(size * depth, filters, pixels // 4, 12)
        depth = 2 * filters
        for _ in range(model.convolutions):
            count.convolution(9 * depth, filters, pixels, 2)
            depth = filters
    count.convolution(depth, outputs, height * width, 0)
    return count.work


def _work_of_detector(model: Detector, shape: tuple[int, int, int]) -> Work:
    """Scale by the pixels what was counted at 320 x 320; the number of classes hardly matters.

    There are more activations than those that count, which take the memory that was measured and a
    third more: frozen layers keep none for a gradient.
    """
    pixels = shape[1] * shape[2] / 320**2
    if isinstance(model, Retinanet):
        return Work(32_070_000, round(20.2e9 * pixels), round(12e6 * pixels))
    return Work(3_310_000, round(1.2e9 * pixels), round(4.8e6 * pixels))


def _work_of_segnet(model: Segnet, shape: tuple[int, int, int], outputs: int) -> Work:
    count = _Count()
    depth, height, width = shape
    pixels = height * width
    down: list[tuple[int, int, int, int]] = []  # number, filters, convolutions and pixels
    blocks = zip(model.channels, model.convolutions, strict=True)
    for number, (filters, convolutions) in enumerate(blocks, start=1):
        down.append((number, filters, convolutions, pixels))
        for _ in range(convolutions):
            count.convolution(9 * depth, filters, pixels, 3)
            depth = filters
        if number in model.pooled_levels:
            pixels //= 4
            if model.downsampling == "strided":
                count.convolution(9 * filters, filters, pixels, 1)
    for number, filters, convolutions, places in reversed(down):
        if number in model.pooled_levels and model.upsampling == "transposed":
            count.convolution(9 * filters, filters, places // 4, 4)
        depth = 2 * filters if number in model.skip else filters
        below = model.channels[number - 2] if number > 1 else outputs
        for size in [*[filters] * (convolutions - 1), below]:
            count.convolution(9 * depth, size, places, 3)
            depth = size
    return count.work


class _Count:
    """Adds up the work of layers."""

    def __init__(self) -> None:
        self.work = Work(0, 0, 0)

    def convolution(self, weights: int, filters: int, places: int, kept: int) -> None:
        """Add a layer whose ``filters`` of ``weights`` numbers each are applied at ``places``.

        ``kept`` is the number of activations of each filter and place.
        """
        work = self.work
        self.work = Work(
            work.parameters + (weights + 1) * filters,
            work.macs + weights * filters * places,
            work.values + kept * filters * places,
        )


def megabytes(settings: Settings, work: Work, stored: int, at_once: int) -> int:
    """Estimate the memory of a training, in MB, rounded up to a multiple of 500.

    Args:
        settings: The variant's settings.
        work: The cost of one image, from ``work_of``.
        stored: Bytes of the images that it holds, without fixed copies.
        at_once: Number of trials that are trained in parallel.
    """
    data = stored * (1 + len(settings.add_copies))
    step = 4 * (settings.batch_size * work.values * COPIES + 4 * work.parameters)
    of_trials = at_once * (data + step) / MIB
    return _rounded(PYTHON_MB + at_once * 400 + of_trials)


def bytes_of_patches(seen: Seen, shape: tuple[int, int, int]) -> int:
    """Estimate the bytes of the patches, or slices, of volumes that a training holds.

    Args:
        seen: How many it sees.
        shape: Channels, height and width of one.
    """
    return (seen.training + seen.validation) * math.prod(shape) * _VOXEL_OF_A_PATCH


def megabytes_of_prediction(seen: Seen, work: Work, side: int, trials: int) -> int:
    """Estimate the memory of predicting whole volumes, in MB, rounded up to a multiple of 500.

    Args:
        seen: What one network sees.
        work: The cost of one patch or slice, from ``work_of``.
        side: Pixels of one patch or slice.
        trials: The number of networks whose predictions are kept.
    """
    # What layers give is released again: a quarter is more than is there at once.
    forward = max(1, FORWARD_PIXELS // side) * work.values
    of_volume = seen.voxels / max(seen.volumes, 1) * _VOXEL_OF_A_VOLUME
    return _rounded(PYTHON_MB + (forward + of_volume + trials * seen.voxels) / MIB)


def hours(settings: Settings, work: Work, images: int, trials: int) -> int:
    """Estimate the run time of all trials, one after another, in whole hours (at least 1)."""
    return max(1, math.ceil(seconds(settings, work, images, trials) / 3600))


def seconds(settings: Settings, work: Work, images: int, trials: int) -> float:
    """Estimate the run time of all trials, one after another, in seconds.

    Each training image costs 3.5 forward passes per epoch: 1 forward, 2 for the backward pass, and
    0.5 for the evaluation after the epoch.

    Args:
        settings: The variant's settings.
        work: The cost of one image, from ``work_of``.
        images: Number of images of the data set.
        trials: Number of trials.
    """
    shown = images * (1 + len(settings.add_copies))
    return trials * settings.epochs * shown * 3.5 * work.macs / MACS_A_SECOND


def _rounded(megabytes: float) -> int:
    return 500 * math.ceil(megabytes / 500)
