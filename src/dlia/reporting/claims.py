"""The verdicts on the claims of the sources, as tables."""

from collections.abc import Iterable, Sequence

from dlia.reporting.blocks import (
    AnyBlock,
    Cell,
    Row,
    Section,
    Span,
    Table,
    Volatile,
    joined,
    paragraph,
    table,
    text,
    variant,
    words,
)
from dlia.reporting.results import JudgedClaim, tally, tally_text
from dlia.study.model import Study

Judgements = Sequence[tuple[Study, Sequence[JudgedClaim]]]


def claims_part(of_results: Judgements, of_times: Judgements, files: tuple[str, str]) -> Section:
    """Return the section with all claims.

    Args:
        of_results: The claims of every study.
        of_times: Those about run times.
        files: The tables that they stand in.
    """
    blocks: list[AnyBlock] = [
        paragraph(
            "{tally}. A claim is *not reproduced* only if it fails [the rules][rules] and none of "
            "the reservations there applies. Some sources ask a question (marked “Asked”). The "
            "answer is *yes* (the build confirms it), *no*, or *undecided*. The column Found "
            "gives the value of every trial, separated by slashes; below it stands what was "
            "measured, and of which variants. All rows: `{file}`",
            tally=_tally(of_results),
            file=files[0],
        ),
        *_tables(of_results, "claims"),
    ]
    times: list[AnyBlock] = [
        paragraph(
            "{tally}. Run times depend on the machine and on its other load. All rows: `{file}`",
            tally=_tally(of_times),
            file=files[1],
        ),
        *_tables(of_times, "claims-time"),
    ]
    section = Section("verdicts-time", "Claims about run time", tuple(times))
    return Section("verdicts", "Verdicts on the claims", (*blocks, Volatile((section,))))


def _tally(judgements: Judgements) -> str:
    told = tally_text(tally(claim for _, claims in judgements for claim in claims))
    return told[:1].upper() + told[1:]


def _tables(judgements: Judgements, kind: str) -> Iterable[Table]:
    for study, claims in judgements:
        if claims:
            yield claims_table(f"{study.name}-{kind}", study.title, claims)


def claims_table(anchor: str, title: str, claims: Iterable[JudgedClaim]) -> Table:
    """Return a table of claims: verdict, claim with the reason, what was found, the source."""
    heads = ["Verdict", "Claim, and the reason for the verdict", "Found", "Source", "Variant"]
    return table(
        anchor, words("*{title}*", title=title) if title else (), heads, map(_row, claims), "claims"
    )


def _row(claim: JudgedClaim) -> Row:
    return Row(
        (
            Cell((Span(claim.shown, "verdict"),)),
            Cell((Span(claim.says, "user"),), text(claim.reason)),
            Cell(text(claim.found), text(_measured(claim))),
            Cell(text(claim.source)),
            Cell(joined(variant(key) for key in claim.of)),
        ),
        anchor=claim.anchor,
    )


def _measured(claim: JudgedClaim) -> str:
    of = f" of {' and '.join(claim.of)}" if claim.against else ""
    against = f" against {' and '.join(claim.against)}" if claim.against else ""
    return f"{claim.quantity}{of}{against}"
