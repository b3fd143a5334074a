"""How many trials would decide a claim that the trials there are leave undecided."""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dlia.verdicts.rules import NOT_REPRODUCED, UNDECIDED, Caveats, Finding, verdict

TRIALS_TRIED = 1000  # nobody trains more
Rule: TypeAlias = Callable[[NDArray[np.float64]], Finding]


class Judged(NamedTuple):
    """What is judged, a number per trial or per pair of trials, and the rule that judges it."""

    values: NDArray[np.float64]
    rule: Rule

    def with_trials(self, trials: int) -> Finding:
        """Judge so many trials, at least two, of the same mean and standard deviation."""
        mean, sd = float(np.mean(self.values)), float(np.std(self.values, ddof=1))
        pairs = trials // 2
        away = sd * ((trials - 1) / (2 * pairs)) ** 0.5
        middle = [mean] * (trials % 2)
        return self.rule(np.array([mean - away, mean + away] * pairs + middle))


def trials_that_decide(readings: list[Judged], caveats: Caveats) -> str:
    """Say how many trials would decide a claim if mean and scatter stay as they are.

    Args:
        readings: The claim; and its other reading, if what was measured is not defined.
        caveats: The reservations about it, which more trials leave as they are.
    """

    def decides(trials: int) -> bool:
        first, *others = (reading.with_trials(trials).outcome for reading in readings)
        doubts = replace(caveats, trials=trials)
        if others and {first, *others} == {NOT_REPRODUCED}:
            doubts = replace(doubts, undefined=())
        return not verdict(Finding(first, ""), doubts)[0].startswith(UNDECIDED)

    counts = range(len(readings[0].values) + 1, TRIALS_TRIED + 1)
    place = bisect_left(counts, True, key=decides)  # intervals narrow with every trial
    if place == len(counts):
        return "more trials alone would not decide it"
    return f"{counts[place]} trials would decide it if mean and scatter stay as they are"
