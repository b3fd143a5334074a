"""Which release of its images a study finds in place of its archive: told by the names of files."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from dlia.errors import UserError
from dlia.study.data_block import Form

# Layouts whose entries have several images each, so that files do not count as images.
SEVERAL = frozenset({"cifar_batches", "idx_files"})


def files_of_form(form: Form, names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Find the files of a form among the ``names`` of files, which may have folders before them.

    Returns:
        The names of those that are there, and the patterns of those that are missing.
    """
    by_pattern: dict[str, list[str]] = {pattern: [] for pattern in form.files}
    for name in names:
        file = name.rpartition("/")[2]
        for pattern, found in by_pattern.items():
            if fnmatchcase(file.lower(), pattern.lower()):
                found.append(name)
    there = sorted({name for found in by_pattern.values() for name in found})
    return there, [pattern for pattern, found in by_pattern.items() if not found]


def form_of(place: Path, names: Sequence[str], forms: Sequence[Form]) -> Form | None:
    """Return the form whose files are all among ``names``, or None if there are none of any.

    Args:
        place: The archive or folder that has the files.
        names: Their names.
        forms: The forms of the study.

    Raises:
        UserError: Some files of a form are there, others are missing.
    """
    incomplete = []
    for form in forms:
        there, missing = files_of_form(form, names)
        if there and not missing:
            return form
        if there:
            incomplete.append((form, there, missing))
    for form, there, missing in incomplete:
        raise UserError(
            f"{place}: has {there[0]}, but of {form.title} these are missing: {', '.join(missing)}"
            "\nPut all of them there (if the study says where they are, `dlia fetch` does it)."
        )
    return None
