"""Answers of the report: by fixed rules from results, comparisons and verdicts."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from dlia.reporting import answers
from dlia.reporting.answers import BETTER, SAME, UNKNOWN, WORSE, ZERO
from dlia.reporting.blocks import Prose
from dlia.reporting.results import JudgedClaim, Outcome, PairedRow, Result


def said(texts: list[Prose]) -> str:
    return " ".join("".join(part.text for part in text) for text in texts)


def result(name: str, value: float, claim: JudgedClaim | None = None, **other: Any) -> Result:
    known = {"sd": "0.10 %", "interval": "97.9 to 98.1 %", "same_as": "", "learnt": True}
    known["reported_value"] = 0.98
    known |= {
        "reported": "98 %",
        "trials": ("98 %", "99 %"),
        "mean": f"{100 * value:.2f} %",
    } | other
    empty = dict.fromkeys(("lowest_image", "validation", "epochs", "status"), "")
    return Result(name=name, is_variant=True, value=value, claim=claim, **empty, **known)


def comparison(
    name: str, difference: float, low: float | None, high: float | None, smallest_p: float = 0.25
) -> PairedRow:
    ends = {"difference": difference, "low": low, "high": high, "interval": "0.1 to 0.3 points"}
    ends["smallest_p"] = smallest_p
    texts = dict.fromkeys(("effect", "p", "p_holm", "remark"), "")
    words = {"metric": "accuracy", "words": "accuracy", "family": "accuracy"}
    return PairedRow(name, "ex1_2/sgd", **words, **ends, **texts)


def judged(name: str, verdict: str, says: str = "It is.") -> JudgedClaim:
    return JudgedClaim(
        "mnist", name, "R 1", says, ("ex1_5/a",), (), "accuracy", "98 %", verdict, "Why."
    )


def outcome(
    *results: Result, comparisons: tuple[PairedRow, ...] = (), claims: tuple[JudgedClaim, ...] = ()
) -> Outcome:
    known = {"accuracy": SimpleNamespace(words="accuracy")}
    study: Any = SimpleNamespace(metric="accuracy", task=SimpleNamespace(known=known))
    exercise: Any = SimpleNamespace(id="ex1_5")
    return Outcome(study, exercise, results, comparisons, (), claims, {}, None, 0.11)  # type: ignore[arg-type]


def test_the_best_variant_is_named_with_its_mean_and_spread():
    text = said(answers.best(outcome(result("a", 0.98), result("b", 0.99))))
    assert text == (
        "The highest mean on the test images, which choose nothing here, is that of b (accuracy "
        "99.00 % ± 0.10 %, mean of 2 trials)."
    )


def test_a_single_variant_is_not_called_the_best():
    assert said(answers.best(outcome(result("a", 0.98)))).startswith("a reaches 98.00 %")


def test_of_equal_variants_the_first_is_the_best():
    assert answers.best_of([result("a", 0.9), result("b", 0.9)]).name == "a"


def test_without_a_finite_result_no_variant_is_the_best():
    assert said(answers.best(outcome(result("a", float("nan"))))) == (
        "No variant has a finite result."
    )


def test_variants_that_are_not_better_than_a_baseline_did_not_learn():
    baseline = replace(result("majority", 0.11), is_variant=False)
    text = said(answers.best(outcome(result("a", 0.98), result("b", 0.1, learnt=False), baseline)))
    assert text.endswith(
        "; b did not learn the task: the mean of 10.00 % is not above the 11.00 % that majority "
        "reaches without learning."
    )


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.001, 0.003, BETTER),
        (-0.003, -0.001, WORSE),
        (-0.001, 0.003, ZERO),
        (0.0, 0.003, ZERO),
        (0.0, 0.0, SAME),
        (None, None, UNKNOWN),
    ],
)
def test_a_difference_is_told_apart_from_none_if_its_interval_excludes_zero(low, high, word):
    assert answers.judged(comparison("a", 0.002, low, high)) == word


def test_a_mean_with_failed_trials_is_told_without_them_and_is_not_the_highest():
    failed = result("b", 0.99, of_good="99.90 % without 1 collapsed trial")
    text = said(answers.best(outcome(result("a", 0.98), failed)))
    assert "is that of a (" in text
    assert text.endswith(
        "; the mean of b, 99.00 %, contains failed trials (99.90 % without 1 collapsed trial)."
    )


def test_a_difference_with_failed_trials_stands_apart_from_better_and_worse():
    row = replace(comparison("a", 0.002, 0.001, 0.003), failed="1 of 3 trials of e/a collapsed")
    assert said(answers.differences_told(outcome(comparisons=(row,)))) == (
        "a is 0.20 points better than ex1_2/sgd; 1 of 3 trials of e/a collapsed, and the "
        "difference includes them."
    )
    rows = [comparison(name, 0.002, 0.001, 0.003) for name in "bc"]
    text = said(answers.differences_told(outcome(comparisons=(row, *rows))))
    assert text.startswith("b is 0.20 points better")
    assert (
        "1 with failed trials, so that the interval describes neither these nor others (a " in text
    )


def test_a_difference_is_told_with_its_interval_and_direction():
    rows = (comparison("a", 0.002, 0.001, 0.003), comparison("b", -0.004, -0.01, 0.002))
    assert said(answers.differences_told(outcome(comparisons=rows))) == (
        "a is 0.20 points better than ex1_2/sgd; the 95 % interval of the difference, 0.1 to 0.3 "
        "points, excludes zero; b is 0.40 points worse than ex1_2/sgd; the 95 % interval of the "
        "difference, 0.1 to 0.3 points, contains zero."
    )


def test_of_many_differences_the_largest_gain_is_told_and_the_others_by_outcome():
    rows = (
        comparison("a", 0.002, 0.001, 0.003),
        comparison("b", 0.006, 0.004, 0.008),
        comparison("c", -0.004, -0.01, 0.002),
        comparison("d", -0.004, -0.01, -0.002),
        comparison("e", 0.009, -0.01, 0.02),
    )
    text = said(answers.differences_told(outcome(comparisons=rows)))
    assert text.startswith("b is 0.60 points better than ex1_2/sgd")
    assert text.endswith(
        "; of the other comparisons: 1 better, with an interval above zero (a against "
        "ex1_2/sgd); 1 worse, with an interval below zero (d against ex1_2/sgd); 2 with an "
        "interval that contains zero (c, e against ex1_2/sgd)."
    )


def test_variants_are_named_with_what_each_is_compared_with():
    rows = [comparison(name, -0.004, -0.01, 0.002) for name in "abc"]
    rows[1] = replace(rows[1], other="ex1_4/adam")
    assert said(answers.differences_told(outcome(comparisons=tuple(rows)))).endswith(
        "(a, c against ex1_2/sgd; b against ex1_4/adam)."
    )


def test_what_sources_report_is_told_with_the_verdict():
    rows = [result("a", 0.98, judged("x", "reproduced"))]
    assert said(answers.reported(outcome(*rows))) == (
        "R 1 reports 98 % for a, the build finds 98.00 %: reproduced."
    )


def test_many_reported_values_are_counted_by_verdict():
    verdicts = ["reproduced", "reproduced (assumed settings)", "undecided", "not reproduced"]
    rows = [result(str(n), 0.9, judged(str(n), verdict)) for n, verdict in enumerate(verdicts)]
    assert said(answers.reported(outcome(*rows))) == (
        "Of the 4 values that the sources report, 2 are reproduced, 1 is undecided and 1 is not "
        "reproduced."
    )


def test_a_variant_that_is_the_same_training_is_not_counted_again():
    claim = judged("x", "reproduced")
    rows = [result("a", 0.98, claim), result("b", 0.98, claim, same_as="ex1_2/sgd")]
    assert said(answers.reported(outcome(*rows))).count("R 1 reports") == 1


def test_a_question_that_is_denied_is_answered_in_words_with_the_reason():
    claim = judged("x", "not reproduced", "Asked - do skip connections help?")
    claim = replace(claim, reason="Dice: 0.1: any difference is below the margin of 0.030.")
    assert said(answers.judgements_told([claim])) == (
        "To the questions of the sheet, the answer is no (any difference is below the margin of "
        "0.030): “Do skip connections help?”."
    )


def test_questions_with_the_same_answer_stand_together():
    claims = [judged(str(n), "undecided", f"Asked - is it {n}?") for n in range(2)]
    claims.insert(1, judged("deeper", "reproduced", "Asked - is it deeper?"))
    assert said(answers.judgements_told(claims)) == (
        "To the questions of the sheet, the answer is undecided: “Is it 0?” “Is it 1?”; yes: "
        "“Is it deeper?”."
    )


def test_claims_that_are_not_reproduced_are_named_with_what_was_found():
    claims = [judged("x", "reproduced"), judged("y", "not reproduced", "It has 9 layers.")]
    assert said(answers.refuted_told(claims)) == "Not reproduced: “It has 9 layers” (found: 98 %)."


def test_a_comparison_that_is_not_reproduced_is_named_with_the_reason():
    claim = judged("x", "not reproduced in any of 3 readings", "A is better than B.")
    claim = replace(claim, against=("ex1_5/b",), reason="Accuracy: the same value in every trial.")
    assert said(answers.refuted_told([claim])) == (
        "Not reproduced: “A is better than B” (the same value in every trial)."
    )


def test_claims_in_the_same_words_are_named_once():
    claims = [judged("x", "not reproduced"), replace(judged("y", "not reproduced"), found="99 %")]
    assert said(answers.refuted_told(claims)) == (
        "Not reproduced: “It is” (found: 98 %; found: 99 %)."
    )


def test_a_question_is_no_claim_that_is_not_reproduced():
    assert not answers.refuted_told([judged("x", "not reproduced", "Asked - is it?")])


def test_claims_and_questions_are_counted_apart():
    claims = [judged("z", "undecided", "Asked - is it?")]
    claims += [judged("x", "reproduced (assumed settings)"), judged("y", "not reproduced")]
    assert said(answers.judgements_told(claims)) == (
        "To the questions of the sheet, the answer is undecided: “Is it?”; of 2 claims, 1 is "
        "reproduced and 1 is not reproduced."
    )


def test_an_answer_has_at_most_five_sentences():
    rows = tuple(comparison(str(n), 0.01 * n, 0.001, 0.02) for n in range(9))
    claims = tuple(judged(str(n), "undecided", f"Asked - is it {n}?") for n in range(9))
    claims += (judged("x", "not reproduced"),)
    results = (result(str(n), 0.9, claims[n]) for n in range(9))
    text = answers.answer_of(outcome(*results, comparisons=rows, claims=claims)).text
    assert said([text]).count(". ") + 1 == 5
