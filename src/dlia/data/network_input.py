"""From an image as it is stored to what a network sees of it: a variant's ``input`` block."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ImageShape = tuple[int, int, int]  # channels, height, width


@dataclass(frozen=True)
class NetworkInput:
    """What happens to every image on its way into a network.

    Whoever needs the shape of a network's images asks here, and nobody takes that of the stored
    ones. Nothing crops or resizes yet. What will do so states its result in ``shape``, and changes
    the pixels where a batch is made, in ``training.device_data.Part.inputs``.

    Attributes:
        divide_by: What pixels are divided by, as numbers of the type that they are stored in.
    """

    divide_by: float

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "NetworkInput":
        """Read the ``input`` block of a variant's settings."""
        return cls(divide_by=settings["input"]["divide_by"])

    def shape(self, stored: ImageShape) -> ImageShape:
        """Give channels, height and width that a network sees of an image of shape ``stored``."""
        return stored
