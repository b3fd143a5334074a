"""Whether another way to predict with the same networks explains what a source reports."""

import math
from collections.abc import Iterator

from dlia.formatting import amount_text, metric_text
from dlia.reporting.blocks import Prose, variant, words
from dlia.reporting.results import Outcome, Result

# The source probably predicted in the other way if that leaves at most this part of the difference.
MOST_LEFT = 0.5


def explained(outcome: Outcome) -> Iterator[Prose]:
    """Say of which prediction a reported value probably is.

    Nothing is said unless a variant predicts with the networks of another one of the exercise, a
    source reports the same value of both, and the other one misses it by more than the margin.

    Args:
        outcome: The results of an exercise.
    """
    of = {outcome.exercise.variants[row.name].key: row for row in outcome.compared}
    for key, second in of.items():
        own = outcome.exercise.variants[second.name]
        first = of.get(own.weights_of)
        if not first or not _comparable(first, second):
            continue
        gaps = [abs(row.value - row.reported_value) for row in (first, second)]
        if gaps[0] <= outcome.margin:
            continue
        if gaps[1] <= max(outcome.margin, MOST_LEFT * gaps[0]):
            so = "{source} probably predicted like the second, and not the training but the "
            so += "prediction makes the difference"
        elif gaps[1] < gaps[0]:
            so = "predicting like the second explains a part of the difference at most"
        else:
            so = "predicting like the second does not explain it"
        source = first.claim.source.partition(" ")[0] if first.claim else ""
        family = outcome.study.family
        yield words(
            "{first} and {second} are two predictions with the same networks. What {source} "
            "reports, {reported}, lies {near} from the mean of the first and {far} from that of "
            "the second: {so}.",
            first=variant(own.weights_of),
            second=variant(key),
            source=source,
            reported=metric_text(family, first.reported_value),
            near=amount_text(family, gaps[0]),
            far=amount_text(family, gaps[1]),
            so=so.format(source=source),
        )


def _comparable(first: Result, second: Result) -> bool:
    """Tell whether both were tested, against the same reported value, and neither failed."""
    return first.reported == second.reported and all(
        row.claim
        and not row.claim.verdict.startswith("not tested")
        and math.isfinite(row.value - row.reported_value)
        and row.learnt
        and not row.of_good
        for row in (first, second)
    )
