"""The verdicts on the claims of the sources, as tables."""

from collections.abc import Iterable, Sequence

from dlia.reporting.blocks import (
    AnyBlock,
    Cell,
    Paragraph,
    Row,
    Section,
    Span,
    Table,
    Tally,
    Volatile,
    joined,
    paragraph,
    table,
    text,
    variant,
    words,
)
from dlia.reporting.judged_claims import JudgedClaim, tally
from dlia.study.model import Study
from dlia.study.tally import VerdictCounts

FEW = 2  # settings that a reason names
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
            "none of the reservations there applies. The column Found gives the value of every "
            "trial, separated by slashes; below it stands what was measured, and of which "
            "variants. The details of a variant list the settings that its source does not "
            "report, and their other readings. All rows: `{file}`",
            file=files[0],
        ),
        *tallies(_counts(of_results)),
        *_tables(of_results, "claims"),
    ]
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


def _tables(judgements: Judgements, kind: str) -> Iterable[Table]:
    """Yield a table of each study: verdict, claim with the reason, what was found, the source."""
    heads = ["Verdict", "Claim, and the reason for the verdict", "Found", "Source", "Variant"]
    for study, claims in judgements:
        if claims:
            rows = (_row(study, claim) for claim in claims)
            caption = words("*{title}*", title=study.title)
            yield table(f"{study.name}-{kind}", caption, heads, rows, "claims")


def _row(study: Study, claim: JudgedClaim) -> Row:
    return Row(
        (
            Cell((Span(claim.shown, "verdict"),)),
            Cell((Span(claim.says, "user"),), text(_reason(study, claim))),
            Cell(text(claim.found), text(_measured(claim))),
            Cell(text(claim.source)),
            Cell(joined(variant(key) for key in claim.of)),
        ),
        anchor=claim.anchor,
    )


def _reason(study: Study, claim: JudgedClaim) -> str:
    """Return the reason, with numbers in place of long lists of settings and readings.

    The details of the variants give both lists.
    """
    known = study.claims.get(claim.name)
    if not known:
        return claim.reason
    reason, settings = claim.reason, known.open_settings
    readings = [reading.words for reading in study.variant(known.of[0]).readings]
    for listed, few, number in (
        (", ".join(settings), len(settings) <= FEW, f"{len(settings)} settings"),
        ("; ".join(readings), len(readings) <= FEW, f"{len(readings)} readings"),
    ):
        reason = reason if few else reason.replace(listed, number)
    return reason


def _measured(claim: JudgedClaim) -> str:
    of = f" of {' and '.join(claim.of)}" if claim.against else ""
    against = f" against {' and '.join(claim.against)}" if claim.against else ""
    return f"{claim.quantity}{of}{against}"
