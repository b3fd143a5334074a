"""From paths to one form of a path with placeholders."""

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

from dlia.data.recognition.proposal import UnknownLayoutError
from dlia.data.recognition.survey import ending, evenly, folders_of, part_of, stem_of

_SEPARATORS = "_-. "
PathPair = tuple[str, str]


def folder_levels(paths: Sequence[str]) -> list[set[str]]:
    """Return the values of each level of folders.

    Raises:
        UnknownLayoutError: The paths have different depths.
    """
    depths = {len(folders_of(path)) for path in paths}
    if len(depths) != 1:
        raise UnknownLayoutError("files lie at different depths of folders")
    return [set(column) for column in zip(*map(folders_of, paths), strict=True)]


def part_column(levels: Sequence[set[str]]) -> int | None:
    """Return the level whose folders are named train, test and the like; None without one."""
    for number, values in enumerate(levels):
        parts = [part_of(value) for value in values]
        if len(values) > 1 and all(parts) and len({*parts}) == len(parts):
            return number
    return None


def of_pairs(pairs: Sequence[PathPair], placeholder: str = "name") -> dict[str, tuple[str, str]]:
    """Find the paths of images and of what belongs to each, by the part ("" without parts).

    Args:
        pairs: The path of each image, and of its mask or annotations.
        placeholder: What the name that both have in common is called.

    Raises:
        UnknownLayoutError: They have no form in common.
    """
    firsts, seconds = zip(*pairs, strict=True)
    own, other = folder_levels(firsts), folder_levels(seconds)
    part = part_column(own)
    start, end, start_2, end_2 = _affixes(pairs)
    suffixes = [ending(paths) for paths in (firsts, seconds)]
    stem = f"<{placeholder}>"
    files = (f"{start}{stem}{end}{suffixes[0]}", f"{start_2}{stem}{end_2}{suffixes[1]}")
    names = _placeholders(pairs, own, other, part)
    found: dict[str, tuple[str, str]] = {}
    parts = sorted(own[part]) if part is not None else [""]
    for value in parts:
        members = [p for p in pairs if part is None or folders_of(p[0])[part] == value]
        one, two = (
            "/".join([*_folders([p[side] for p in members], names[side]), files[side]])
            for side in (0, 1)
        )
        found[part_of(value)] = one, two
    return found


def _affixes(pairs: Sequence[PathPair]) -> tuple[str, str, str, str]:
    """Return what stands before and after the common part of both names, in most pairs."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for first, second in evenly(pairs):
        one, two = stem_of(first), stem_of(second)
        match = SequenceMatcher(None, one, two, autojunk=False).find_longest_match()
        a, b, size = match.a, match.b, match.size
        while size > 1 and one[a] in _SEPARATORS:
            a, b, size = a + 1, b + 1, size - 1
        while size > 1 and one[a + size - 1] in _SEPARATORS:
            size -= 1
        counts[one[:a], one[a + size :], two[:b], two[b + size :]] += 1
    (found, _), *_ = counts.most_common(1)
    return found


def _placeholders(
    pairs: Sequence[PathPair], own: list[set[str]], other: list[set[str]], part: int | None
) -> tuple[dict[int, str], dict[int, str]]:
    """Return the levels of folders that vary with the images, with the names they get."""
    names: tuple[dict[int, str], dict[int, str]] = ({}, {})
    free = [n for n, values in enumerate(own) if len(values) > 1 and n != part]
    for count, level in enumerate(free, start=1):
        same = [
            n
            for n in range(len(other))
            if all(folders_of(one)[level] == folders_of(two)[n] for one, two in pairs)
        ]
        if not same:
            raise UnknownLayoutError("images and what belongs to them lie in unlike folders")
        called = "folder" if len(free) == 1 else f"folder{count}"
        names[0][level], names[1][same[0]] = called, called
    return names


def _folders(paths: Sequence[str], names: dict[int, str]) -> list[str]:
    levels = folder_levels(paths)
    found = []
    for number, values in enumerate(levels):
        if number in names:
            found.append(f"<{names[number]}>")
        elif len(values) == 1:
            found += values
        else:
            raise UnknownLayoutError("images and what belongs to them lie in unlike folders")
    return found
