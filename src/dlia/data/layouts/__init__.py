"""Ways in which the pictures of a data set lie in an archive, one module each."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import NamedTuple, Protocol
from zipfile import ZipInfo

import numpy as np

from dlia.data.boxes import Annotated, Box
from dlia.data.offences import NOT_EXPECTED, EntryError, Offence
from dlia.study.path_template import TOP, Template, spelt

TOP_AND_PART = TOP + r"(?P<part>train|test)/"


@dataclass(frozen=True)
class Sample:
    """One picture.

    Attributes:
        id: Its name in the data set; begins with its part, and with its class if it has one.
        part: train or test.
        picture: Its entry.
        target: The index of its class, the entry of its mask, or its boxes.
        group: The track, volume, patient or sequence that it belongs to; "" if that is unknown.
        row: The number of its picture among those in the entry, from 0; None if that has only one.
        more: The entries of further masks, which are one with that of ``target``.
    """

    id: str
    part: str
    picture: ZipInfo
    target: int | ZipInfo | Annotated
    group: str = ""
    row: int | None = None
    more: tuple[ZipInfo, ...] = ()

    @property
    def file(self) -> str:
        """The name of its entry, with its number if there are others in it."""
        number = "" if self.row is None else f"[{self.row}]"
        return self.picture.filename + number


@dataclass(frozen=True)
class Drawing:
    """One picture of a stand-in.

    Attributes:
        label: The index of its class; 0 if it has a mask.
        index: Its number among those of its class and part, from 0.
        group: The number of its group among those of its class and part, from 0.
        pixels: uint8, (H, W) or (H, W, 3).
        mask: The same, (H, W), as a file holds it; None if it has a class or boxes.
        boxes: The boxes around its objects, if it has them.
    """

    label: int
    index: int
    group: int
    pixels: np.ndarray
    mask: np.ndarray | None
    boxes: tuple[Box, ...] = ()


class EntryPlace(NamedTuple):
    """Where an entry lies.

    Attributes:
        top: The folders above the data set, in lower case.
        path: Its canonical path below them; it begins with Train/ or Test/ if it is a picture.
    """

    top: str
    path: str


class LayoutModule(Protocol):
    """What a layout has: its module, or the object that ``Layout`` in its module makes.

    Attributes:
        FORM: The paths of entries, for people.
        FOLDERS: The folder of each part, for people.
        MASKED: Whether a picture comes with a mask, and not with a class.
    """

    FORM: str
    FOLDERS: Mapping[str, str]
    MASKED: bool

    def place(self, name: str, classes: tuple[str, ...]) -> EntryPlace | None:
        """Give the place of the entry ``name``, or None if the layout does not need it.

        Raises:
            EntryError: The layout has no such entries.
        """

    def arrange(
        self,
        located: dict[str, ZipInfo],
        classes: tuple[str, ...],
        read: Callable[[ZipInfo], bytes],
    ) -> tuple[list[Sample], list[Offence]]:
        """Give the samples that entries form, by their canonical paths, and the offences."""

    def pack(
        self, part: str, drawings: Iterable[Drawing], classes: list[str]
    ) -> Iterator[tuple[str, np.ndarray | str | bytes]]:
        """Give the files of a part of a stand-in: their paths below its top, and their content."""


class SeveralInAnEntry(LayoutModule, Protocol):
    """What a layout has whose entries have several pictures each; one of ``SEVERAL``."""

    def images_in(self, data: bytes) -> np.ndarray:
        """Decode the pictures of an entry, uint8 (N, H, W) or (N, H, W, 3).

        Raises:
            EntryError: It is damaged.
        """

    def count(self, entries: Iterable[ZipInfo], read: Callable[[ZipInfo], bytes]) -> int:
        """Count the pictures of all entries."""


class Preparing(LayoutModule, Protocol):
    """What a layout has that prepares its images and masks by a rule of its own."""

    def prepared(
        self, sample: Sample, read: Callable[[ZipInfo], bytes], size: tuple[int, int]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return an image, uint8 (H, W) or (H, W, 3), and its mask of class indices (H, W).

        Raises:
            EntryError: A file is damaged or of another kind.
        """


def match(pattern: re.Pattern[str], form: str, name: str) -> tuple[re.Match[str], str, str, str]:
    """Match the ``name`` of an entry with the ``pattern`` of a layout of folders Train and Test.

    Returns:
        The match, and its top folders, its part ("Train") and its stem as they are compared.

    Raises:
        EntryError: It does not match.
    """
    found = pattern.fullmatch(name)
    if found is None:
        raise EntryError(f"{NOT_EXPECTED}; only {form}")
    top = name[: found.start("part")].lower()
    return found, top, found["part"].capitalize(), spelt(found["stem"])


def pass_over(name: str, unused: Iterable[str], form: str) -> None:
    """Accept the ``name`` of an entry that is neither an image nor what belongs to one.

    Args:
        name: Its path.
        unused: The patterns of files that the study does not need.
        form: The paths of entries, for people.

    Raises:
        EntryError: No pattern fits.
    """
    path = PurePosixPath(name.lower())
    if not any(path.match(pattern.lower()) for pattern in unused):
        raise EntryError(f"{NOT_EXPECTED}; only {form}")


def group_of(group: Template, values: Mapping[str, str]) -> str:
    """Give the group of an image by the placeholders of its path; "" if they do not tell it."""
    return group.fill(values) if values.keys() >= {*group.names} else ""


def find_layout(kind: str, options: Mapping[str, object] | None = None) -> LayoutModule:
    """Find a layout by its name in a study; raises ValueError if there is none.

    Args:
        kind: Its name.
        options: The rest of the study's ``layout`` block, if it is a block.
    """
    if not (Path(__file__).parent / f"{kind}.py").is_file():
        raise ValueError(f"no such layout: {kind}")
    module = import_module(f"dlia.data.layouts.{kind}")
    found: LayoutModule = module.layout_of(options) if options else module
    return found
