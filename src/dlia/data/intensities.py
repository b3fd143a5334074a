"""The scale of each volume's intensities."""

from typing import NamedTuple

import numpy as np

from dlia.study.settings import Input, Percentile


class IntensityScale(NamedTuple):
    """What is subtracted from the intensities of a volume, and what they are divided by then."""

    shift: float
    divisor: float

    def applied(self, values: np.ndarray) -> np.ndarray:
        """Give scaled intensities, float32."""
        return (values.astype(np.float32) - np.float32(self.shift)) / np.float32(self.divisor)


def scale_of(volume: np.ndarray, settings: Input) -> IntensityScale:
    """Measure the scale of a volume; of one that is 0 everywhere, nothing is scaled.

    Args:
        volume: Its slices (n, H, W).
        settings: The ``input`` block of a variant.
    """
    if settings.scaling is None:
        return IntensityScale(0.0, settings.divide_by)
    inside = volume[volume > 0]
    if not inside.size:
        return IntensityScale(0.0, 1.0)
    if isinstance(settings.scaling, Percentile):
        return IntensityScale(0.0, float(np.percentile(inside, settings.scaling.percentile)))
    return IntensityScale(float(inside.mean()), float(inside.std()) or 1.0)
