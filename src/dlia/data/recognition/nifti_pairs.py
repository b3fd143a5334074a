"""Volumes in the NIfTI form, each with a segmentation that a word in its path tells."""

from collections import Counter

import numpy as np

from dlia.data.nifti import decode_nifti
from dlia.data.offences import EntryError
from dlia.data.recognition.pairs import paired
from dlia.data.recognition.proposal import Proposal, Question, UnknownLayoutError
from dlia.data.recognition.survey import Survey
from dlia.data.recognition.templates import PathPair, of_pairs
from dlia.study.path_template import Template

NIFTI_SUFFIXES = (".nii", ".nii.gz")
_FEWEST = 3  # one for each part
_SHARE = 5  # of so many volumes one is for testing, and one for validation
_MOST_CLASSES = 9


def recognise(survey: Survey) -> Proposal:
    """Propose ``nifti_volumes``.

    Raises:
        UnknownLayoutError: There are no volumes with segmentations, or too few.
    """
    paths = survey.ending(*NIFTI_SUFFIXES)
    pairs = paired(paths)
    if len(pairs) < _FEWEST:
        raise UnknownLayoutError(
            f"{len(paths)} NIfTI files, and {len(pairs)} pairs of a volume and a segmentation"
            if paths
            else "no NIfTI files"
        )
    forms = of_pairs(pairs, "volume")
    images, segmentations = forms.get("") or forms.get("train") or next(iter(forms.values()))
    names = _names(pairs, images)
    shapes, values = _look(survey, pairs, names)
    (shape, _), *_ = Counter(shapes.values()).most_common(1)
    used = [name for name in names if shapes.get(name) == shape]
    if len(used) < _FEWEST:
        raise UnknownLayoutError("fewer than three volumes have slices of one size")
    if len(values) > _MOST_CLASSES:
        raise UnknownLayoutError(f"segmentations have {len(values)} numbers, which are no classes")
    held = max(len(used) // _SHARE, 1)
    layout: dict[str, object] = {
        "name": "nifti_volumes",
        "images": images,
        "segmentations": segmentations,
        "train": used[: -2 * held],
        "validation": used[-2 * held : -held],
        "test": used[-held:],
        "labels": values,
    }
    seen = [f"{len(used)} volumes with slices of {shape[0]}x{shape[1]} voxels, each segmented"]
    questions = []
    if others := _left_out(paths, pairs, images, names, used):
        layout["left_out"] = others
        seen.append(f"{len(others)} volumes without segmentation, of another size, or unreadable")
    if values[0] == 0 and len(values) > 2:
        classes = [f"class {value}" for value in values[1:]]
        text = (
            "Is 0 the background? It is taken as a class of its own. If voxels of it should not "
            "count, replace labels and classes by these lines:"
        )
        lines = (
            "ignored: [0]",
            f"labels: {values[1:]}",
            f"classes: [{', '.join(classes)}]  # in data",
        )
        questions.append(Question(text, lines))
    names_of = ["background" if value == 0 else f"class {value}" for value in values]
    return Proposal(
        "volume_segmentation", layout, names_of, [], seen, shape=shape, questions=questions
    )


def _names(pairs: list[PathPair], images: str) -> list[str]:
    template = Template(images)
    found = [template.values(image).get("volume", "") for image, _ in pairs]
    if "" in found or len({*found}) < len(found):
        raise UnknownLayoutError("the names of volumes are not clear from their paths")
    return found


def _look(
    survey: Survey, pairs: list[PathPair], names: list[str]
) -> tuple[dict[str, tuple[int, int]], list[int]]:
    """Return the shape of the slices of each volume, and the numbers in all segmentations."""
    shapes: dict[str, tuple[int, int]] = {}
    values: set[int] = set()
    refused: list[str] = []
    for name, (image, segmentation) in zip(names, pairs, strict=True):
        try:
            shape = _numbers(survey, image).shape
            numbers = _numbers(survey, segmentation, whole=True)
            if numbers.shape != shape:
                sides = " has {}x{}x{} voxels, and its volume has {}x{}x{}"
                raise UnknownLayoutError(segmentation + sides.format(*numbers.shape, *shape))
        except UnknownLayoutError as reason:
            refused.append(str(reason))
            continue
        shapes[name] = shape[0], shape[1]
        values.update(np.unique(numbers).tolist())
    if not shapes:
        raise UnknownLayoutError(f"no volume can be used: {refused[0]}")
    if len(values) < 2 or min(values) < 0 or max(values) > 255:
        few = ", ".join(map(str, sorted(values)[:_MOST_CLASSES]))
        raise UnknownLayoutError(f"segmentations have no classes from 0 to 255: {few}")
    return shapes, sorted(values)


def _numbers(survey: Survey, path: str, whole: bool = False) -> np.ndarray:
    try:
        return decode_nifti(survey.read(path), whole).numbers
    except EntryError as reason:
        raise UnknownLayoutError(f"{path} {reason}") from None


def _left_out(
    paths: list[str], pairs: list[PathPair], images: str, names: list[str], used: list[str]
) -> list[str]:
    """Return the names of the volumes that no part has, also those without a segmentation."""
    template, known = Template(images), {path for pair in pairs for path in pair}
    alone = [template.values(path).get("volume", "") for path in paths if path not in known]
    return sorted({*names, *alone} - {*used, ""})
