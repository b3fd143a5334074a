"""The shape that a network sees. A change here retrains, which one in the settings would not."""

from dlia.study.settings import Input

Shape = tuple[int, int, int]


def input_shape(_settings: Input, stored: Shape) -> Shape:
    """Return channels, height and width of a network's input.

    Today they are those of the images on disk; a crop or a resize of ``input`` is to be made here.

    Args:
        _settings: The ``input`` block of a variant.
        stored: Channels, height and width of the images on disk.
    """
    return stored
