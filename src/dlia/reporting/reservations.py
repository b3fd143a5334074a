"""What the verdicts of a study share: each reservation and each list of settings stands once."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from string import ascii_lowercase

from dlia.formatting import amount_text, capital
from dlia.reporting.blocks import Fact, FactList, Prose, Span, joined, listed_words, text
from dlia.reporting.judged_claims import JudgedClaim
from dlia.study.claims import TEXTS, Claim
from dlia.study.model import Study
from dlia.study.printed import parse_reported
from dlia.study.quantities import COUNTED
from dlia.verdicts.rules import UNLIKE

# Parts of a reason that list settings, which are told by what they differ in from another list.
_LISTS = ("not reported: ", "not covered by readings: ")
_READINGS = "other readings could decide it; they are not trained in this build"
# What says the same as a word in the brackets of a verdict.
_SAID_BY = {
    "too few trials": ("only ",),
    "settings not reported": ("not reported: ", "trained on other images"),
    "assumed settings": ("not reported: ", "trained on other images"),
    "other images": (UNLIKE, "the source used its test "),
    "other preparation": (UNLIKE,),
    "other machine": ("seconds depend on the machine",),
    "this machine": ("seconds depend on the machine",),
}
# Of a value: how far the mean is off. Of a comparison: the mean difference, and its interval.
_VALUE = re.compile(r"(?P<mean>.+?), (?:(?P<amount>\S.*?) (?P<side>above|below) .+|exactly .+)")
_COMPARED = re.compile(r"(?:in the claimed direction )?the (?P<difference>difference is [^:]+)")


@dataclass(frozen=True)
class Reason:
    """The reason for a verdict in parts.

    Attributes:
        difference: How far what was found is from what is claimed, or "".
        parts: All else, without what the row has anyway: what was found, and what was measured.
    """

    difference: str
    parts: tuple[str, ...]


def reason_of(study: Study, claim: JudgedClaim) -> Reason:
    """Take the reason for a verdict apart."""
    known = study.claims.get(claim.name)
    whole = [" ".join(known.undefined).rstrip(".")] if known else []
    whole = [study.task.said(own) for own in (*whole, study.data.other_images)]
    first, *parts = _split(claim.reason.rstrip("."), [*whole, _READINGS])
    first = first.removeprefix(f"{capital(claim.quantity)}: ")
    finding, _, rest = first.partition(": ")
    difference = ""
    if claim.kind == "value" and (found := _VALUE.fullmatch(finding)):
        mean = f"mean {found['mean']}" if found["mean"] != claim.found else ""
        sign = {"above": "+", "below": "-", None: ""}[found["side"]]
        difference = ", ".join(filter(None, [mean, f"{sign}{found['amount'] or ''}"]))
    elif found := _COMPARED.fullmatch(finding):
        difference = found["difference"].replace(" is ", " ")
    elif known and known.kind in TEXTS and known.measured.family in COUNTED:
        difference = _of_count(known, claim) if known.kind == "value" else ""
    elif finding.startswith(claim.found):
        rest = "; ".join(filter(None, [finding.removeprefix(claim.found).strip(), rest]))
    else:
        rest = first
    return Reason(difference, tuple(part for part in (rest, *parts) if part))


def _of_count(known: Claim, claim: JudgedClaim) -> str:
    """Return how far a count is from the claimed one."""
    ours, theirs = (parse_reported(number).value for number in (claim.found, claim.claimed))
    if ours is None or theirs is None or ours == theirs:
        return ""
    return f"{'+' * (ours > theirs)}{amount_text(known.measured.family, ours - theirs)}"


def _split(reason: str, whole: Sequence[str]) -> Iterator[str]:
    """Yield the parts of a reason; what stands in brackets or in ``whole`` stays in one."""
    kept = sorted(filter(None, whole), key=len, reverse=True)
    pattern = "|".join([*map(re.escape, kept), r"\([^()]*\)", "; "])
    start = 0
    for found in re.finditer(pattern, reason):
        if found[0] == "; ":
            yield reason[start : found.start()]
            start = found.end()
    yield reason[start:]


class Notes:
    """What several claims of a table have in common, as notes a, b, c."""

    def __init__(self, anchor: str, reasons: Sequence[Reason]) -> None:
        """Gather the notes of the table ``anchor`` from the reasons for its verdicts."""
        self._anchor = anchor
        times = Counter(part for reason in reasons for part in dict.fromkeys(reason.parts))
        shared = [part for part, number in times.items() if number > 1]
        self._letters = dict(zip(shared, _letters(), strict=False))

    def listed(self) -> list[FactList]:
        """Return the notes; nothing if there are none."""
        facts = tuple(
            Fact(letter, text(capital(self.told(part))), anchor=self._place(letter))
            for part, letter in self._letters.items()
        )
        return [FactList(facts, "notes")] if facts else []

    def told(self, part: str) -> str:
        """Return a part of a reason, a list of settings by what it differs in from a note."""
        prefix = next((prefix for prefix in _LISTS if part.startswith(prefix)), "")
        if not prefix:
            return part
        own = part.removeprefix(prefix).split(", ")
        told = [", ".join(own)]
        for note, letter in self._letters.items():
            if note == part:
                break  # of the notes that stand before it
            if known := next((p for p in _LISTS if note.startswith(p)), ""):
                other = note.removeprefix(known).split(", ")
                more = [name for name in own if name not in other]
                less = [name for name in other if name not in own]
                those = f"those of {letter}"
                if less:
                    also = f", and {listed_words(more)}" if more else ""
                    told.append(f"{those} without {listed_words(less)}{also}")
                else:
                    told.append(listed_words([those, *more]))
        return prefix + min(told, key=len)

    def letters(self, reason: Reason) -> Prose:
        """Return the letters of the notes that hold for a claim, as links."""
        own = [letter for part, letter in self._letters.items() if part in reason.parts]
        return joined((Span(letter, target=self._place(letter)) for letter in own), " ")

    def special(self, reason: Reason) -> str:
        """Return what no other claim has."""
        return "; ".join(self.told(p) for p in reason.parts if p not in self._letters)

    def bare(self, verdict: str, reason: Reason) -> str:
        """Return a verdict without the words in brackets that a note says."""
        word, bracket, inner = verdict.removesuffix(")").partition(" (")
        if not bracket:
            return verdict
        noted = tuple(part for part in reason.parts if part in self._letters)
        left = [one for one in inner.split(", ") if not _is_said(one, noted)]
        return f"{word} ({', '.join(left)})" if left else word

    def _place(self, letter: str) -> str:
        return f"{self._anchor}-{letter}"


def _is_said(word: str, parts: Sequence[str]) -> bool:
    return any(part.startswith(_SAID_BY.get(word, ())) for part in parts)


def _letters() -> Iterator[str]:
    """Yield a, b, ... z, aa, ab, ... endlessly."""
    for number in count(1):
        letters = ""
        while number:
            number, place = divmod(number - 1, len(ascii_lowercase))
            letters = ascii_lowercase[place] + letters
        yield letters
