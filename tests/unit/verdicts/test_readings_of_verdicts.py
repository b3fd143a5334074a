"""Verdicts by readings: the one that is taken decides, unless all contradict the claim."""

import shutil
from typing import Any

import numpy as np
import pytest
from test_judge import Results, claim
from test_rules import ACCURACY, CASES, at_most

from dlia.reporting.records import read_table
from dlia.study.claims import Claim, Reading, StudyClaims
from dlia.study.printed import parse_reported
from dlia.verdicts.readings import Judged, combined, level_of_each
from dlia.verdicts.rules import (
    NOT_REPRODUCED,
    REPRODUCED,
    UNDECIDED,
    judge_threshold,
    judge_value,
)
from dlia.verdicts.table import judge_claims

TAKEN = "the settings that are taken"
OPEN = f"{UNDECIDED} (settings not reported)"
NEAR, FAR, WIDE = [0.9876, 0.9878, 0.9880], [0.970, 0.971, 0.972], [0.95, 0.97, 0.99]
RATE = "optimizer.learning_rate"


def verdict(taken: str, *others: str, without: tuple[str, ...] = ()) -> str:
    own = {REPRODUCED: f"{REPRODUCED} (assumed settings)", NOT_REPRODUCED: OPEN}.get(taken, taken)
    named = [Judged(f"rate {number}", word) for number, word in enumerate(others)]
    return combined(own, "Why", Judged(TAKEN, taken), named, list(without))[0]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((REPRODUCED, NOT_REPRODUCED), f"{REPRODUCED} (assumed settings)"),
        ((REPRODUCED, REPRODUCED), f"{REPRODUCED} (assumed settings)"),
        ((NOT_REPRODUCED, REPRODUCED), "compatible (1 of 2 readings: rate 0)"),
        ((UNDECIDED, NOT_REPRODUCED, REPRODUCED), "compatible (1 of 3 readings: rate 1)"),
        (
            (NOT_REPRODUCED, f"{REPRODUCED} (open definition)"),
            "compatible (1 of 2 readings: rate 0)",
        ),
        (
            (NOT_REPRODUCED, f"{REPRODUCED} (open definition, 1 of 3 trials failed)"),
            "compatible (1 of 2 readings: rate 0, 1 of 3 trials failed)",
        ),
        ((NOT_REPRODUCED, NOT_REPRODUCED), "not reproduced in any of 2 readings"),
        ((NOT_REPRODUCED, UNDECIDED), OPEN),
        ((NOT_REPRODUCED, f"{UNDECIDED} (collapsed)"), OPEN),
        ((UNDECIDED, NOT_REPRODUCED), UNDECIDED),
    ],
)
def test_the_reading_that_is_taken_decides_unless_all_agree_against_it(words, expected):
    assert verdict(*words) == expected


def test_a_setting_without_readings_keeps_a_claim_open():
    assert verdict(NOT_REPRODUCED, NOT_REPRODUCED, without=("loss",)) == OPEN


def test_a_setting_without_readings_does_not_hide_another_that_agrees():
    assert verdict(NOT_REPRODUCED, REPRODUCED, without=("loss",)).startswith("compatible")


def test_the_reason_names_the_readings_that_leave_a_claim_open():
    others = [Judged("rate 1", NOT_REPRODUCED), Judged("rate 2", f"{UNDECIDED} (collapsed)")]
    reason = combined(OPEN, "Why", Judged(TAKEN, NOT_REPRODUCED), others, ["loss"])[1]
    assert "2 of 3 readings contradict it at 98.33 %" in reason
    assert "rate 2 - undecided (collapsed)" in reason
    assert reason.endswith("not covered by readings: loss")


@pytest.fixture
def read(tmp_path):
    """Judge a claim about e/a by the accuracies of its trials and of those of its readings."""

    def judged(own: list[float], *others: list[float], **kwargs: Any) -> dict[str, str]:
        about = kwargs.pop("about", claim("e/a", "value", "98.78 %", open_settings=(RATE,)))
        results = Results(tmp_path / "results")
        shortened = {"asked": kwargs["asked"]} if "asked" in kwargs else {}
        results.record("e/a", kwargs.get("statuses"), **shortened)
        results.accuracy({"a": own})
        keys = [f"e/a__{number}" for number in range(len(others))]
        for key in keys:
            results.record(key, kwargs.get("of_readings"))
        folder = Results(tmp_path / "readings")
        folder.accuracy({key.removeprefix("e/"): v for key, v in zip(keys, others, strict=True)})
        tables = tmp_path / "results/e/readings"
        shutil.copytree(tmp_path / "readings/e", tables, dirs_exist_ok=True)
        readings = tuple(Reading(RATE, f"rate {n}", key) for n, key in enumerate(keys))
        judge(results, about, readings, **kwargs)
        return read_table(tmp_path / "results/claims.csv")[0]

    return judged


