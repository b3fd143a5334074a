"""The shape that a network sees. A change here retrains, which one in the settings would not."""

from dlia.study.settings import Input

Shape = tuple[int, int, int]


def input_shape(settings: Input, stored: Shape) -> Shape:
    """Return channels, height and width of a network's input.

    Args:
        settings: The ``input`` block of a variant.
        stored: Channels, height and width of the images on disk.
    """
    if settings.crop is None:
        return stored
    height, width = settings.crop
    return stored[0], height, width
