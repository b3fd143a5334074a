"""The verdicts on the claims of the sources, as tables."""

import re
from collections.abc import Iterable, Sequence

from dlia.reporting.blocks import (
    AnyBlock,
    Cell,
    Paragraph,
    Prose,
    Row,
    Section,
    Span,
    Tally,
    Volatile,
    anchor,
    joined,
    listed,
    paragraph,
    table,
    text,
    variant,
    words,
)
from dlia.reporting.judged_claims import JudgedClaim, tally
from dlia.reporting.reservations import Notes, Reason, reason_of
from dlia.study.model import Study
from dlia.study.tally import VerdictCounts, head
from dlia.verdicts.rules import AGAINST, AGREE, DISAGREE, SETTLE_NOTHING, TOWARDS

# What stands in the column of what is reported, by the kind of claim.
_REPORTED = {
    "value": "{claimed}",
    "fit": "{claimed}",
    "above": "above {claimed}",
    "below": "below {claimed}",
    "higher_than": "higher",
    "lower_than": "lower",
    "equal_to": "the same",
}
# Which way the numbers point where the verdict leaves it open, see ``rules.direction``.
POINTING = {
    AGREE: "numbers agree",
    DISAGREE: "numbers contradict it",
    TOWARDS: "not clear, mean for it",
    AGAINST: "not clear, mean against it",
    SETTLE_NOTHING: "numbers settle nothing",
}
Judgements = Sequence[tuple[Study, Sequence[JudgedClaim]]]


def claims_part(
    of_results: Judgements,
    of_times: Judgements,
    files: tuple[str, str],
    uneven: Sequence[Paragraph],
) -> Section:
    """Return the section with all claims.

    Args:
        of_results: The claims of every study.
        of_times: Those about run times.
        files: The tables that they stand in.
        uneven: How far the run times can be trusted, by study.
    """
    blocks: list[AnyBlock] = [
        paragraph(
            "A *claim* is a statement of a source. A *question* (marked “Asked”) is one that the "
            "assignment sheet asks; the answer is *yes* (the build confirms it), *no*, or "
            "*undecided*. This report counts both apart, and those about run time on their own. A "
            "claim is *not reproduced*, and an answer *no*, only if [the rules][rules] say so and "
            "none of the reservations there applies. What several verdicts have in common stands "
            "above their table; a letter below a verdict names it, and where it says the same, "
            "the word in brackets that the verdict has elsewhere is left out. The column Found "
            "gives the value of every trial, separated by slashes, and the difference from a "
            "reported value. Below an undecided verdict stands which way the numbers point. All "
            "rows, with the whole reasons: `{file}`",
            file=files[0],
        ),
        *tallies(_counts(of_results)),
        *_tables(of_results, "claims"),
    ]
    if not any(claims for _, claims in of_times):
        return Section("verdicts", "Verdicts on the claims", tuple(blocks))
    times: list[AnyBlock] = [
        paragraph(
            "Run times depend on the machine and on its other load. All rows: `{file}`",
            file=files[1],
        ),
        *uneven,
        *tallies(_counts(of_times)),
        *_tables(of_times, "claims-time"),
    ]
    section = Section("verdicts-time", "Claims about run time", tuple(times))
    return Section("verdicts", "Verdicts on the claims", (*blocks, Volatile((section,))))


def _counts(judgements: Judgements) -> VerdictCounts:
    return tally(claim for _, claims in judgements for claim in claims)


def tallies(counts: VerdictCounts) -> list[Tally]:
    """Return how often each verdict occurs, of claims and of questions."""
    kinds = {"claim of the sources": counts.claims, "question of the sheet": counts.questions}
    told = []
    for kind, own in kinds.items():
        total = sum(number for _, number in own)
        noun, _, of = kind.partition(" ")
        told += [Tally(f"{total} {noun}{'s' * (total != 1)} {of}", own)] if own else []
    return told


def _tables(judgements: Judgements, kind: str) -> Iterable[AnyBlock]:
    """Yield a table of each study, below the notes on what its verdicts have in common."""
    for study, claims in judgements:
        if claims:
            place = f"{study.name}-{kind}"
            reasons = [reason_of(study, claim) for claim in claims]
            notes = Notes(place, reasons)
            rows = (
                _row(claim, reason, notes) for claim, reason in zip(claims, reasons, strict=True)
            )
            caption = words("*{title}*", title=study.title)
            yield from notes.listed()
            heads = ["Claim", "Reported", "Found (difference)", "Verdict"]
            yield table(place, caption, heads, rows, "claims")


def _row(claim: JudgedClaim, reason: Reason, notes: Notes) -> Row:
    found = f"{claim.found} ({reason.difference})" if reason.difference else claim.found
    special = notes.special(reason)
    beside = [_measured(claim), *([text(special)] if special else [])]
    told = [POINTING[claim.direction]] if head(claim.verdict) == "undecided" else []
    below = [text(said) for said in told] + [said for said in [notes.letters(reason)] if said]
    return Row(
        (
            Cell(
                _with_links(claim),
                joined(beside, "; "),
            ),
            Cell(text(_REPORTED[claim.kind].format(claimed=claim.claimed))),
            Cell(text(found)),
            Cell((Span(notes.bare(claim.shown, reason), "verdict"),), joined(below, "; ")),
        ),
        anchor=claim.anchor,
    )


def _keys(claim: JudgedClaim) -> list[str]:
    return list(dict.fromkeys((*claim.of, *claim.against)))


def _with_links(claim: JudgedClaim) -> Prose:
    """Return what a claim says; the keys of its variants lead to their details."""
    keys = "|".join(re.escape(key) for key in sorted(_keys(claim), key=len, reverse=True))
    parts = re.split(rf"(?<!\w)({keys})(?![\w-])", claim.says)
    return tuple(
        variant(part) if place % 2 else Span(part, "user")
        for place, part in enumerate(parts)
        if part
    )


def _measured(claim: JudgedClaim) -> Prose:
    """Give the source, what was measured, and the variants that the claim does not name."""
    linked = {part.target for part in _with_links(claim)}
    named = all(anchor(key) in linked for key in _keys(claim))
    of = listed(variant(key) for key in claim.of)
    against = listed(variant(key) for key in claim.against) if claim.against else ()
    whose = words(" of {of}", of=of)
    if against:
        whose += words(" against {against}", against=against)
    return words(
        "{source}: {quantity}{whose}",
        source=claim.source,
        quantity=claim.quantity,
        whose=Span("") if named and len(claim.of) == 1 and not against else whose,
    )
