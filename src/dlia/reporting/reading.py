"""How to read the numbers of the report, in half a page: what the full methods say at length."""

from collections.abc import Iterator, Mapping, Sequence

from scipy import stats

from dlia.evaluation import fit
from dlia.evaluation.statistics import LEVEL
from dlia.formatting import percent_text
from dlia.reporting.blocks import Fact, FactList, Section
from dlia.reporting.chapters import Chapter
from dlia.reporting.differences import BETTER, SMALL, WORSE, ZERO, judged, of_metric
from dlia.reporting.prose import sections
from dlia.reporting.rules import LEVEL_TEXT, margins_text


def reading_part(
    chapters: Sequence[Chapter], margins: dict[str, float], features: Mapping[str, bool]
) -> Section:
    """Return the section.

    Args:
        chapters: What the report is about.
        margins: The margins of config.yaml, by family.
        features: What the report has.
    """
    outcomes = [outcome for chapter in chapters for outcome in chapter.outcomes]
    trials = min((len(row.trials) for own in outcomes for row in own.variants), default=1)
    compared = sum(
        judged(row, own.margin) in (BETTER, WORSE, SMALL, ZERO)
        for own in outcomes
        for row in of_metric(own)
    )
    of_dice = [c.study.task.unit for c in chapters if c.study.metric == "dice"]
    known = {
        section.anchor.removeprefix("reading-"): section
        for section in sections(
            "reading.md",
            features,
            units=units_of(chapters),
            # What is said of Dice is left out where nothing is measured by it.
            dice_units=" or ".join(dict.fromkeys(of_dice)) or "image",
            level=LEVEL_TEXT,
            margins=margins_text(margins, [chapter.study for chapter in chapters]),
            expected=f"{compared * (1 - LEVEL):.1f}",
            compared=compared,
            rise=percent_text(fit.RISE),
            gap=str(fit.GAP),
            trials=trials,
            least=f"{least_deviations(trials):.1f}" if trials > 1 else "no",
            unseen=percent_text(unseen_failures(trials)),
        )
    }
    common = known["reading"]
    metrics = dict.fromkeys(chapter.study.metric for chapter in chapters)
    wanted = [*metrics, "trials" if trials > 1 else "one"]
    # Own tasks have metrics that nothing is written about here.
    facts = [fact for name in wanted if name in known for fact in _facts(known[name])]
    any_margin = any(outcome.margin for outcome in outcomes)
    left_out = {"Intervals": trials == 1, "Margin": not any_margin, "Chance": compared == 0}
    first, *others = (fact for fact in _facts(common) if not left_out.get(fact.term))
    return Section(common.anchor, common.title, (FactList((first, *facts, *others)),))


def units_of(chapters: Sequence[Chapter]) -> str:
    """Say what the means of a report are over: images, volumes or both."""
    return " or ".join(dict.fromkeys(f"{chapter.study.task.unit}s" for chapter in chapters))


def least_deviations(trials: int) -> float:
    """Return how many standard deviations a mean must be from zero to be clearly not zero."""
    return float(stats.t.ppf((1 + LEVEL) / 2, trials - 1)) / trials**0.5


def unseen_failures(trials: int) -> float:
    """Return the largest share of failing trainings of which so many trials may show none."""
    return float(1 - (1 - LEVEL) ** (1 / trials))


def _facts(section: Section) -> Iterator[Fact]:
    for block in section.blocks:
        if isinstance(block, FactList):
            yield from block.items
