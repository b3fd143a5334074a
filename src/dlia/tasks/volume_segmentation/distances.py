"""Distances between the surfaces of two segmentations of a volume, in millimetres."""

import numpy as np
from scipy.ndimage import binary_erosion
from scipy.spatial import KDTree

PERCENTILE = 95


def hausdorff(
    predicted: np.ndarray, truth: np.ndarray, voxel: tuple[float, float, float]
) -> tuple[float, float]:
    """Measure how far apart two surfaces are at most, and for 95 % of their voxels.

    A surface consists of the voxels that share a side with one of another class, or lie at the edge
    of the volume. The distances from each surface to the nearest voxel of the other are pooled, as
    in MedPy's ``hd95``.

    Args:
        predicted: Boolean, (n, H, W).
        truth: The same.
        voxel: The size of a voxel along each axis, in mm.

    Returns:
        The Hausdorff distance and the 95th percentile; not a number if a surface is missing.
    """
    surfaces = [_surface(mask, voxel) for mask in (predicted, truth)]
    if not all(map(len, surfaces)):
        return float("nan"), float("nan")
    own, other = surfaces
    there, back = KDTree(other).query(own)[0], KDTree(own).query(other)[0]
    distances = np.concatenate([there, back])
    return float(distances.max()), float(np.percentile(distances, PERCENTILE))


def _surface(mask: np.ndarray, voxel: tuple[float, float, float]) -> np.ndarray:
    """Give the places of a mask's surface voxels in mm, (m, 3)."""
    found = np.argwhere(mask)
    if not len(found):
        return np.zeros((0, 3))
    low, high = found.min(axis=0), found.max(axis=0) + 1
    inner = mask[low[0] : high[0], low[1] : high[1], low[2] : high[2]]
    return np.argwhere(inner & ~binary_erosion(inner)) * voxel + low * voxel
