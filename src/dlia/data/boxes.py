"""Boxes around objects: on disk a flat list, in memory a row of places for every image."""

from typing import NamedTuple

import numpy as np

from dlia.data.offences import EntryError

# A row for each box, sorted by image: the row of its image, its corners in pixels, its class.
BOXES = np.dtype(
    [("image", "<i4"), *((name, "<f4") for name in ("x1", "y1", "x2", "y2")), ("class", "<i4")]
)
NO_BOX = -1  # the class in a place without a box
# Annotators round to whole pixels, and some count the first one as 1.
ROUNDING_PIXELS = 1.0


class Box(NamedTuple):
    """A box: its corners in pixels from the upper left corner of the image, and its class."""

    x1: float
    y1: float
    x2: float
    y2: float
    label: int

    def scaled(self, factor: float) -> "Box":
        """Give the box of a photograph whose lengths are multiplied by ``factor``."""
        x1, y1, x2, y2 = (factor * value for value in self[:4])
        return Box(x1, y1, x2, y2, self.label)


class Annotated(NamedTuple):
    """What annotations say of a photograph.

    Attributes:
        boxes: Those with an area.
        size: Height and width as the annotations state them; None if they do not.
        left_out: The boxes without an area, in words.
    """

    boxes: tuple[Box, ...]
    size: tuple[int, int] | None = None
    left_out: tuple[str, ...] = ()


def clipped(box: Box, size: tuple[int, int], of: str) -> Box:
    """Give a box within its image of ``size`` (height, width); rounding beyond an edge is cut off.

    Raises:
        EntryError: It lies outside; ``of`` is its class.
    """
    height, width = size
    over = max(-box.x1, -box.y1, box.x2 - width, box.y2 - height)
    if over > ROUNDING_PIXELS:
        corners = ", ".join(f"{value:g}" for value in box[:4])
        raise EntryError(
            f"its box {corners} ({of}) lies outside the photograph of {height}x{width} pixels "
            "(height x width)",
            "boxes lie outside their photographs",
        )
    xs, ys = np.clip(box[:4:2], 0, width), np.clip(box[1:4:2], 0, height)
    return Box(float(xs[0]), float(ys[0]), float(xs[1]), float(ys[1]), box.label)


def flat(boxes: list[tuple[Box, ...]]) -> np.ndarray:
    """Write the boxes of all images as one list of type ``BOXES``."""
    rows = [(image, *box) for image, own in enumerate(boxes) for box in own]
    return np.array(rows, dtype=BOXES)


def places(boxes: np.ndarray, images: int) -> np.ndarray:
    """Give every image as many places as any has boxes, and at least one.

    Args:
        boxes: A list of type ``BOXES``.
        images: How many images there are.

    Returns:
        (images, places, 5), float32: corners in pixels and class; ``NO_BOX`` and zeros in a place
        without a box.
    """
    # Boxes are sorted by image: those of an image begin where the earlier images' end.
    offsets = np.searchsorted(boxes["image"], np.arange(images + 1))
    most = int(np.diff(offsets).max(initial=1))
    found = np.zeros((images, most, 5), np.float32)
    found[..., 4] = NO_BOX
    place = np.arange(len(boxes)) - offsets[boxes["image"]]
    for number, name in enumerate(("x1", "y1", "x2", "y2", "class")):
        found[boxes["image"], place, number] = boxes[name]
    return found


def holds_boxes(targets: np.ndarray) -> bool:
    """Tell whether targets are boxes, as ``places`` gives them, and not labels or masks."""
    return targets.dtype == np.float32 and targets.shape[2:] == (5,)


def class_counts(targets: np.ndarray, classes: int) -> np.ndarray:
    """Count the boxes of each class in every image, (n, classes)."""
    labels = targets[..., 4]
    return np.stack([(labels == number).sum(axis=1) for number in range(classes)], axis=1)
