"""The claims of a study with their verdicts, read from the tables of the build."""

from collections.abc import Iterable
from dataclasses import dataclass

from dlia.reporting.records import RESULTS, read_table
from dlia.study.model import Study
from dlia.study.tally import VerdictCounts, count_verdicts, shown

# Verdicts on run times are in a separate file, because they differ from run to run.
CLAIMS, CLAIMS_ABOUT_TIME = "claims.csv", "claims_timing.csv"


@dataclass(frozen=True)
class JudgedClaim:
    """A claim with its verdict.

    Attributes:
        of: The keys of the variants that it is about.
        against: The keys of those that it compares them with.
        quantity: The name of what was measured.
        kind: The kind of the claim, such as value or higher_than.
        claimed: The claimed value or word; of a comparison, the keys of ``against``.
        direction: Which way the numbers point, whatever the reservations; see ``rules.direction``.
    """

    study: str
    name: str
    source: str
    says: str
    of: tuple[str, ...]
    against: tuple[str, ...]
    quantity: str
    found: str
    verdict: str
    reason: str
    kind: str = "value"
    claimed: str = ""
    direction: str = ""

    @property
    def anchor(self) -> str:
        """Its place in the table of claims."""
        return f"claim-{self.study}-{self.name}"

    @property
    def shown(self) -> str:
        """The verdict as it is shown; a question is answered by yes or no."""
        return shown(self.says, self.verdict)

    @property
    def why(self) -> str:
        """What the numbers alone say, in a few words, or "" if they were not judged."""
        return self.reason.partition(";")[0].rpartition(": ")[2].rstrip(".") * (": " in self.reason)

    @property
    def numbers(self) -> str:
        """What was found in numbers, or "" if it was not judged."""
        said = self.reason.partition(";")[0].partition(": ")[2].rstrip(".").replace(": ", ", ")
        return said.replace("in the claimed direction the difference is", "difference")


def claims(study: Study, file: str) -> list[JudgedClaim]:
    """Return the claims of a study with their verdicts.

    Args:
        study: The study.
        file: CLAIMS or CLAIMS_ABOUT_TIME.
    """
    return [
        JudgedClaim(
            study.name,
            row["claim"],
            row["source"],
            row["says"],
            tuple(row["of"].split(" and ")),
            tuple(part for part in row["claimed"].split(" and ") if "/" in part),
            study.task.said(row["quantity"]),
            row["found"],
            row["verdict"],
            study.task.said(row["reason"]),
            row["kind"],
            row["claimed"],
            row["numbers"],
        )
        for row in read_table(RESULTS / study.name / file)
    ]


def tally(judged: Iterable[JudgedClaim]) -> VerdictCounts:
    """Count the verdicts on claims, and on questions."""
    return count_verdicts((claim.says, claim.verdict) for claim in judged)
