"""The studies of a report with their results, and what they have in common."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dlia.reporting.data_sets import DataSet
from dlia.reporting.judged_claims import JudgedClaim
from dlia.reporting.results import Outcome
from dlia.study.model import Study, Variant
from dlia.study.origins import STANDIN, STANDIN_WEIGHTS
from dlia.study.quantities import COUNTED


@dataclass(frozen=True)
class Chapter:
    """A study with its data and its results.

    Attributes:
        claims: The claims about results.
        claims_about_time: Those about run times.
    """

    study: Study
    data: DataSet
    outcomes: tuple[Outcome, ...]
    claims: tuple[JudgedClaim, ...]
    claims_about_time: tuple[JudgedClaim, ...]

    @property
    def variants(self) -> list[Variant]:
        """All its variants."""
        return [v for exercise in self.study.exercises.values() for v in exercise.variants.values()]

    @property
    def short_claims(self) -> list[JudgedClaim]:
        """The claims about results without explanations at their ends; counts come last."""
        own = [replace(claim, says=in_short(claim.says)) for claim in self.claims]
        return sorted(own, key=lambda claim: is_count(self, claim))


def in_short(says: str) -> str:
    """Return a claim without the explanation in brackets at its end."""
    return re.sub(r" \([^()]*\)\.?$", "", says)


def standins(chapters: Sequence[Chapter]) -> list[str]:
    """Return the archives that are replaced by stand-ins."""
    return [c.data.archive for c in chapters if c.data.kind == STANDIN]


def trained(chapters: Sequence[Chapter]) -> list[Variant]:
    """Return the variants with trainings of their own."""
    return [own for chapter in chapters for own in chapter.variants if own.trains]


def short_ones(chapters: Sequence[Chapter]) -> list[Variant]:
    """Return those of them that end after fewer epochs than the study asks for."""
    return [own for own in trained(chapters) if own.is_shortened]


def shortened_text(chapters: Sequence[Chapter]) -> str:
    """Say how many trainings are shortened, and to how many epochs; "" if none."""
    short = short_ones(chapters)
    epochs = " or ".join(map(str, sorted({own.settings.epochs for own in short})))
    count = f"{len(short)} of {len(trained(chapters))}"
    unit = "epoch" if epochs == "1" else "epochs"
    return f"{count} trainings ended after {epochs} {unit}" if short else ""


def weights_text(chapters: Sequence[Chapter]) -> str:
    """Say how many trainings on real images began with stand-in weights; "" if none."""
    real = [chapter for chapter in chapters if chapter.data.kind != STANDIN]
    count = sum(STANDIN_WEIGHTS in own.replaced for own in trained(real))
    all_ = f"{count} of {len(trained(chapters))}"
    return f"{all_} trainings began with weights that were trained on drawn shapes" if count else ""


def trainings(chapters: Sequence[Chapter]) -> int:
    """Count the trainings of all trials, without those of readings."""
    return sum(
        len(result.trials)
        for chapter in chapters
        for outcome in chapter.outcomes
        for result in outcome.variants
        if outcome.exercise.variants[result.name].trains
    )


def is_count(chapter: Chapter, claim: JudgedClaim) -> bool:
    """Tell whether a claim is about a number that the data or a network has before any training."""
    known = chapter.study.claims.get(claim.name)
    quantity = chapter.study.task.known.get(known.quantity) if known else None
    return quantity is not None and quantity.family in COUNTED
