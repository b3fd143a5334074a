"""Photographs with a file of boxes each (XML), as in PASCAL VOC."""

import re
from collections.abc import Callable

from dlia.data.layouts.voc import classes_in
from dlia.data.offences import EntryError
from dlia.data.recognition.proposal import Proposal, UnknownLayoutError
from dlia.data.recognition.shares import TEST_SHARE
from dlia.data.recognition.survey import Survey, folders_of, part_of, stem_of
from dlia.data.recognition.templates import PathPair, of_pairs

_LISTS = (".txt", ".csv")


def recognise(survey: Survey) -> Proposal:
    """Propose ``voc``.

    Raises:
        UnknownLayoutError: No photograph has an XML file of its name.
    """
    described = {stem_of(path): path for path in survey.ending(".xml")}
    pairs = [(p, described[stem_of(p)]) for p in survey.images if stem_of(p) in described]
    if not pairs:
        raise UnknownLayoutError("no XML files named as images")
    pairs = _of_one_folder(pairs)
    forms = of_pairs(pairs)
    if {*forms} != {""}:
        raise UnknownLayoutError("XML files in a folder for each part; convert them to COCO files")
    images, annotations = forms[""]
    layout: dict[str, object] = {"name": "voc", "images": images, "annotations": annotations}
    # Those in ImageSets/Main, and not those of another task beside them, where there are such.
    paths = sorted(survey.ending(*_LISTS), key=lambda path: "/Main/" in f"/{path}")
    lists = {part_of(stem_of(path)): path for path in paths}
    seen = [f"{len(pairs)} photographs with an XML file each"]
    if test := lists.get("test") or lists.get("validation"):
        layout["test"] = test
        if "test" not in lists:
            seen.append("the validation part is taken as the test part")
        elif "validation" in lists:
            layout["validation"] = lists["validation"]
    else:
        layout["test_share"] = TEST_SHARE
    names: set[str] = set().union(*(_found(survey, path, classes_in) for _, path in pairs))
    if "train" in lists:
        # PASCAL VOC has photographs of other tasks, in which not every object has a box.
        listed = set().union(*(_found(survey, path, _listed) for path in lists.values()))
        if others := sum(stem_of(photograph) not in listed for photograph, _ in pairs):
            seen.append(f"in no list: {others} of them, which count as training photographs")
    if not names:
        raise UnknownLayoutError("the XML files have no objects")
    return Proposal("detection", layout, sorted(names), [one for one, _ in pairs], seen)


def _found(survey: Survey, path: str, look: Callable[[bytes], set[str]]) -> set[str]:
    try:
        return look(survey.read(path))
    except EntryError as reason:
        raise UnknownLayoutError(f"{path} {reason}") from None


def _listed(data: bytes) -> set[str]:
    return set(map(stem_of, re.split(r"[\s,;]+", data.decode("utf-8", "replace"))))


def _of_one_folder(pairs: list[PathPair]) -> list[PathPair]:
    """Keep the photographs where masks have their names, too, as in the trees of PASCAL VOC.

    Args:
        pairs: Images with the XML files of their names.

    Raises:
        UnknownLayoutError: No one folder has an image for each of these XML files.
    """
    files = {two for _, two in pairs}
    if len(pairs) == len(files):
        return pairs
    for folder in dict.fromkeys(folders_of(one) for one, _ in pairs):
        own = [(one, two) for one, two in pairs if folders_of(one) == folder]
        if len(own) == len(files) == len({two for _, two in own}):
            return own
    raise UnknownLayoutError("several images have the name of one XML file")
