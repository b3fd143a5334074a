"""How well a segmentation follows the contours of the truth."""

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import distance_transform_edt

from dlia.tasks.segmentation.dice import dice

# How near to a contour a pixel counts as being at the boundary.
WIDTHS = (1, 2, 3)


def contour_distance(mask: np.ndarray) -> np.ndarray:
    """Give every pixel's distance to the contour of a mask, as that to the nearest other pixel.

    The contour runs between pixels: on either side of it the distance is 1. The edge of the image
    is no contour.

    Args:
        mask: Boolean, (H, W).

    Returns:
        Euclidean distances in pixels, (H, W), at least 1; infinite where the mask has no contour.
    """
    if mask.all() or not mask.any():
        return np.full(mask.shape, np.inf)
    return np.asarray(distance_transform_edt(mask) + distance_transform_edt(~mask))


def boundary_dice(
    predicted: np.ndarray, truth: np.ndarray, widths: Sequence[float] = WIDTHS
) -> list[float]:
    """Compute Dice over the pixels near the true or the predicted contour, for several widths.

    A band on either side, as in the trimaps of Kohli et al. (2009), but around both contours: a
    contour in the wrong place counts, too, and which pixels are compared hangs on the prediction.
    Where neither mask has a contour all pixels are compared; without any foreground in the band, it
    is 1.

    Args:
        predicted: Boolean, (H, W).
        truth: Boolean, (H, W).
        widths: Largest distances to a contour, in pixels.
    """
    distance = np.minimum(contour_distance(predicted), contour_distance(truth))
    bands = [(distance <= width) | np.isinf(distance).all() for width in widths]
    return [float(dice((predicted & band)[None], (truth & band)[None])[0]) for band in bands]


def surface_distances(predicted: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Measure how far apart two surfaces are, with MedPy's definitions.

    A surface is made of the foreground pixels that touch the background by a side, or lie at the
    edge of the image. The distances from every pixel of either surface to the other surface are
    taken together. Two empty masks are at a distance of 0; where one alone is empty there is no
    surface to measure to, and the image's diagonal, which no distance exceeds, stands for it.

    Args:
        predicted: Boolean, (H, W).
        truth: Boolean, (H, W).

    Returns:
        In pixels, the average symmetric surface distance and the 95th percentile of the Hausdorff
        distance: mean and percentile of both directions' distances together.
    """
    from medpy.metric.binary import assd, hd95

    if not predicted.any() and not truth.any():
        return 0.0, 0.0
    if not predicted.any() or not truth.any():
        diagonal = float(np.hypot(*truth.shape))
        return diagonal, diagonal
    return float(assd(predicted, truth)), float(hd95(predicted, truth))
