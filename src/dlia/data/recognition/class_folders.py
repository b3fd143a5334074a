"""Images whose class is the name of their folder, or how their own name begins."""

from collections import Counter
from collections.abc import Mapping, Sequence

from dlia.data.recognition.few_colours import masks_among
from dlia.data.recognition.pairs import IMAGE_WORDS, MASK_WORDS, are_most, paired_by_name
from dlia.data.recognition.parts import with_parts
from dlia.data.recognition.proposal import Proposal, Question, UnknownLayoutError
from dlia.data.recognition.shares import beginnings, groups_question, how_many, refuse_few
from dlia.data.recognition.survey import (
    Survey,
    commonest_suffix,
    ending,
    folders_of,
    part_of,
    stem_of,
)
from dlia.data.recognition.templates import folder_levels, part_column
from dlia.study.path_template import spelt

_MOST_CLASSES = 1000
_FEWEST_IMAGES = 3  # of a class
_MOST_SIDES = 5  # folders of images and their masks


def recognise(survey: Survey) -> Proposal:
    """Propose ``labelled_files`` with the classes in the paths.

    Raises:
        UnknownLayoutError: Neither folders nor names can be classes.
    """
    paths = survey.images
    if len({len(folders_of(path)) for path in paths}) > 1:  # such as an overview beside folders
        suffix = commonest_suffix(paths)
        paths = [path for path in paths if path.lower().endswith(suffix)]
    if not paths:
        raise UnknownLayoutError("no images")
    suffix = ending(paths)
    levels = folder_levels(paths)
    part = part_column(levels)
    free = [n for n, values in enumerate(levels) if len(values) > 1 and n != part]
    names = {n: f"folder{n}" if len(free) > 2 else "folder" for n in free}
    questions = []
    if free:
        written = [folders_of(path)[free[0]] for path in paths]
        names[free[0]], file = "class", f"<name>{suffix}"
        seen = [f"{len(paths)} images in folders, whose names are taken as the classes"]
    else:
        mark, written = _beginnings(paths)
        file = f"<class>{mark}<name>{suffix}"
        seen = [f"{len(paths)} images; how their names begin is taken as the class"]
        questions.append(
            Question("Are these the classes? If not, this layout is not the right one.")
        )
    counts = Counter(map(spelt, written))
    few = min(counts.values())
    if not 2 <= len(counts) <= _MOST_CLASSES or few < _FEWEST_IMAGES:
        raise UnknownLayoutError(
            f"{len(counts)} folders or beginnings of names, with {few} images or more, are no "
            f"classes (2 to {_MOST_CLASSES}, of {_FEWEST_IMAGES} images or more)"
        )
    if any(name in MASK_WORDS for name in counts) and any(name in IMAGE_WORDS for name in counts):
        raise UnknownLayoutError(f"{_shown({*counts})} are folders of images and masks, no classes")
    seen.append(how_many(counts))
    classes = list({spelt(name): name for name in sorted(written, reverse=True)}.values())[::-1]
    by_class: dict[str, list[str]] = {}
    for path, name in zip(paths, written, strict=True):
        by_class.setdefault(name, []).append(path)
    if 2 < len(by_class) <= _MOST_SIDES and (mask := masks_among(survey, [*by_class.values()])):
        text = (
            f"Is {mask} a mask? It has few colours, and its name is that of images in all folders. "
            "An image has one mask: join several to one, and run dlia new-study again."
        )
        questions.append(Question(text))
    if are_most(pairs := paired_by_name(paths), paths):
        text = (
            f"Is {pairs[0][1]} the mask of {pairs[0][0]}? Colours do not tell masks from images "
            "here, and it is taken as an image of its own. Convert masks to grey PNG files with a "
            "value for each class, and run dlia new-study again."
        )
        questions.append(Question(text))
    if len(free) > 1:
        text = (
            f"The classes are taken to be {_shown(levels[free[0]])}, and not the folders in them, "
            f"{_shown(levels[free[1]])}. If each of these is a patient, a sequence or the like, "
            "uncomment this line:"
        )
        questions.append(Question(text, (f"group: <class>/<{names[free[1]]}>",)))
    blocks = {
        part_of(value): {"images": _template(levels, names, file, part, value)}
        for value in (sorted(levels[part]) if part is not None else [""])
    }
    layout = {"name": "labelled_files"} | with_parts(blocks, seen)
    trained = Counter(
        spelt(name)
        for name, path in zip(written, paths, strict=True)
        if part is None or part_of(folders_of(path)[part]) == "train"
    )
    refuse_few({name: trained[name] for name in counts}, "test" in layout)
    if free and len(counts) < len(beginnings(paths)[0]):
        questions += groups_question(file, paths)
    return Proposal("classification", layout, classes, paths, seen, questions=questions)


def _template(
    levels: Sequence[set[str]], names: Mapping[int, str], file: str, part: int | None, value: str
) -> str:
    folders = [
        value if n == part else f"<{names[n]}>" if n in names else next(iter(values))
        for n, values in enumerate(levels)
    ]
    return "/".join([*folders, file])


def _beginnings(paths: Sequence[str]) -> tuple[str, list[str]]:
    """Return the mark that ends the class in all names, and the class of each."""
    for mark in "_-.":
        stems = [stem_of(path).partition(mark) for path in paths]
        if all(begin and found and end for begin, found, end in stems):
            return mark, [begin for begin, _, _ in stems]
    raise UnknownLayoutError("neither folders nor names of images tell classes")


def _shown(values: set[str]) -> str:
    few = sorted(values)[:3]
    return ", ".join(few) + (", ..." if len(values) > len(few) else "")
