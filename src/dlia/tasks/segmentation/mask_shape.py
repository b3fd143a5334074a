"""The shape of a mask: number of regions, spread, and strength of a checkerboard.

Masks are boolean. Of more than two classes, the callers take all foreground classes together.
"""

import numpy as np
from scipy.ndimage import convolve1d, label

# Artefacts of two up-samplings by 2 repeat every 4 pixels, those of the second alone every 2.
PERIOD = 4
# Weights of the mean over a period, centred on the pixel.
CENTRED = (1 / 8, 1 / 4, 1 / 4, 1 / 4, 1 / 8)


def count_objects(mask: np.ndarray) -> int:
    """Count the connected regions of a mask, (H, W). Pixels that share a corner are connected."""
    return int(label(mask, structure=np.ones((3, 3)))[1])


def spread(mask: np.ndarray) -> float:
    """Measure the spread of a mask: 0 for a point, 1 if it is as scattered as all pixels.

    It is the root mean square distance of the mask's pixels to their centre, divided by that of all
    pixels of the image.

    Args:
        mask: Boolean, (H, W), with at least one pixel.
    """
    rows, columns = np.nonzero(mask)
    height, width = mask.shape
    return float(np.sqrt((rows.var() + columns.var()) / ((height**2 + width**2 - 2) / 12)))


def checkerboard(mask: np.ndarray) -> float:
    """Give the share of a mask's fine structure that repeats every four pixels, from 0 to 1.

    Transposed convolutions cause it, see Odena et al. (2016): Deconvolution and checkerboard
    artifacts. Fine structure is the mask minus its mean over a period, 4 pixels along each side.
    The repeating part is the mean of it over all pixels at the same place in the grid.

    Args:
        mask: (H, W). Pixels beyond the last whole period are left out.
    """
    height, width = (side // PERIOD * PERIOD for side in mask.shape)
    mask = mask[:height, :width]
    if not mask.size:
        return 0.0
    mean = mask.astype(float)
    for axis in (0, 1):
        mean = convolve1d(mean, CENTRED, axis=axis, mode="reflect")
    fine = mask - mean
    energy = (fine**2).mean()
    blocks = fine.reshape(height // PERIOD, PERIOD, width // PERIOD, PERIOD)
    return float((blocks.mean(axis=(0, 2)) ** 2).mean() / energy) if energy else 0.0
