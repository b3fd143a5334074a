"""Ways in which the pictures of a data set lie in an archive, one module each."""

import re
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol
from zipfile import ZipInfo

from dlia.data.offences import Offence

# Packing the folder that an archive was unpacked into doubles the top folder.
TOP_AND_PART = r"(?:(?P<top>[^/]+)/(?:(?P=top)/)?)?(?P<part>train|test)/"


@dataclass(frozen=True)
class Sample:
    """One picture.

    Attributes:
        id: Its name in the data set; begins with its part, and with its class if it has one.
        part: train or test.
        picture: Its entry.
        target: The index of its class, or the entry of its mask.
        group: The track, volume, patient or sequence that it belongs to; "" if that is unknown.
    """

    id: str
    part: str
    picture: ZipInfo
    target: int | ZipInfo
    group: str = ""


class LayoutModule(Protocol):
    """What a layout's module has.

    Attributes:
        FORM: The path of an entry, for people.
        PATTERN: The same, with the groups ``part`` and ``stem``, behind ``TOP_AND_PART``.
        MASKED: Whether a picture comes with a mask, and not with a class.
    """

    FORM: str
    PATTERN: re.Pattern[str]
    MASKED: bool

    def place(self, found: re.Match[str], stem: str, classes: tuple[str, ...]) -> str:
        """Give the canonical path of an entry below its part; raises EntryError if it has none."""

    def arrange(
        self, located: dict[str, ZipInfo], classes: tuple[str, ...]
    ) -> tuple[list[Sample], list[Offence]]:
        """Give the samples that entries form, by their canonical paths, and the offences."""


def find_layout(kind: str) -> LayoutModule:
    """Find a layout's module by its name in a study; raises ValueError if there is none."""
    if not (Path(__file__).parent / f"{kind}.py").is_file():
        raise ValueError(f"no such layout: {kind}")
    found: LayoutModule = import_module(f"dlia.data.layouts.{kind}")
    return found
