"""Finds the layout of an archive that no study describes.

Recognisers are tried in the order of ``RECOGNISERS``: the one that is the surest of what it finds
comes first. Each says why an archive is none of its own.
"""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from dlia.data import archives
from dlia.data.offences import NOT_EXPECTED, EntryError, Offence, printable, unusable
from dlia.data.photographs import decode_photograph
from dlia.data.pictures import decode_picture, size_of
from dlia.data.recognition import (
    box_tables,
    class_folders,
    coco_files,
    label_tables,
    masked_images,
    nifti_pairs,
    voc_files,
)
from dlia.data.recognition.image_facts import ImageFacts, image_facts
from dlia.data.recognition.nifti_pairs import NIFTI_SUFFIXES
from dlia.data.recognition.proposal import Proposal, Question, UnknownLayoutError
from dlia.data.recognition.survey import MOST_PIXELS, Survey, evenly, folders_of, suffix_of
from dlia.data.unpack import Layout, arrange
from dlia.errors import UserError, listing
from dlia.study.path_template import SUFFIXES

RECOGNISERS: dict[str, Callable[[Survey], Proposal]] = {
    "NIfTI volumes with segmentations": nifti_pairs.recognise,
    "COCO files": coco_files.recognise,
    "VOC files": voc_files.recognise,
    "tables of boxes": box_tables.recognise,
    "images with masks": masked_images.recognise,
    "tables of classes": label_tables.recognise,
    "folders of classes": class_folders.recognise,
}
_REFUSED = "Convert them, move them away, or name them under unused."
_KINDS = 5  # of files, that are named
_TRIED = 24  # images that are decoded


@dataclass(frozen=True)
class Recognised:
    """What was found in an archive.

    Attributes:
        kind: The name of the recogniser.
        proposal: How it could be read.
        facts: The sizes and colours of its images; None of volumes.
    """

    kind: str
    proposal: Proposal
    facts: ImageFacts | None


def look_at(path: Path) -> Recognised:
    """Look at an archive, or at the folder that unpacking it has made.

    Raises:
        UserError: It cannot be used at all, or no recogniser knows its layout.
    """
    with archives.open_archive(path) as opened:
        entries, offences = archives.checked_entries(opened)
        if offences:
            raise unusable(path, offences)
        survey = Survey.of(opened, entries)
        kind, proposal = _recognised(path, survey)
        facts = image_facts(survey, proposal.images) if proposal.images else None
        if facts and not facts.sizes:
            raise unusable(path, facts.damaged)
        read = partial(archives.read_entry, opened)
        _, offences = arrange(entries, _layout(proposal), read)
        complete = _with_unused(survey, proposal, offences)
        if complete != proposal:
            _, offences = arrange(entries, _layout(complete), read)
        proposal = complete
        questions = [*proposal.questions, *_refused(survey, proposal, facts, offences)]
        return Recognised(kind, replace(proposal, questions=questions), facts)


def _recognised(path: Path, survey: Survey) -> tuple[str, Proposal]:
    reasons = []
    for kind, recognise in RECOGNISERS.items():
        try:
            return kind, recognise(survey)
        except UnknownLayoutError as reason:
            reasons.append(f"{kind}: {reason}")
    raise UserError(
        f"{path}: its layout is not recognised. What it is not, and why:\n{listing(reasons)}\n"
        f"It holds {_content(survey)}. Images are files that end in {', '.join(SUFFIXES)}.\n"
        "Rename folders so that it is one of these, or write the study yourself (docs/studies.md)."
    )


def _content(survey: Survey) -> str:
    """Say how many files of each kind there are; of many kinds, the most frequent."""
    counts = Counter(suffix_of(path).lower() or "no suffix" for path in survey.files)
    shown = [f"{count} {suffix}" for suffix, count in counts.most_common(_KINDS)]
    return printable(", ".join([*shown, *(["..."] if len(counts) > _KINDS else [])]) or "nothing")


def _layout(proposal: Proposal, channels: int = 1) -> Layout:
    kind = str(proposal.layout["name"])
    return Layout(
        kind, proposal.shape or (1, 1), channels, tuple(proposal.classes), proposal.layout
    )


def _with_unused(survey: Survey, proposal: Proposal, offences: list[Offence]) -> Proposal:
    """Name what the layout does not need: other kinds of files, and folders of other images.

    Nothing says what the images in these folders show, as in the test part of a competition.
    """
    others = {suffix_of(each.name).lower() for each in offences if not _is_image(each.name)}
    patterns = sorted(f"*{suffix}" for suffix in others - {""})
    used = {folders_of(path) for path in proposal.images}
    refused = {each.name for each in offences if each.reason.startswith(NOT_EXPECTED)}
    counts = Counter(
        "/".join(folders_of(path))
        for path in survey.images
        if survey.files[path].orig_filename in refused and folders_of(path) not in used
    )
    seen = [
        f"{count} images in {folder or 'no folder'} are not used: nothing says what they show"
        for folder, count in counts.items()
    ]
    patterns += [f"{folder}/*" for folder in counts if folder]
    known = proposal.layout.get("unused", [])
    assert isinstance(known, list)
    if not patterns:
        return proposal
    layout = proposal.layout | {"unused": [*known, *patterns]}
    return replace(proposal, layout=layout, seen=[*proposal.seen, *seen])


def _is_image(name: str) -> bool:
    return name.lower().endswith((*SUFFIXES, *NIFTI_SUFFIXES))


def _refused(
    survey: Survey, proposal: Proposal, facts: ImageFacts | None, offences: list[Offence]
) -> list[Question]:
    """Say what the build would refuse, once for each cause."""
    offences = [*offences]
    pixels = 0
    for path in evenly(proposal.images, _TRIED):
        if pixels > MOST_PIXELS:
            break
        assert facts is not None
        try:
            data = survey.read(path)
            pixels += math.prod(size_of(data))
            if proposal.task == "detection":
                decode_photograph(data, 3)
            else:
                decode_picture(data, facts.middle, facts.channels, "nearest", grey_jpeg=True)
        except EntryError as reason:
            offences.append(Offence(path, str(reason), reason.cause, reason.advice))
    by_cause: dict[str, list[Offence]] = {}
    for each in offences:
        by_cause.setdefault(each.cause, []).append(each)
    return [
        Question(
            f"The build will refuse {len(members)} of the files that were looked at, such as "
            f"{members[0]}. {members[0].advice or _REFUSED}"
        )
        for members in by_cause.values()
    ]
