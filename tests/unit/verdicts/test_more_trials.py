"""How many trials would decide what the trials there are leave open."""

from functools import partial

import numpy as np
import pytest
from scipy import stats

from dlia.study.printed import parse_reported
from dlia.verdicts.more_trials import Judged, trials_that_decide
from dlia.verdicts.rules import Caveats, Scale, judge_comparison, judge_threshold, judge_value

ACCURACY = Scale("accuracy", 0.003, share=True)
NEVER = "more trials alone would not decide it"
VALUES = np.array([0.90, 0.97, 0.99])
OPEN = Caveats(3, open_settings=["batch_size"])

above = partial(judge_threshold, bound=0.98, side=1, scale=ACCURACY)
below = partial(judge_threshold, bound=0.98, side=-1, scale=ACCURACY)


def narrow_enough(values: np.ndarray, wanted: float) -> int:
    """Give the number of trials after which an interval reaches less than wanted from its mean."""
    sd = values.std(ddof=1)
    return next(n for n in range(4, 1000) if stats.t.ppf(0.975, n - 1) * sd / n**0.5 < wanted)


@pytest.mark.parametrize("trials", [2, 3, 8, 15])
def test_more_trials_have_the_mean_and_the_scatter_of_those_there_are(trials):
    seen: list[np.ndarray] = []

    def rule(values):
        seen.append(values)
        return above(values)

    Judged(VALUES, rule).with_trials(trials)
    (drawn,) = seen
    assert len(drawn) == trials
    assert (drawn.mean(), drawn.std(ddof=1)) == pytest.approx((VALUES.mean(), VALUES.std(ddof=1)))


@pytest.mark.parametrize("rule", [above, below])
def test_a_threshold_is_decided_when_the_interval_no_longer_contains_it(rule):
    needed = narrow_enough(VALUES, 0.98 - VALUES.mean())
    told = trials_that_decide([Judged(VALUES, rule)], Caveats(3))
    assert told.startswith(f"{needed} trials would decide")


@pytest.mark.parametrize(("rule", "decided"), [(above, False), (below, True)])
def test_only_what_more_trials_would_contradict_stays_open_with_a_reservation(rule, decided):
    assert (trials_that_decide([Judged(VALUES, rule)], OPEN) != NEVER) is decided


def test_a_value_within_the_scatter_of_trials_is_decided_by_no_number_of_them():
    rule = partial(judge_value, claimed=parse_reported("98.00 %"), scale=ACCURACY)
    assert trials_that_decide([Judged(VALUES, rule)], Caveats(3)) == NEVER


def test_a_comparison_is_decided_by_the_end_of_the_interval_that_is_nearer():
    differences = np.array([-0.002, 0.001, 0.002])
    rule = partial(judge_comparison, scale=ACCURACY)
    needed = narrow_enough(differences, 0.003 - differences.mean())
    told = trials_that_decide([Judged(differences, rule)], Caveats(3))
    assert told.startswith(f"{needed} trials would decide")


@pytest.mark.parametrize(("other", "decided"), [(below, False), (above, True)])
def test_an_open_definition_is_decided_if_more_trials_contradict_both_readings(other, decided):
    doubts = Caveats(3, undefined=("It defines no Dice.",))
    told = trials_that_decide([Judged(VALUES, above), Judged(VALUES, other)], doubts)
    assert (told != NEVER) is decided
