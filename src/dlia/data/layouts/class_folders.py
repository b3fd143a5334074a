"""Pictures in one folder for each class: Train/<class>/<name>.png, and Test likewise.

Colour pictures may be .jpg files.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from zipfile import ZipInfo

import numpy as np

from dlia.data.layouts import TOP_AND_PART, Drawing, EntryPlace, Sample, match
from dlia.data.offences import EntryError, Offence

FORM = "Train/<class>/<name>.png, and Test likewise"
FOLDERS = {"train": "Train", "test": "Test"}
PATTERN = re.compile(TOP_AND_PART + r"(?P<class>[^/]+)/(?P<stem>[^/]+)\.(?:png|jpe?g)", re.I | re.A)
MASKED = False


def place(name: str, classes: tuple[str, ...]) -> EntryPlace:
    """Give <Part>/<class>/<name>; the class is spelt as the study spells it.

    Raises:
        EntryError: It is no such entry, or its folder is none of the classes.
    """
    found, top, part, stem = match(PATTERN, FORM, name)
    for known in classes:
        if known.lower() == found["class"].lower():
            return EntryPlace(top, f"{part}/{known}/{stem}")
    advice = "Other folders look like the archive of another data set."
    raise EntryError(f"its folder is none of the classes {', '.join(classes)}", advice=advice)


def arrange(
    located: dict[str, ZipInfo], classes: tuple[str, ...], read: Callable[[ZipInfo], bytes]
) -> tuple[list[Sample], list[Offence]]:
    """Give the samples, sorted by id, and no offences.

    Args:
        located: Entries by their paths <Part>/<class>/<name>.
        classes: Their names.
        read: Not needed here.
    """
    samples = []
    for key, info in sorted(located.items()):
        part, name, _ = key.split("/", 2)
        samples.append(Sample(key, part.lower(), info, classes.index(name)))
    return samples, []


def pack(
    part: str, drawings: Iterable[Drawing], classes: list[str]
) -> Iterator[tuple[str, np.ndarray | str]]:
    """Give the files of a part of a stand-in."""
    for each in drawings:
        yield f"{part}/{classes[each.label]}/{each.index:04d}.png", each.pixels
