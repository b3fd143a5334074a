"""What answers without learning reach."""

from typing import NamedTuple

import numpy as np


class Baseline(NamedTuple):
    """What answers without learning reach on the test images.

    Attributes:
        mean: The metric of the trivial baseline.
        images: The metric of single images, (answers, images), of every answer that is the same for
            all pixels; None if single images have no metric.
    """

    mean: float
    images: np.ndarray | None = None