def judge(results: Results, about: Claim, readings: tuple[Reading, ...], **how: Any) -> None:
    study = StudyClaims(
        name="x",
        metric="accuracy",
        per_trial="accuracy",
        data=how.get("data", "real"),
        claims=(about,),
        untested=(),
        trained_as=results.trained_as,
        readings={"e/a": readings},
        unread={"e/a": how.get("unread", ())},
        reads=how.get("reads", True),
    )
    margins = {"accuracy": 0.003, "dice": 0.03}
    judge_claims([study], margins, results.path, str(results.path / "claims.csv"))


@pytest.mark.parametrize(
    ("trials", "expected"),
    [
        ((NEAR, FAR), "reproduced (assumed settings)"),
        ((FAR, NEAR), "compatible (1 of 2 readings: rate 0)"),
        ((FAR, FAR), "not reproduced in any of 2 readings"),
        ((FAR, WIDE), OPEN),
        ((WIDE, FAR), "undecided"),
    ],
)
def test_a_claim_is_judged_by_the_test_results_of_all_readings(read, trials, expected):
    row = read(*trials)
    assert (row["verdict"], row["readings"]) == (expected, "2")


def test_every_reading_has_to_contradict_at_a_stricter_level(read):
    # Outside of the prediction interval at 95 %, and within it at 97.5 %.
    close = [0.978, 0.979, 0.9815]
    about = claim("e/a", "value", "98.9 %")
    assert read(close, FAR, about=about)["verdict"] == "not reproduced"
    about = claim("e/a", "value", "98.9 %", open_settings=(RATE,))
    assert read(close, FAR, about=about)["verdict"] == OPEN


def test_a_failed_trial_of_one_reading_keeps_a_claim_open(read):
    row = read(FAR, FAR, of_readings=["ok", "ok", "collapsed"])
    assert row["verdict"] == OPEN
    assert "rate 0 - undecided (collapsed)" in row["reason"]


def test_two_trials_refute_nothing_however_many_readings(read):
    row = read(FAR[:2], FAR[:2], statuses=["ok"] * 2, of_readings=["ok"] * 2)
    assert row["verdict"] == "undecided (too few trials)"


def test_a_threshold_is_judged_by_readings_too(read):
    about = claim("e/a", "above", "98 %", open_settings=(RATE,))
    assert read(FAR, NEAR, about=about)["verdict"] == "compatible (1 of 2 readings: rate 0)"
    assert read(FAR, FAR, about=about)["verdict"] == "not reproduced in any of 2 readings"


def test_an_open_definition_keeps_a_claim_open_in_every_reading(read):
    own = {"open_settings": (RATE,), "undefined": ("It does not say.",)}
    row = read(FAR, FAR, about=claim("e/a", "value", "98.78 %", **own))
    assert row["verdict"] == OPEN
    assert "rate 0 - undecided (open definition)" in row["reason"]


def test_readings_that_are_not_trained_are_named_with_how_to_train_them(read):
    row = read(FAR, FAR, reads=False, unread=("loss",))
    assert (row["verdict"], row["readings"]) == (OPEN, "not trained")
    assert "--config readings=true (rate 0)" in row["reason"]
    assert "not covered by readings: loss" in row["reason"]


def test_what_is_reproduced_needs_no_readings(read):
    row = read(NEAR, FAR, reads=False)
    assert (row["verdict"], row["readings"]) == ("reproduced (assumed settings)", "not trained")
    assert "readings=true" not in row["reason"]


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        (NOT_REPRODUCED, "not reproduced by the settings that are taken, but reproduced by others"),
        (UNDECIDED, "undecided by the settings that are taken, but reproduced by others"),
    ],
)
def test_the_reason_says_what_the_reading_that_is_taken_finds(taken, told):
    assert told in combined(OPEN, "Why", Judged(TAKEN, taken), [Judged("x", REPRODUCED)], [])[1]


@pytest.mark.parametrize(
    ("reads", "expected"),
    [
        (True, ("not reproduced in any reading", "1")),
        (False, (OPEN, "none")),
    ],
)
def test_a_claim_is_refuted_by_the_only_reading_if_the_build_reads(read, reads, expected):
    row = read(FAR, reads=reads)
    assert (row["verdict"], row["readings"]) == expected


def test_the_only_reading_reproduces_what_its_trials_reproduce(read):
    row = read(NEAR)
    assert (row["verdict"], row["readings"]) == ("reproduced (assumed settings)", "1")
    assert "other readings" not in row["reason"]


