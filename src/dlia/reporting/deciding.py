"""What would decide the claims and the comparisons that are open: readings, and more trials."""

from collections.abc import Sequence
from typing import Any

from scipy import stats

from dlia.evaluation.statistics import LEVEL
from dlia.reporting.again import overrides, whole_command
from dlia.reporting.blocks import Prose, Span, words
from dlia.reporting.chapters import Chapter
from dlia.reporting.differences import ZERO, judged, of_metric
from dlia.study.tally import has_other_images, head, is_question, rests_on_settings
from dlia.verdicts.rules import ENOUGH_TRIALS

MOST_TRIALS = 1000  # nobody trains more


def next_steps(chapters: Sequence[Chapter], asked: dict[str, Any]) -> list[Prose]:
    """Say what would decide open claims and comparisons, and by which command.

    Args:
        chapters: The studies with their results.
        asked: The entry readings of config.yaml, and overrides.
    """
    silent = sum(
        head(claim.verdict) == "undecided"
        and rests_on_settings(claim.verdict)
        and not is_question(claim.says)
        for chapter in chapters
        for claim in chapter.claims
    )
    count = sum(len(chapter.study.readings) for chapter in chapters)
    told = []
    if silent and count and not asked["readings"]:
        command = whole_command(overrides({"overrides": asked["overrides"] | {"readings": True}}))
        told.append(
            words(
                "Of the undecided claims, {silent} would be contradicted if the sources had the "
                "settings that are assumed here. {command} also trains {count} other readings of "
                "these settings, which can decide claims about one variant.",
                silent=silent,
                command=Span(command, "command"),
                count=count,
            )
        )
    return told + _few_trials(chapters, asked["overrides"]) + _more_trials(chapters)


def _few_trials(chapters: Sequence[Chapter], overridden: dict[str, Any]) -> list[Prose]:
    """Say how many claims have too few trials, and what more trials can decide about them."""
    open_ = [
        claim.verdict
        for chapter in chapters
        for claim in chapter.claims
        if head(claim.verdict) == "undecided" and "too few trials" in claim.verdict
    ]
    if not open_:
        return []
    others = sum(has_other_images(verdict) for verdict in open_)
    command = whole_command(overrides({"overrides": overridden | {"trials": ENOUGH_TRIALS}}))
    return [
        words(
            "{number} undecided for too few trials: {command} trains {enough} of each variant."
            "{others}",
            number="One claim is" if len(open_) == 1 else f"{len(open_)} claims are",
            command=Span(command, "command"),
            enough=ENOUGH_TRIALS,
            others=words(
                " That can reproduce, but not refute, {count} of them, as the images are not those "
                "of the source.",
                count="all" if others == len(open_) else others,
            )
            if others
            else Span(""),
        )
    ]


def _more_trials(chapters: Sequence[Chapter]) -> list[Prose]:
    """Say how many trials would narrow the intervals of differences that are not clear."""
    needed = []
    for outcome in (outcome for chapter in chapters for outcome in chapter.outcomes):
        trials = min((len(row.trials) for row in outcome.variants), default=1)
        needed += [
            trials_needed((row.high - row.low) / 2, trials, outcome.margin)
            for row in of_metric(outcome)
            if judged(row, outcome.margin) == ZERO and row.low is not None and row.high is not None
            if (row.high - row.low) / 2 > outcome.margin
        ]
    if not needed:
        return []
    needed.sort()
    half = needed[(len(needed) - 1) // 2]
    return [
        words(
            "The intervals of {number} that are not clear reach more than the margin to either "
            "side. If the scatter stays as it is, {half} trials narrow half of them to the margin, "
            "and {all} all of them (`trials` in `config.yaml`).",
            number="one difference" if len(needed) == 1 else f"{len(needed)} differences",
            half=half,
            all=needed[-1] if needed[-1] < MOST_TRIALS else f"more than {MOST_TRIALS:,}",
        )
    ]


def trials_needed(half: float, trials: int, wanted: float) -> int:
    """Return after how many trials an interval reaches no farther than wanted from its mean.

    Args:
        half: How far it reaches now.
        trials: How many trials there are now, at least two.
        wanted: How far it may reach.

    Returns:
        The number, at most MOST_TRIALS, if the standard deviation stays as it is.
    """
    deviation = half * trials**0.5 / _point(trials)
    return next(
        n
        for n in range(trials, MOST_TRIALS + 1)
        if n == MOST_TRIALS or _point(n) * deviation <= wanted * n**0.5
    )


def _point(trials: int) -> float:
    return float(stats.t.ppf((1 + LEVEL) / 2, trials - 1))
