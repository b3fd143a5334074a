"""What all recognisers propose where an archive does not say it: the test part, and groups."""

import re
from collections import Counter
from collections.abc import Sequence

from dlia.data.recognition.proposal import Question
from dlia.data.recognition.survey import stem_of

TEST_SHARE = 0.2
_FEWEST_GROUPS = 5
_SEPARATOR = re.compile(r"[_-]")


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