def test_a_word_is_contradicted_at_no_level(read, tmp_path):
    words = Results(tmp_path / "results")
    words.fit({"a": "fits"})
    about = claim("e/a", "fit", "overfits", part="validation", open_settings=(RATE,))
    row = read(FAR, about=about)
    assert row["verdict"] == "not reproduced in any reading"
    assert "this one contradicts it." in row["reason"]


def test_a_level_that_no_trial_reaches_is_contradicted_at_no_level(read, tmp_path):
    curves = {("validation", "accuracy"): [[0.1, 0.2]] * 3}
    Results(tmp_path / "results").history("e/a", curves)
    about = claim(
        "e/a", "below", "3", part="validation", reaches="90 %", open_settings=(RATE,), epoch=""
    )
    row = read(FAR, about=about)
    assert row["verdict"] == "not reproduced in any reading"
    assert "this one contradicts it." in row["reason"]


def test_no_reading_of_a_shortened_training_is_judged(read):
    row = read(FAR, FAR, asked=100)
    assert (row["verdict"], row["readings"]) == ("not tested (shortened)", "shortened")


def test_a_variant_without_readings_is_judged_as_before(read):
    row = read(FAR, unread=(RATE,))
    assert (row["verdict"], row["readings"]) == (OPEN, "none")


@pytest.mark.parametrize(
    "about",
    [
        claim("e/a", "below", "95 %", quantity="linear_accuracy", part="", open_settings=(RATE,)),
        claim("e/a", "lower_than", open_settings=(RATE,), against=("e/b",)),
        claim("e/a", "value", "80", quantity="parameters", part="", open_settings=(RATE,)),
        claim("e/a", "above", "1 s", quantity="seconds", part="", open_settings=(RATE,)),
        claim("e/a", "above", "0", quantity="spread_correlation", open_settings=(RATE,)),
        claim("e/a", "value", "98.78 %", asked=True),
        claim("e/a", "above", "90 %", quantity="agreement", open_settings=(RATE,)),
        claim("e/a", "above", "90 %", or_quantity="agreement", open_settings=(RATE,)),
    ],
    ids=[
        "linear classifier",
        "comparison",
        "count",
        "seconds",
        "interval over images",
        "assignment",
        "agreement",
        "agreement as the other quantity",
    ],
)
def test_claims_that_readings_cannot_decide_are_not_read(about):
    assert not about.may_be_read


def test_on_stand_ins_no_reading_decides(read):
    assert read(FAR, FAR, data="stand-in")["verdict"] == "not tested (stand-in)"


@pytest.mark.parametrize("n", [3, 10])
@pytest.mark.parametrize("readings", [2, 7])
@pytest.mark.parametrize("sd", [0.0005, 0.004])
def test_a_value_that_one_reading_gives_is_refuted_in_at_most_5_percent_by_n(n, readings, sd):
    """The source is a run of one reading; the others lie so far off that all contradict it."""
    generator = np.random.default_rng(n)
    level = level_of_each(readings)
    runs = 0.95 + sd * generator.normal(size=CASES)
    trials = 0.95 + sd * generator.normal(size=(CASES, n))
    far = [Judged("other", NOT_REPRODUCED)] * (readings - 1)
    refuted = 0
    for run, values in zip(runs, trials, strict=True):
        reported = parse_reported(f"{100 * run:.2f} %")
        outcome = judge_value(values, reported, ACCURACY, level).outcome
        word, _ = combined(
            OPEN, "", Judged(TAKEN, NOT_REPRODUCED), [*far[1:], Judged("", outcome)], []
        )
        refuted += word.startswith(NOT_REPRODUCED)
    assert refuted / CASES <= at_most(0.05 / readings)


@pytest.mark.parametrize("n", [3, 10])
@pytest.mark.parametrize("readings", [2, 7])
def test_a_threshold_that_one_reading_passes_is_refuted_in_at_most_2_5_percent_by_n(n, readings):
    drawn = np.random.default_rng(n).normal(0.95, 0.004, (CASES, n))
    level = level_of_each(readings)
    found = [judge_threshold(values, 0.95, 1, ACCURACY, level=level).outcome for values in drawn]
    assert found.count(NOT_REPRODUCED) / CASES <= at_most(0.025 / readings)


def test_three_trials_refute_what_is_clearly_false_in_all_of_7_readings():
    generator = np.random.default_rng(0)
    values = generator.normal(0.98, 0.0005, (500, 7, 3))
    reported = parse_reported("99.9 %")
    found = [
        all(
            judge_value(x, reported, ACCURACY, level_of_each(7)).outcome == NOT_REPRODUCED
            for x in case
        )
        for case in values
    ]
    assert np.mean(found) > 0.8
