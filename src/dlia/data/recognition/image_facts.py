"""The sizes and colours of images, and whether a build could read them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dlia.data.offences import EntryError, Offence, offence
from dlia.data.pictures import FORMATS
from dlia.data.plain_formats import opened
from dlia.data.recognition.survey import Survey, evenly

_GREY = ("1", "L", "P", "I", "I;16", "I;16B", "LA")


@dataclass(frozen=True)
class ImageFacts:
    """What the headers of images say.

    Attributes:
        sizes: Height and width of each image that was looked at.
        channels: 1 or 3, as most have.
        damaged: What cannot be opened.
    """

    sizes: list[tuple[int, int]]
    channels: int
    damaged: list[Offence]

    @property
    def equal(self) -> bool:
        """Whether all images have one size."""
        return len({*self.sizes}) == 1

    @property
    def middle(self) -> tuple[int, int]:
        """The median height and width."""
        heights, widths = (sorted(sides) for sides in zip(*self.sizes, strict=True))
        return heights[len(heights) // 2], widths[len(widths) // 2]


def image_facts(survey: Survey, paths: Sequence[str]) -> ImageFacts:
    """Read the headers of images; of many, of some that are evenly spread."""
    sizes: list[tuple[int, int]] = []
    kinds: Counter[int] = Counter()
    damaged: list[Offence] = []
    for path in evenly(paths):
        try:
            with opened(survey.read(path), FORMATS) as image:
                sizes.append((image.height, image.width))
                kinds[1 if image.mode in _GREY else 3] += 1
        except EntryError as reason:
            damaged.append(offence(survey.files[path], reason))
    return ImageFacts(sizes, 1 if kinds[1] > kinds[3] else 3, damaged)
