"""Pictures in one folder for each class: Train/<class>/<name>.png, and Test likewise."""

import re
from zipfile import ZipInfo

from dlia.data.layouts import TOP_AND_PART, Sample
from dlia.data.offences import EntryError, Offence

FORM = "Train/<class>/<name>.png"
PATTERN = re.compile(TOP_AND_PART + r"(?P<class>[^/]+)/(?P<stem>[^/]+)\.png", re.I | re.A)
MASKED = False


def place(found: re.Match[str], stem: str, classes: tuple[str, ...]) -> str:
    """Give <class>/<name>; the class is spelt as the study spells it.

    Raises:
        EntryError: The folder is none of the classes.
    """
    for known in classes:
        if known.lower() == found["class"].lower():
            return f"{known}/{stem}"
    advice = "Other folders look like the archive of another data set."
    raise EntryError(f"its folder is none of the classes {', '.join(classes)}", advice=advice)


def arrange(
    located: dict[str, ZipInfo], classes: tuple[str, ...]
) -> tuple[list[Sample], list[Offence]]:
    """Give the samples, sorted by id, and no offences.

    Args:
        located: Entries by their paths <Part>/<class>/<name>.
        classes: Their names.
    """
    samples = []
    for key, info in sorted(located.items()):
        part, name, _ = key.split("/", 2)
        samples.append(Sample(key, part.lower(), info, classes.index(name)))
    return samples, []
