"""Why entries of an archive cannot be used, and the one error that says so."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipInfo

from dlia.errors import UserError, listing

MAX_SHOWN_NAME = 160
# Of more entries than this with the same cause, only the first few are listed.
FOLDED_ABOVE, SHOWN_OF_FOLDED = 5, 3

NOT_EXPECTED = "not expected there"  # how the reason begins for a file of another form
REPLACE = "Replace the archive by a complete copy of the original, or correct what is wrong."


class EntryError(Exception):
    """The reason why one entry of an archive cannot be used, without the entry's name.

    Attributes:
        cause: The part of the reason that other entries may share; the reason itself by default.
        advice: What entries with this cause look like, and what to do; may be empty.
    """

    def __init__(self, reason: str, cause: str = "", advice: str = "") -> None:
        super().__init__(reason)
        self.cause = cause or reason
        self.advice = advice


@dataclass(frozen=True, order=True)
class Offence:
    """An entry that cannot be used; the attributes are those of its ``EntryError``."""

    name: str
    reason: str
    cause: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


def offence(info: ZipInfo, reason: EntryError | str) -> Offence:
    """Put the name of the entry before the reason why it cannot be used."""
    error = reason if isinstance(reason, EntryError) else EntryError(reason)
    return Offence(printable(info.orig_filename), str(error), error.cause, error.advice)


def unusable(path: Path, offences: list[Offence]) -> UserError:
    """Gather the offences of an archive's entries into one error, a few lines for each cause."""
    entries = len({each.name for each in offences})
    count = "1 entry" if entries == 1 else f"{entries} entries"
    by_cause: dict[str, list[Offence]] = defaultdict(list)
    for each in sorted(offences):
        by_cause[each.cause].append(each)
    lines: list[str] = []
    for cause, members in by_cause.items():
        shown = members if len(members) <= FOLDED_ABOVE else members[:SHOWN_OF_FOLDED]
        lines += map(str, shown)
        if len(members) > len(shown):
            lines.append(f"... and {len(members) - len(shown)} more: {cause}")
    advice = dict.fromkeys(each.advice for each in offences if each.advice)
    said = "\n".join([*advice, REPLACE] if len(advice) != 1 else advice)
    return UserError(f"{path}: {count} cannot be used:\n{listing(lines)}\n{said}")


def printable(text: str) -> str:
    """Make foreign ``text`` safe to print: one line of bounded length, no terminal commands."""
    text = text if text.isprintable() else ascii(text)[1:-1]
    return text if len(text) <= MAX_SHOWN_NAME else text[:MAX_SHOWN_NAME] + "..."
