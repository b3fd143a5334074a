"""Patches of slices: where the balanced ones lie, and those that cover a slice side by side."""

import numpy as np

from dlia.data.class_shares import IGNORED
from dlia.study.settings import Sampling

# The row of the slice, and the first row and column in it, (n, 3).
Places = np.ndarray[tuple[int, int], np.dtype[np.int64]]
# Class indices and ``IGNORED`` of slices, (n, H, W).
MaskSlices = np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]


def balanced(masks: np.ndarray, sampling: Sampling) -> Places:
    """Find the patches that a network is trained on, slice by slice.

    Args:
        masks: (n, H, W), uint8 class indices and ``IGNORED``.
        sampling: The rule.
    """
    side, stride = sampling.patch, sampling.stride
    if min(masks.shape[1:]) < side:
        return np.zeros((0, 3), np.int64)
    found = []
    for number, mask in enumerate(masks):
        known = mask != IGNORED
        if not known.any():
            continue
        fits = np.ones((mask.shape[0] - side + 1, mask.shape[1] - side + 1), bool)[
            ::stride, ::stride
        ]
        if sampling.no_background:
            fits = fits & (_counts(known, side, stride) == side * side)
        elif not any(sampling.minimum):  # a patch without any class teaches nothing
            fits = fits & (_counts(known, side, stride) > 0)
        for index, least in enumerate(sampling.minimum):
            if least:
                fits = fits & (_counts(mask == index, side, stride) >= least)
        corners = np.argwhere(fits) * stride
        found.append(np.column_stack([np.full(len(corners), number), corners]))
    return np.concatenate(found) if found else np.zeros((0, 3), np.int64)


def _counts(chosen: np.ndarray, side: int, stride: int) -> np.ndarray:
    """Count the chosen voxels of every patch, from sums over all rectangles from the corner."""
    sums = np.zeros((chosen.shape[0] + 1, chosen.shape[1] + 1), np.int64)
    sums[1:, 1:] = chosen.cumsum(0, dtype=np.int64).cumsum(1)
    counts = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return np.asarray(counts[::stride, ::stride])


def grid_places(wanted: np.ndarray, size: tuple[int, int]) -> Places:
    """Find the patches of a grid that have any voxel that is wanted.

    Args:
        wanted: Boolean, (n, H, W).
        size: Height and width of a patch. Those at the edges may reach beyond a slice.
    """
    high, wide = size
    starts = [np.arange(0, whole, side) for whole, side in zip(wanted.shape[1:], size, strict=True)]
    by_rows = np.add.reduceat(wanted, starts[0], axis=1, dtype=np.int64)
    counts = np.add.reduceat(by_rows, starts[1], axis=2)
    return np.argwhere(counts) * np.array([1, high, wide], np.int64)


def places_of(masks: MaskSlices, sampling: Sampling | None, size: tuple[int, int]) -> Places:
    """Find the patches of a volume that a rule chooses, or without one those side by side."""
    if sampling:
        return balanced(masks, sampling)
    return grid_places(masks != IGNORED, size)


def cut(slices: np.ndarray, places: Places, size: tuple[int, int], beyond: float = 0) -> np.ndarray:
    """Cut patches out of slices, (patches, height, width).

    Args:
        slices: (n, H, W).
        places: Where they lie.
        size: Height and width of a patch.
        beyond: The value of what lies beyond a slice.
    """
    high, wide = size
    result = np.full((len(places), high, wide), beyond, slices.dtype)
    for patch, (number, top, left) in zip(result, places, strict=True):
        part = slices[number, top : top + high, left : left + wide]
        patch[: part.shape[0], : part.shape[1]] = part
    return result


def put_back(patches: np.ndarray, places: Places, shape: tuple[int, int, int]) -> np.ndarray:
    """Lay patches into slices that are 0 elsewhere: the inverse of ``cut``."""
    result = np.zeros(shape, patches.dtype)
    high, wide = patches.shape[1:]
    for patch, (number, top, left) in zip(patches, places, strict=True):
        part = result[number, top : top + high, left : left + wide]
        part[...] = patch[: part.shape[0], : part.shape[1]]
    return result
