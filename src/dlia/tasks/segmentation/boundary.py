"""Agreement of a segmentation with the truth along contours.

Masks are boolean. Of more than two classes, the callers take all foreground classes together.
"""

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import distance_transform_edt

from dlia.tasks.segmentation.dice import dice

# The distances to a contour within which a pixel is at the boundary, in pixels.
WIDTHS = (1, 2, 3)


def contour_distance(mask: np.ndarray) -> np.ndarray:
    """Give the distance of every pixel to the contour of a mask.

    It is the distance to the nearest pixel of the other class. The contour runs between pixels: on
    both sides of it the distance is 1. The edge of the image is not a contour.

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

    The band lies on both sides of a contour, as in the trimaps of Kohli et al. (2009), but around
    the predicted contour too. So a predicted contour in the wrong place counts as an error, and the
    compared pixels depend on the prediction. If neither mask has a contour, all pixels are
    compared. Dice is 1 if there is no foreground in the band.

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

    The surface consists of the foreground pixels that share a side with the background or lie at
    the edge of the image. The distances from every pixel of each surface to the other surface are
    pooled. The distance of two empty masks is 0. If one mask alone is empty, the distance is the
    image's diagonal, the upper bound of all distances.

    Args:
        predicted: Boolean, (H, W).
        truth: Boolean, (H, W).

    Returns:
        The average symmetric surface distance and the 95th percentile of the Hausdorff distance,
        in pixels: mean and percentile of the pooled distances.
    """
    from medpy.metric.binary import assd, hd95

    if not predicted.any() and not truth.any():
        return 0.0, 0.0
    if not predicted.any() or not truth.any():
        diagonal = float(np.hypot(*truth.shape))
        return diagonal, diagonal
    return float(assd(predicted, truth)), float(hd95(predicted, truth))
