"""Random textures of drawn tissue; lengths are pixels of a 64 x 64 image, whatever its size."""

import numpy as np
from scipy import ndimage

# The size at which lengths were chosen; other sizes scale them.
REFERENCE_SIZE = 64

# A nucleus is about two pixels wide at this magnification.
NUCLEUS_SIGMA_PIXELS = 0.7

FIBRE_PIXELS = 9
FIBRE_WAVE_PIXELS = 12.0
FIBRE_WAVE_RADIANS = 0.5


def smooth_noise(rng: np.random.Generator, size: int, sigma: float) -> np.ndarray:
    """Draw Gaussian noise (``size`` x ``size``, mean 0, deviation 1) with a grain of ``sigma``."""
    scaled = sigma * size / REFERENCE_SIZE
    noise = ndimage.gaussian_filter(rng.standard_normal((size, size)), scaled, mode="wrap")
    return _standardize(noise)


def nuclei(rng: np.random.Generator, size: int, density: float) -> np.ndarray:
    """Scatter nuclei (``size`` x ``size``, 0..1), ``density`` of them per reference pixel."""
    unit = size / REFERENCE_SIZE
    centres = (rng.random((size, size)) < density / unit**2).astype(float)
    sigma = NUCLEUS_SIGMA_PIXELS * unit
    blurred = ndimage.gaussian_filter(centres, sigma, mode="wrap")
    # The factor undoes the blur's loss of height: a lone nucleus peaks at 1.
    return np.clip(blurred * 2 * np.pi * sigma**2, 0, 1)


def fibres(rng: np.random.Generator, size: int) -> np.ndarray:
    """Draw collagen (``size`` x ``size``, mean 0, deviation 1): noise averaged along a flow.

    Cabral and Leedom 1993 call this line integral convolution; here the lines are straight.
    """
    unit = size / REFERENCE_SIZE
    wave = FIBRE_WAVE_RADIANS * smooth_noise(rng, size, FIBRE_WAVE_PIXELS)
    angle = rng.uniform(0, np.pi) + wave
    direction = np.stack([np.sin(angle), np.cos(angle)])
    grain = rng.standard_normal((size, size))
    grid = np.indices((size, size))
    steps = (np.arange(FIBRE_PIXELS) - FIBRE_PIXELS // 2) * unit
    shifted = [
        ndimage.map_coordinates(grain, grid + step * direction, order=1, mode="grid-wrap")
        for step in steps
    ]
    return _standardize(np.mean(shifted, axis=0))


def step_up(value: np.ndarray, softness: float) -> np.ndarray:
    """Rise from 0 to 1 where ``value`` passes zero, within about ``softness`` on either side."""
    return 0.5 * (1 + np.tanh(value / softness))


def _standardize(noise: np.ndarray) -> np.ndarray:
    return (noise - noise.mean()) / noise.std()
