"""Images and masks that no word tells apart: the masks have few colours."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import permutations

from dlia.data.offences import EntryError
from dlia.data.pictures import FORMATS
from dlia.data.plain_formats import opened
from dlia.data.recognition.survey import MOST_PIXELS, Survey, evenly, folders_of, suffix_of
from dlia.data.recognition.templates import PathPair

_LOOKED_AT = 12
_FEW = 40  # colours of a mask
_FEWEST_PIXELS = 8  # for each colour: a tiny image has few of them, too


def are_masks(survey: Survey, pairs: Sequence[PathPair]) -> bool:
    """Return whether the second images of pairs have few colours each, and a first one many."""
    few = [_few(survey, second) for _, second in evenly(pairs, _LOOKED_AT)]
    return all(few) and not all(_few(survey, first) for first, _ in evenly(pairs, _LOOKED_AT))


def masks_among(survey: Survey, classes: Sequence[Sequence[str]]) -> str:
    """Return an image of a class that may be a mask of another class's image; "" without any.

    Args:
        survey: The archive.
        classes: The images of each class.
    """
    names = [sorted({path.rpartition("/")[2] for path in paths}) for paths in classes]
    if any(each != names[0] for each in names):
        return ""
    ordered = [sorted(paths, key=lambda path: path.rpartition("/")[2]) for paths in classes]
    for one, two in permutations(ordered, 2):
        if len(one) == len(two) and are_masks(survey, list(zip(one, two, strict=True))):
            return two[0]
    return ""


def paired_by_colours(survey: Survey) -> list[PathPair]:
    """Pair images of one name in two folders, or with two suffixes, if one side has few colours."""
    for key_of in _ways(survey.images):
        found: dict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
        for path in survey.images:
            side, key = key_of(path)
            found[key][side] = path
        sides = sorted({side for members in found.values() for side in members})
        if any(len(members) != len(sides) for members in found.values()):
            continue
        pairs = [(members[sides[0]], members[sides[1]]) for members in found.values()]
        for tried in (pairs, [(two, one) for one, two in pairs]):
            if are_masks(survey, tried):
                return sorted(tried)
    return []


def _ways(paths: Sequence[str]) -> Iterator[Callable[[str], tuple[str, tuple[str, ...]]]]:
    """Yield what tells two sides: a level of folders with two names, or two suffixes."""
    folders = [folders_of(path) for path in paths]
    if len({len(each) for each in folders}) == 1:
        for level, values in enumerate(zip(*folders, strict=True)):
            if len({*values}) == 2:
                yield lambda path, level=level: (  # type: ignore[misc]
                    folders_of(path)[level],
                    (
                        *(f for n, f in enumerate(folders_of(path)) if n != level),
                        path.rpartition("/")[2].removesuffix(suffix_of(path)),
                    ),
                )
    if len({suffix_of(path) for path in paths}) == 2:
        yield lambda path: (suffix_of(path), (path.removesuffix(suffix_of(path)),))


def _few(survey: Survey, path: str) -> bool:
    """Return whether an image has few colours for its size."""
    try:
        with opened(survey.read(path), FORMATS) as image:
            pixels = math.prod(image.size)
            if pixels * _LOOKED_AT > MOST_PIXELS:
                return False
            return image.getcolors(min(_FEW, max(pixels // _FEWEST_PIXELS, 2))) is not None
    except (EntryError, OSError, SyntaxError, ValueError):
        return False
