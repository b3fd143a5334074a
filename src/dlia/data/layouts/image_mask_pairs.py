"""Pictures with their masks beside them: Train/image_<number>.png and Train/label_<number>.png.

What a mask may hold says ``pictures.decode_mask``.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from zipfile import ZipInfo

import numpy as np

from dlia.data.layouts import TOP_AND_PART, Drawing, EntryPlace, Sample, match
from dlia.data.offences import EntryError, Offence, offence

FORM = "Train/image_<number>.png with Train/label_<number>.png, and Test likewise"
FOLDERS = {"train": "Train", "test": "Test"}
PATTERN = re.compile(TOP_AND_PART + r"(?P<stem>(?:image|label)_[0-9]+)\.png", re.I | re.A)
MASKED = True


def place(name: str, classes: tuple[str, ...]) -> EntryPlace:
    """Give <Part>/image_<number> or <Part>/label_<number>; raises EntryError for other entries."""
    _, top, part, stem = match(PATTERN, FORM, name)
    return EntryPlace(top, f"{part}/{stem}")


def arrange(
    located: dict[str, ZipInfo], classes: tuple[str, ...], read: Callable[[ZipInfo], bytes]
) -> tuple[list[Sample], list[Offence]]:
    """Give the samples, sorted by id, and the offences of those without their partner.

    Args:
        located: Entries by their paths <Part>/image_<number> and <Part>/label_<number>.
        classes: Not needed here.
        read: Not needed here.
    """
    samples: list[Sample] = []
    offences: list[Offence] = []
    for key, info in sorted(located.items()):
        part, name = key.split("/", 1)
        role, number = name.split("_")
        partner = f"{'label' if role == 'image' else 'image'}_{number}"
        if f"{part}/{partner}" not in located:
            offences.append(offence(info, _unpaired(partner)))
        elif role == "image":
            samples.append(Sample(key, part.lower(), info, located[f"{part}/{partner}"]))
    return samples, offences


def pack(
    part: str, drawings: Iterable[Drawing], classes: list[str]
) -> Iterator[tuple[str, np.ndarray | str]]:
    """Give the files of a part of a stand-in."""
    for each in drawings:
        assert each.mask is not None
        yield f"{part}/image_{each.index + 1:02d}.png", each.pixels
        yield f"{part}/label_{each.index + 1:02d}.png", each.mask


def _unpaired(partner: str) -> EntryError:
    role = partner.split("_")[0]
    return EntryError(f"no {partner}.png beside it", cause=f"no {role}_<number>.png beside it")
