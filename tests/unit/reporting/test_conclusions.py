"""The conclusions: deviations, causes, comparisons, limits, and what would decide the rest."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from own_studies import own_study
from scipy import stats

from dlia.reporting.blocks import FactList
from dlia.reporting.chapters import Chapter
from dlia.reporting.conclusions import conclusions_part
from dlia.reporting.deciding import MOST_TRIALS, trials_needed
from dlia.reporting.judged_claims import JudgedClaim

STUDY = own_study("warwick")
ASKED = {"readings": False, "overrides": {"trials": 3}}
DATA = SimpleNamespace(images={"test": 60}, tested="60 test images")


def claim(name: str, verdict: str, says: str = "It is.") -> JudgedClaim:
    return JudgedClaim("warwick", name, "R 1", says, (), (), "q", "1", verdict, "Why.")


def row(name: str, value: float, judged: JudgedClaim | None = None, **other: Any) -> Any:
    known = {"is_variant": True, "learnt": True, "same_as": "", "trials": ("1",) * 3}
    known |= {"reported": "not reported", "reported_value": 0.0, "mean": f"{value:.3f}"}
    return SimpleNamespace(name=name, value=value, claim=judged, **known | other)


def outcome(exercise: str, *rows: Any, comparisons: tuple[Any, ...] = ()) -> Any:
    line = row("all_foreground", 0.642, is_variant=False)
    named = {r.name: SimpleNamespace(key=f"{exercise}/{r.name}", weights_of="") for r in rows}
    return SimpleNamespace(
        study=STUDY,
        exercise=SimpleNamespace(id=exercise, variants=named),
        variants=list(rows),
        compared=list(rows),
        results=[*rows, line],
        baseline=0.642,
        margin=0.03,
        comparisons=comparisons,
    )


def concluded(*outcomes: Any, claims: tuple[JudgedClaim, ...] = (), **asked: Any) -> dict[str, str]:
    chapter = Chapter(STUDY, DATA, outcomes, claims, ())
    [section] = conclusions_part([chapter], ASKED | asked)
    return {
        fact.term: "".join(span.text for span in fact.text)
        for block in section.blocks
        if isinstance(block, FactList)
        for fact in block.items
    }


BASELINE = row(
    "baseline_2024",
    0.514,
    claim("baseline_2024_0_66", "undecided"),
    reported="0.66",
    reported_value=0.66,
    learnt=False,
)
HEIR = row(
    "batch_norm",
    0.727,
    claim("batch_norm_0_82", "undecided (settings not reported)"),
    reported_value=0.82,
)


def test_direction_and_size_of_all_deviations_are_told():
    assert concluded(outcome("ex2_1", BASELINE), outcome("ex2_2", HEIR))["Reported values"] == (
        "The mean here is lower than all 2 reported values (-0.146 to -0.093, median "
        "-0.119); 2 differ by more than the margin of 0.030."
    )


def test_a_network_that_did_not_learn_is_told_as_a_cause_for_those_that_are_built_on_it():
    told = concluded(outcome("ex2_1", BASELINE), outcome("ex2_2", HEIR))["Causes"]
    assert (
        "ex2_1/baseline_2024 did not learn the task (0.514; all_foreground reaches 0.642 without "
        "learning), and ex2_2/batch_norm is built on it."
    ) in told


def test_a_network_that_did_not_learn_and_that_no_reported_value_rests_on_is_no_cause():
    other = row("plain", 0.5, learnt=False)
    assert "Causes" not in concluded(outcome("ex2_3", other))


def test_a_reported_value_near_the_baseline_is_told():
    told = concluded(outcome("ex2_1", BASELINE), outcome("ex2_2", HEIR))["Causes"]
    assert told.count("is itself within the margin of what all_foreground reaches") == 1


def test_settings_that_are_open_wherever_a_value_is_missed_are_named():
    known = {
        name: replace(STUDY.claims[name], open_settings=own)
        for name, own in (
            ("baseline_2024_0_66", ["loss", "batch_size"]),
            ("batch_norm_0_82", ["epochs", "loss"]),
        )
    }
    study = replace(STUDY, claims=known)
    chapter = Chapter(study, DATA, (outcome("ex2_1", BASELINE), outcome("ex2_2", HEIR)), (), ())
    [section] = conclusions_part([chapter], ASKED)
    told = "".join(span.text for span in section.blocks[1].items[1].text)
    assert told.startswith(
        "The sources leave settings open for every value that is not called reproduced; open in "
        "each case: loss."
    )


def test_refuted_claims_are_named_those_about_results_before_counts():
    own = [claim("baseline_2019_parameters", "not reproduced", "It is small (here, below 9).")]
    own += [claim(str(n), "not reproduced", f"It is {n}.") for n in range(2)]
    own.append(claim("asked", "not reproduced", "Asked - is it?"))
    told = concluded(claims=tuple(own))["Not reproduced"]
    assert [part.partition("”")[0] for part in told.split("“")[1:]] == [
        "It is 0",
        "It is 1",
        "It is small",
    ]


@pytest.mark.parametrize(("reads", "told"), [(False, True), (True, False)])
def test_readings_that_are_not_trained_are_a_next_step_with_their_command(reads, told):
    own = (claim("x", "undecided (settings not reported)"), claim("y", "not reproduced"))
    found = concluded(claims=own, readings=reads).get("Next steps", "")
    assert ("make ARGS='--config trials=3 readings=true'" in found) == told


def test_more_trials_are_a_next_step_where_claims_have_too_few():
    few = "undecided (too few trials{})"
    own = (claim("x", few.format("")), claim("y", few.format(", other images")), claim("z", "no"))
    found = concluded(claims=own, overrides={"trials": 1})["Next steps"]
    assert "2 claims are undecided for too few trials: make ARGS='--config trials=3'" in found
    assert "can reproduce, but not refute, 1 of them" in found


def test_more_trials_are_a_next_step_where_an_interval_is_wider_than_the_margin():
    compared = SimpleNamespace(
        metric="dice", variant="skip", other="ex2_3/plain", difference=0.0, low=-0.04, high=0.04
    )
    compared.remark = compared.failed = ""
    found = concluded(outcome("ex2_3", row("skip", 0.79), comparisons=(compared,)))["Next steps"]
    assert "The intervals of one difference" in found
    assert "4 trials narrow half" in found


def test_so_many_trials_narrow_the_interval_as_students_distribution_says():
    needed = trials_needed(0.1, 3, 0.03)
    reach = [stats.t.ppf(0.975, n - 1) / n**0.5 for n in (3, needed - 1, needed)]
    assert reach[2] / reach[0] <= 0.3 < reach[1] / reach[0]
    assert trials_needed(9.0, 3, 0.001) == MOST_TRIALS


def test_without_claims_and_exercises_there_are_no_conclusions():
    assert conclusions_part([Chapter(STUDY, None, (), (), ())], ASKED) == []
