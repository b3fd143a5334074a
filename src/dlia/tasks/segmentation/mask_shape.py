"""What a mask looks like: how many glands, how spread out, how much of a grid."""

import numpy as np
from scipy.ndimage import convolve1d, label

# Two up-samplings by 2 leave what they leave every 4 pixels; the second alone, every 2.
PERIOD = 4
# The mean over a period, the pixel itself in the middle.
CENTRED = (1 / 8, 1 / 4, 1 / 4, 1 / 4, 1 / 8)


def count_glands(mask: np.ndarray) -> int:
    """Count the connected regions of a mask (H, W); pixels that share a corner are connected."""
    return int(label(mask, structure=np.ones((3, 3)))[1])


def spread(mask: np.ndarray) -> float:
    """Tell how far a mask reaches: 0 for a point, 1 for what is as scattered as all pixels are.

    The root mean square distance of its pixels to their centre, divided by that of all pixels of
    the image.

    Args:
        mask: Boolean, (H, W), with at least one pixel.
    """
    rows, columns = np.nonzero(mask)
    height, width = mask.shape
    return float(np.sqrt((rows.var() + columns.var()) / ((height**2 + width**2 - 2) / 12)))


def checkerboard(mask: np.ndarray) -> float:
    """Give the share of a mask's fine structure that repeats every four pixels, from 0 to 1.

    What transposed convolutions leave behind, see Odena et al. (2016): Deconvolution and
    checkerboard artifacts. Fine structure is what a mean over a period, 4 pixels along each side,
    does not show; its mean over all pixels of the same place in the grid is the part of it that
    repeats.

    Args:
        mask: (H, W); what is beyond the last whole period is left out.
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
