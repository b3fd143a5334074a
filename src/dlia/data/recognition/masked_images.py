"""Images and masks that are told apart by a word in their folders or names, or by colours."""

import math
from dataclasses import dataclass

from PIL import Image

from dlia.data.offences import EntryError
from dlia.data.pictures import check_proportions, decode_picture, size_of
from dlia.data.recognition.few_colours import are_masks, paired_by_colours
from dlia.data.recognition.pairs import are_most, paired, paired_by_name
from dlia.data.recognition.parts import with_parts
from dlia.data.recognition.proposal import RESIZE, Proposal, Question, UnknownLayoutError
from dlia.data.recognition.shares import groups_question
from dlia.data.recognition.survey import MOST_PIXELS, Survey, evenly
from dlia.data.recognition.templates import PathPair, of_pairs

_MOST_CLASSES = 12  # of a mask whose numbers are its classes
_MOST_GREYS = 40  # of a mask; more are no classes


def recognise(survey: Survey) -> Proposal:
    """Propose ``masked_files``.

    Raises:
        UnknownLayoutError: There are no pairs of images and masks.
    """
    pairs, questions = _told_apart(survey)
    jpegs = [mask for _, mask in pairs if mask.lower().endswith((".jpg", ".jpeg"))]
    if jpegs:
        raise UnknownLayoutError(
            f"{jpegs[0]} is a JPEG, which blurs the values of masks: use the original ones, as PNG"
        )
    forms = of_pairs(pairs)
    if len({masks for _, masks in forms.values()}) < len(forms):
        raise UnknownLayoutError(
            f"the masks of {', '.join(forms)} lie in one folder; give each part a folder of its own"
        )
    blocks = {part: {"images": one, "masks": two} for part, (one, two) in forms.items()}
    seen = [f"{len(pairs)} images, each with a mask"]
    layout = {"name": "masked_files"} | with_parts(blocks, seen)
    if "test" not in layout:
        (images_form, _), *_ = forms.values()
        questions += groups_question(images_form, [one for one, _ in pairs])
    values = _mask_values(survey, pairs)
    if len(values.greys) == 1 and not values.refused:
        raise UnknownLayoutError(f"all masks have one grey value alone, {values.greys[0]}")
    if values.sizes_differ:
        layout["resize"] = RESIZE
        seen.append("masks of other sizes than their images: both are resized")
    classes = _apply(values, layout, questions)
    seen.append(f"masks with the grey values {_listed(values.greys)}")
    images = [one for one, _ in pairs]
    return Proposal("segmentation", layout, classes, images, seen, questions=questions)


def _told_apart(survey: Survey) -> tuple[list[PathPair], list[Question]]:
    pairs = paired(survey.images)
    if are_most(pairs, survey.images):
        return pairs, []
    pairs = paired_by_name(survey.images)
    if are_most(pairs, survey.images) and are_masks(survey, pairs):
        return pairs, []
    pairs = paired_by_colours(survey)
    if not are_most(pairs, survey.images):
        raise UnknownLayoutError(
            "no names or folders that differ by words such as image and mask alone"
        )
    text = (
        f"{pairs[0][1]} is taken as the mask of {pairs[0][0]}, and so on: the names are alike, and "
        "these images have few colours. If they are no masks, this layout is not the right one."
    )
    return pairs, [Question(text)]


@dataclass(frozen=True)
class _Values:
    """The grey values in masks.

    Attributes:
        greys: All of them.
        counting: Whether each mask has all numbers up to its own highest.
        differing: Whether their highest numbers differ.
        refused: Why masks cannot be read.
        sizes_differ: Whether a mask has another size than its image, and the same proportions.
    """

    greys: list[int]
    counting: bool
    differing: bool
    refused: list[str]
    sizes_differ: bool


def _mask_values(survey: Survey, pairs: list[PathPair]) -> _Values:
    greys: set[int] = set()
    refused: dict[str, None] = {}
    highest: set[int] = set()
    counting, sizes_differ = True, False
    pixels = 0
    for picture, path in evenly(pairs):
        if pixels > MOST_PIXELS:
            break
        try:
            data = survey.read(path)
            size, whole = size_of(data), size_of(survey.read(picture))
            pixels += math.prod(size)
            check_proportions(size, whole)
            sizes_differ = sizes_differ or size != whole
            # np.unique sorts all pixels.
            counts = Image.fromarray(decode_picture(data, size, 1)).histogram()
            own = [grey for grey, count in enumerate(counts) if count]
        except EntryError as reason:
            refused.setdefault(f"{path}: {reason}")
            continue
        greys.update(own)
        highest.add(own[-1])
        counting = counting and own == [*range(own[0], own[0] + len(own))] and own[0] <= 1
    return _Values(sorted(greys), counting, len(highest) > 1, list(refused), sizes_differ)


def _apply(values: _Values, layout: dict[str, object], questions: list[Question]) -> list[str]:
    """Add the reading of masks to the layout, and return the classes."""
    greys = values.greys
    two = ["background", "object"]
    if values.refused:
        text = f"Some masks cannot be read ({values.refused[0]}). Convert them to grey PNG files."
        questions.append(Question(text))
    if {*greys} <= {0, 255}:
        return two
    if len(greys) == 2:
        layout["mask"] = "classes" if greys == [0, 1] else {"values": greys}
        return two
    if values.counting and values.differing:
        layout["mask"] = "nonzero"
        several = ["background", *(f"class {number}" for number in range(1, greys[-1] + 1))]
        if len(several) <= _MOST_CLASSES:
            text = (
                "The values of a mask look like numbers of objects, so that all but 0 are one "
                "class. If they are numbers of classes, replace mask and classes by these lines:"
            )
            lines = ("mask: classes", f"classes: [{', '.join(several)}]  # in data, not here")
            questions.append(Question(text, lines))
        return two
    known = [grey for grey in greys if grey != 255]
    if known == [*range(len(known))] and len(known) <= _MOST_CLASSES:
        layout["mask"] = "classes"
        if values.counting:
            text = (
                "Each mask has all these values, which are taken as the numbers of classes. If "
                "they number objects of one class, replace mask and classes by these lines:"
            )
            lines = ("mask: nonzero", f"classes: [{', '.join(two)}]  # in data, not here")
            questions.append(Question(text, lines))
        return ["background", *(f"class {number}" for number in known[1:])]
    if len(greys) <= _MOST_CLASSES:
        layout["mask"] = {"values": greys}
        return [f"value {grey}" for grey in greys]
    layout["mask"] = "nonzero"
    text = (
        f"Masks have {len(greys)} grey values, so that all but 0 are taken as one class. "
        "If they were resized or saved as JPEG, use the original masks."
    )
    if len(greys) <= _MOST_GREYS:
        text += f" The values: {_listed(greys)}"
    questions.append(Question(text))
    return two


def _listed(greys: list[int]) -> str:
    shown = ", ".join(map(str, greys[:_MOST_CLASSES]))
    return f"{shown}, ... ({len(greys)})" if len(greys) > _MOST_CLASSES else shown or "none"
