"""How verdicts are counted: claims of the sources and questions of the assignment sheet apart."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

# Prefixes of a question of the assignment sheet, and of one that helps to answer it.
QUESTIONS = ("Asked - ", "Asked, for comparison - ")
ANSWERS = {"reproduced": "yes", "not reproduced": "no"}
_ORDER = ("reproduced", "yes", "compatible", "undecided", "not reproduced", "no")

Counts = tuple[tuple[str, int], ...]


class VerdictCounts(NamedTuple):
    """The number of claims and of questions with each verdict: those that agree first."""

    claims: Counts
    questions: Counts


def is_question(says: str) -> bool:
    """Tell whether a claim is a question of the sheet, to be answered by yes or no."""
    return says.startswith(QUESTIONS)


def shown(says: str, verdict: str) -> str:
    """Return a verdict as it is shown: of a question, the answer."""
    if is_question(says):
        for word, answer in ANSWERS.items():
            if verdict.startswith(word):
                return answer + verdict.removeprefix(word)
    return verdict


def head(verdict: str) -> str:
    """Return a verdict without what it depends on."""
    return verdict.partition(" (")[0].partition(" in any ")[0]


def failures_of(verdict: str) -> str:
    """Return what a verdict says of failed trials; "" if nothing."""
    found = re.search(r"\d+ of \d+ trials failed", verdict)
    return found[0] if found else ""


def refuted(verdict: str) -> bool:
    """Tell whether a claim is not reproduced."""
    return head(verdict) == "not reproduced"


def count_verdicts(judged: Iterable[tuple[str, str]]) -> VerdictCounts:
    """Count verdicts; what they depend on does not part them.

    Args:
        judged: What each claim says, and its verdict.
    """
    found: dict[bool, Counter[str]] = {False: Counter(), True: Counter()}
    for says, verdict in judged:
        found[is_question(says)][head(shown(says, verdict))] += 1
    return VerdictCounts(_ordered(found[False]), _ordered(found[True]))


def _ordered(counts: Counter[str]) -> Counts:
    places = {word: place for place, word in enumerate(_ORDER)}
    return tuple(
        sorted(counts.items(), key=lambda item: (places.get(item[0], len(_ORDER)), item[0]))
    )


def counts_in_words(counts: VerdictCounts) -> str:
    """Return the counts in words: "37 claims: 13 reproduced, 24 undecided; 2 questions: 2 no"."""
    return "; ".join(
        f"{sum(n for _, n in of)} {kind}{'s' * (sum(n for _, n in of) != 1)}: "
        + ", ".join(f"{n} {word}" for word, n in of)
        for kind, of in (("claim", counts.claims), ("question", counts.questions))
        if of
    )


def rests_on_settings(verdict: str) -> bool:
    """Tell whether settings that a source leaves open alone keep a claim from being refuted."""
    return "settings not reported" in verdict and not has_other_images(verdict)


def has_other_images(verdict: str) -> bool:
    """Tell whether the images are not those of the source."""
    return any(word in verdict for word in ("other images", "other preparation"))
