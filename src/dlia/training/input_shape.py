"""The shape that a network sees. A change here retrains, which one in the settings would not."""

from dlia.study.settings import Settings

Shape = tuple[int, int, int]


def input_shape(settings: Settings, stored: Shape) -> Shape:
    """Return channels, height and width of a network's input.

    Args:
        settings: Every setting of a variant.
        stored: Channels, height and width of the images on disk.
    """
    if settings.sampling:
        return stored[0], settings.sampling.patch, settings.sampling.patch
    if settings.input.crop is None:
        return stored
    height, width = settings.input.crop
    return stored[0], height, width
