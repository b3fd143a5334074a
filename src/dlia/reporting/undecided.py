"""Why claims are undecided, and which way the numbers point, in numbers."""

from collections import Counter
from collections.abc import Iterable, Sequence

from dlia.reporting.blocks import Prose, Span, joined, listed, words
from dlia.reporting.chapters import Chapter
from dlia.reporting.judged_claims import JudgedClaim
from dlia.study.claims import RIVALS, SIDES
from dlia.study.model import Study
from dlia.study.tally import head, is_question
from dlia.verdicts.rules import (
    AGAINST,
    AGREE,
    DISAGREE,
    ENOUGH_TRIALS,
    TOWARDS,
    UNLIKE,
)

# What keeps a claim that the numbers contradict from being refuted, by the word of its verdict.
_KEPT = {
    "settings not reported": "settings that the source leaves open",
    "collapsed": "failed trials",
    "open definition": "an open definition",
    "other machine": "another machine",
}
# What a claim says that the numbers neither support nor contradict, by its kind.
_UNCLEAR = {
    "value": "{} {} a value that the trials neither meet nor rule out",
    "bound": "{} {} a bound that the results are not clearly beyond",
    "difference": "{} {} results whose difference is not clear",
    "word": "{} {} about a fit that has no word",
}
_VERBS = {
    "value": ("gives", "give"),
    "bound": ("names", "name"),
    "difference": ("compares", "compare"),
    "word": ("is", "are"),
}


def undecided_text(chapters: Sequence[Chapter]) -> Prose:
    """Say how many claims are undecided for which reason; nothing if none is."""
    found = [(c.study, claim) for c in chapters for claim in undecided(c.claims)]
    if not found:
        return ()
    open_ = [(study, claim) for study, claim in found if claim.direction not in (AGREE, DISAGREE)]
    return joined(
        [
            "",
            words("{said}.", said=directions(claim for _, claim in found)),
            *_kept([claim for _, claim in found if claim.direction == DISAGREE]),
            *([_unclear(open_)] if open_ else []),
        ],
        " ",
    )


def undecided(claims: Iterable[JudgedClaim]) -> list[JudgedClaim]:
    """Return the claims that are undecided, without questions."""
    return [c for c in claims if head(c.verdict) == "undecided" and not is_question(c.says)]


def directions(claims: Iterable[JudgedClaim]) -> Prose:
    """Say of how many undecided claims the numbers agree, and of how many they do not.

    Args:
        claims: Undecided claims, at least one.
    """
    found = Counter(claim.direction for claim in claims)
    number = found.total()
    left = number - found[DISAGREE] - found[AGREE]
    too = " (as those without learning do)" * bool(found[AGREE])
    if number == 1:
        way = "contradict" if found[DISAGREE] else "agree with" if found[AGREE] else "leave open"
        return words("The numbers {way} the undecided claim{too}", way=way, too=Span(too))
    told = [f"contradict {found[DISAGREE]}"] * bool(found[DISAGREE])
    told += [f"agree with {found[AGREE]}{too}"] * bool(found[AGREE])
    means = [
        f"{way} {found[key]}" for key, way in ((TOWARDS, "for"), (AGAINST, "against")) if found[key]
    ]
    said = f" (the mean speaks {' and '.join(means)})" if means else ""
    told += [f"leave {left} open{said}"] * bool(left)
    return words(
        "Of the {number} undecided claims, the numbers {told}", number=number, told=listed(told)
    )


def why_not_refuted(claims: Sequence[JudgedClaim]) -> list[Prose]:
    """Say why the numbers alone cannot refute claims that are undecided."""
    told = []
    if few := [claim for claim in claims if "too few trials" in claim.verdict]:
        one = all(" only 1 trial" in claim.reason for claim in few)
        told.append(
            words(
                "{few} can confirm a value within the margin; beyond it, the numbers contradict "
                "it, which is too little to refute it.",
                few="One trial" if one else f"Fewer than {ENOUGH_TRIALS} trials",
            )
        )
    if any(UNLIKE in claim.reason for claim in claims):
        told.append(
            words(
                "With other images than the source's, nothing that depends on them can be refuted, "
                "whatever the number of trials."
            )
        )
    return told


def _kept(claims: Sequence[JudgedClaim]) -> list[Prose]:
    """Say what keeps contradicted claims from being refuted: the first reservation of each."""
    found = Counter(
        claim.verdict.partition(" (")[2].rstrip(")").partition(", ")[0] for claim in claims
    )
    if not found:
        return []
    told = [f"{_KEPT.get(word, word)} ({count})" for word, count in found.most_common()]
    return [
        words(
            "What is contradicted is not called *not reproduced* because of {told}, to name the "
            "first reservation of each.",
            told=listed(told),
        )
    ]


def _unclear(found: Sequence[tuple[Study, JudgedClaim]]) -> Prose:
    """Say what the claims are that the numbers settle nothing of."""
    kinds = Counter(_kind(study, claim) for study, claim in found)
    if len(found) == 1:
        (kind,) = kinds
        said = _UNCLEAR[kind].format("What they leave open", _VERBS[kind][False])
        return words("{said}.", said=said)
    told = [
        _UNCLEAR[kind].format(count, _VERBS[kind][count > 1])
        for kind, count in sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    ]
    return words("Of what they leave open, {told}.", told=listed(told))


def _kind(study: Study, claim: JudgedClaim) -> str:
    known = study.claims.get(claim.name)
    kind = known.kind if known else claim.kind
    if kind in RIVALS:
        return "difference"
    return "bound" if kind in SIDES else "value" if kind == "value" else "word"
