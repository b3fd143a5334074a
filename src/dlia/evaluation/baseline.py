"""What answers without learning reach."""

from typing import NamedTuple

import numpy as np


class Baseline(NamedTuple):
    """What answers without learning reach on a part of the data.

    Attributes:
        mean: The metric of the trivial baseline.
        images: The metric of single images, (answers, images), of every answer that is the same for
            all pixels; None if single images have no metric.
        classes: The metric of every class, by its number from 1, of the answer that calls
            everything this class; none if classes have no metric of their own.
    """

    mean: float
    images: np.ndarray | None = None
    classes: tuple[float, ...] = ()
