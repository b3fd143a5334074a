"""What lies in an archive: paths, sizes and contents, for the recognisers of layouts."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar
from zipfile import ZipInfo

from dlia.data.archives import Archive, read_entry
from dlia.study.path_template import ANY_SUFFIX, SUFFIXES

Listed = TypeVar("Listed")
_PACKED = ".nii"  # before .gz
MOST_PIXELS = 100_000_000  # that are decoded to look at images; at least one is
MOST_READ = 300  # entries whose content is looked at, spread evenly, where all would take long

_PART_WORDS = {
    "train": ("train", "training", "trn", "learn", "tr"),
    "validation": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing", "tst", "exam", "eval", "evaluation", "ts"),
}
_PART_OF = {word: part for part, words in _PART_WORDS.items() for word in words}


@dataclass(frozen=True)
class Survey:
    """The files of an archive.

    Attributes:
        archive: The open archive.
        files: The entries by their paths below the top folder, sorted.
    """

    archive: Archive
    files: dict[str, ZipInfo]

    @classmethod
    def of(cls, archive: Archive, entries: Sequence[ZipInfo]) -> "Survey":
        """Look at the entries, of which a top folder that all share (or two alike) is left out."""
        paths = [entry.filename.split("/") for entry in entries]
        shared = 0
        if len({path[0] for path in paths}) == 1 and all(len(path) > 1 for path in paths):
            shared = 1
            if all(len(path) > 2 and path[1] == path[0] for path in paths):
                shared = 2
        found = {"/".join(path[shared:]): e for path, e in zip(paths, entries, strict=True)}
        return cls(archive, dict(sorted(found.items())))

    def read(self, path: str) -> bytes:
        """Read a file; raises EntryError if it is damaged."""
        return read_entry(self.archive, self.files[path])

    def ending(self, *suffixes: str) -> list[str]:
        """Return the paths that end so, whatever their case."""
        return [path for path in self.files if path.lower().endswith(suffixes)]

    @cached_property
    def images(self) -> list[str]:
        """The paths of images."""
        return self.ending(*SUFFIXES)


def evenly(items: Sequence[Listed], most: int = MOST_READ) -> list[Listed]:
    """Return at most so many of the items, spread evenly."""
    step = max(len(items) / most, 1)
    return [items[int(number * step)] for number in range(min(len(items), most))]


def suffix_of(path: str) -> str:
    """Return the suffix of a file; of two (.nii.gz), both."""
    stem, dot, end = path.rpartition("/")[2].rpartition(".")
    if not end:
        return ""
    packed = stem[-len(_PACKED) :] if stem.lower().endswith(_PACKED) else ""
    return f"{packed}{dot}{end}" if dot else ""


def commonest_suffix(paths: Iterable[str]) -> str:
    """Return the suffix that most paths have, in lower case; "" without any."""
    counts = Counter(suffix_of(path).lower() for path in paths)
    return min(counts, key=lambda suffix: (-counts[suffix], suffix), default="")


def ending(paths: Sequence[str]) -> str:
    """Return how a path with placeholders ends: as most do, or in .* if several end as images."""
    found = Counter(suffix_of(path).lower() for path in paths)
    if len(found) > 1 and {*found} <= {*SUFFIXES}:
        return ANY_SUFFIX
    return commonest_suffix(paths)


def stem_of(path: str) -> str:
    """Return the name of a file without its suffix."""
    name = path.rpartition("/")[2]
    return name.removesuffix(suffix_of(name))


def folders_of(path: str) -> tuple[str, ...]:
    """Return the folders above a file."""
    return tuple(path.split("/")[:-1])


def part_of(word: str) -> str:
    """Return the part that a word means (train, validation or test), or ""."""
    return _PART_OF.get(re.sub(r"[^a-z]", "", word.lower()), "")


def tokens(text: str) -> list[str]:
    """Return the words and numbers of a name, in lower case."""
    return re.findall(r"[a-z]+|[0-9]+", text.lower())


def part_in(path: str) -> str:
    """Return the part that a word anywhere in a path means, or ""."""
    return next((part for word in tokens(path) if (part := part_of(word))), "")
