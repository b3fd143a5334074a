"""What an archive looks like whose files are not where its layout expects them."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

_SPELT_OTHERWISE = re.compile(r"(train|test|valid)[a-z]*([ _-].*)?|val", re.I)


def advice_on_misplaced(names: Sequence[str], classes: Sequence[str]) -> str:
    """Say in one sentence or two what an archive looks like, and what to do.

    Args:
        names: The paths of the files that are misplaced, at least one.
        classes: The study's classes.
    """
    suffixes = Counter(PurePosixPath(name).suffix.lower() or "no suffix" for name in names)
    folders = [PurePosixPath(name).parts[:-1] for name in names]
    all_folders = list(dict.fromkeys(folder for above in folders for folder in above))
    if suffixes[".zip"] > len(names) / 2:
        return "It looks like an archive within an archive: unpack it, and use the inner one."
    if sum(suffixes[suffix] for suffix in (".png", ".jpg", ".jpeg")) < len(names) / 2:
        found = ", ".join(f"{suffix} ({count})" for suffix, count in suffixes.most_common(3))
        return (
            f"Its files end in {found}, not in .png or .jpg: it looks like another release of the "
            "data. Use the course's archive."
        )
    parts = [each for each in all_folders if each.lower() in ("train", "test")]
    spelt = [each for each in all_folders if each not in parts and _SPELT_OTHERWISE.fullmatch(each)]
    if spelt:
        return (
            f"Its folders are called {', '.join(spelt[:4])}: the folders of the two parts must be "
            "called Train and Test, and there must be no other."
        )
    if parts:
        above = max((each[: each.index(parts[0])] for each in folders if parts[0] in each), key=len)
        if len(above) > 1:
            return f"{parts[0]} lies too deep, below {'/'.join(above)}: pack the folder above it."
        return f"The files below {parts[0]} have other names than those of the course's archive."
    if {each.lower() for each in all_folders} & {name.lower() for name in classes}:
        return (
            "It has the folders of the classes, but no folders Train and Test above them: divide "
            "the pictures as the course does, into Train/<class>/ and Test/<class>/."
        )
    return "It looks like the archive of another data set."
