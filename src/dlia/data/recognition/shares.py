"""What all recognisers propose where an archive does not say it: the test part, and groups."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from dlia.data.recognition.proposal import Question, UnknownLayoutError
from dlia.data.recognition.survey import stem_of
from dlia.study.folds import FOLDS

TEST_SHARE = 0.2
_FEWEST_GROUPS = 5
_SEPARATOR = re.compile(r"[_-]")


def refuse_few(counts: Mapping[str, int], has_test_part: bool) -> None:
    """Refuse classes of so few images that they cannot be divided.

    Args:
        counts: The images of each class from which the training part is made.
        has_test_part: Whether no test part is to be taken from them.

    Raises:
        UnknownLayoutError: A class has too few.
    """
    fewest = FOLDS if has_test_part else math.ceil(FOLDS / (1 - TEST_SHARE) - 0.5)
    name = min(counts, key=lambda each: counts[each])
    if counts[name] < fewest:
        raise UnknownLayoutError(
            f"class {name} has {counts[name]} images for training, and {fewest} or more are needed"
        )


def how_many(counts: Mapping[str, int]) -> str:
    """Say how many classes there are, and of how many images each."""
    few, many = min(counts.values()), max(counts.values())
    each = f"{few} images each" if few == many else f"{few} to {many} images"
    return f"{len(counts)} classes of {each}"


def beginnings(paths: Sequence[str]) -> tuple[Counter[str], str]:
    """Count how names begin, up to their first _ or -, and return that character, too.

    Both are empty unless all names have the same character, and several names share a beginning.
    """
    marks = {found[0] if (found := _SEPARATOR.search(stem_of(path))) else "" for path in paths}
    if len(marks) != 1 or not (mark := marks.pop()):
        return Counter(), ""
    counts = Counter(stem_of(path).partition(mark)[0] for path in paths)
    if len(counts) < _FEWEST_GROUPS or len(paths) < 2 * len(counts):
        return Counter(), ""
    return counts, mark


def groups_question(template: str, paths: Sequence[str]) -> list[Question]:
    """Ask whether names that begin alike are of one patient or sequence.

    Args:
        template: The path of an image, which has <name>.
        paths: The paths of all images.
    """
    counts, mark = beginnings(paths)
    if not counts or not template.rpartition("/")[2].startswith("<name>"):
        return []
    example = min(counts)
    text = (
        f"The names have {len(counts)} beginnings, such as {example}{mark}. If each is a patient, "
        f"a sequence or the like, put <series>{mark}<name> in place of <name> in all paths, and "
        "uncomment this line, so that images of one are never on both sides of a split:"
    )
    return [Question(text, ("group: <series>",))]
