"""Answers of the report: by fixed rules from results, comparisons and verdicts."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from dlia.reporting import answers, differences
from dlia.reporting.blocks import Paragraph, Prose, Table
from dlia.reporting.differences import BETTER, FAILED, SAME, SMALL, UNKNOWN, WORSE, ZERO
from dlia.reporting.judged_claims import JudgedClaim
from dlia.reporting.results import Outcome, PairedRow, Result
from dlia.tasks import task_named


def said(texts: list[Prose]) -> str:
    return " ".join("".join(part.text for part in text) for text in texts)


def answer(of: Outcome) -> str:
    """Give the paragraph that answers the question of an exercise."""
    [first, *_] = answers.answer_of(of)
    assert isinstance(first, Paragraph)
    return said([first.text])


def cells(table: Table) -> list[list[str]]:
    return [[cell.words for cell in row.cells] for row in table.rows]


def result(name: str, value: float, claim: JudgedClaim | None = None, **other: Any) -> Result:
    known = {"sd": "0.10 %", "interval": "97.9 to 98.1 %", "same_as": "", "learnt": True}
    known["reported_value"] = 0.98
    known |= {
        "reported": "98 %",
        "trials": ("98 %", "99 %"),
        "mean": f"{100 * value:.2f} %",
    } | other
    empty = dict.fromkeys(("lowest_image", "validation", "epochs", "status"), "")
    return Result(name=name, is_variant=True, value=value, claim=claim, **empty | known)


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
    study: Any = SimpleNamespace(
        metric="accuracy",
        family="accuracy",
        reported_part="test",
        task=task_named("classification"),
        claims={
            "x": SimpleNamespace(open_settings=("loss", "batch_size"), quantity="accuracy"),
            "weights": SimpleNamespace(open_settings=(), quantity="parameters"),
        },
    )
    own = {"is_validated": False, "weights_of": ""}
    variants = {row.name: SimpleNamespace(key=f"ex1_5/{row.name}", **own) for row in results}
    exercise: Any = SimpleNamespace(id="ex1_5", variants=variants, reports_parts=False)
    found = Outcome(study, exercise, results, comparisons, (), claims, {}, None, 0.11)  # type: ignore[arg-type]
    return replace(found, margin=0.001)


@pytest.mark.parametrize(
    ("trials", "told"),
    [
        ((0.9899, 0.9901), "Clearly best in test accuracy"),
        ((0.970, 0.999), "No variant is clearly best; highest mean test accuracy"),
        ((0.98045, 0.98046), "No variant is clearly best; highest mean test accuracy"),
        ((), "No variant is clearly best; highest mean test accuracy"),
    ],
)
def test_a_variant_is_called_best_only_if_it_is_clearly_above_all_others(trials, told):
    rows = result("a", 0.98, values=(0.98, 0.98)), result("b", 0.99, values=trials)
    text = said(answers.best(outcome(*rows)))
    assert text == f"{told}: b, 99.00 % (95 % interval 97.9 to 98.1 %)."


def test_where_validation_images_choose_the_best_on_test_images_is_for_information_only():
    found = outcome(result("a", 0.98, validation="0.97"), result("b", 0.99))
    found.exercise.variants["a"] = SimpleNamespace(is_validated=True, key="ex1_5/a")
    text = said(answers.best(found))
    assert "highest mean test accuracy, for information only: b, " in text
    assert text.endswith(
        "Variants are chosen on validation images; there, a has the highest mean, 97.00 %."
    )


def test_one_trial_each_is_said_to_show_no_best():
    rows = [result(name, mean, values=(mean,)) for name, mean in (("a", 0.5), ("b", 0.99))]
    text = said(answers.best(outcome(*rows)))
    assert text.startswith("One trial each cannot show which variant is best; highest test acc")


def test_without_an_interval_the_reason_is_given():
    one = result("b", 0.99, sd="one trial", interval="one trial")
    assert said(answers.best(outcome(one))) == "Test accuracy: b, 99.00 % (one trial)."


def test_variants_that_share_the_highest_mean_are_named_together():
    text = said(answers.best(outcome(result("a", 0.99), result("b", 0.99), result("c", 0.9))))
    assert ": a and b, 99.00 %" in text


def test_of_equal_variants_the_first_is_the_best():
    assert answers.best_of([result("a", 0.9), result("b", 0.9)]).name == "a"


def test_without_a_finite_result_no_variant_is_the_best():
    assert said(answers.best(outcome(result("a", float("nan"))))) == (
        "No variant has a finite result."
    )


def test_variants_that_are_not_better_than_a_baseline_did_not_learn():
    baseline = replace(result("majority", 0.11), is_variant=False)
    text = answer(outcome(result("a", 0.98), result("b", 0.1, learnt=False), baseline))
    assert (
        "b did not learn the task: the mean of 10.00 % is not above the 11.00 % that majority "
        "reaches without learning."
    ) in text


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((0.1, 0.1, 0.1), "their means, all 10.00 %, are not above the 11.00 % that"),
        ((0.1, 0.08), "the means of 10.00 % and 8.00 % are not above"),
        ((0.1, 0.08, 0.1, 0.09, 0.1), "their means, 8.00 to 10.00 %, are not above"),
    ],
)
def test_many_means_that_are_not_better_than_a_baseline_are_told_in_short(values, said):
    baseline = replace(result("majority", 0.11), is_variant=False)
    found = [result(f"b{n}", value, learnt=False) for n, value in enumerate(values)]
    assert said in answer(outcome(result("a", 0.98), *found, baseline))


def test_a_shortened_training_that_did_not_learn_had_few_epochs():
    baseline = replace(result("majority", 0.11), is_variant=False)
    short = replace(result("b", 0.1, learnt=False), epochs="2 of 40")
    text = answer(outcome(result("a", 0.98), short, baseline))
    assert "b did not learn the task in the few epochs of this build: the mean of" in text


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.001, 0.003, BETTER),
        (-0.003, -0.001, WORSE),
        (0.0001, 0.0017, SMALL),
        (-0.0017, -0.0001, SMALL),
        (-0.001, 0.003, ZERO),
        (0.0, 0.003, ZERO),
        (0.0, 0.0, SAME),
        (None, None, UNKNOWN),
    ],
)
def test_a_difference_counts_if_its_interval_excludes_zero_and_it_is_at_least_the_margin(
    low, high, word
):
    mean = ((low or 0) + (high or 0)) / 2
    assert differences.judged(comparison("a", mean, low, high), margin=0.001) == word


def test_a_mean_with_failed_trials_is_told_without_them_and_is_not_the_best():
    failed = result("b", 0.99, of_good="99.90 % without 1 collapsed trial")
    text = answer(outcome(result("a", 0.98), failed))
    assert ": a, 98.00 %" in text
    assert text.endswith(
        "The mean of b, 99.00 %, contains failed trials (99.90 % without 1 collapsed trial)."
    )


def test_differences_are_a_table_with_their_intervals_and_what_they_mean():
    rows = (
        comparison("a", 0.002, 0.001, 0.003),
        replace(comparison("b", -0.004, -0.01, 0.002), other="ex1_4/adam"),
    )
    [found] = differences.differences_in_short(outcome(comparisons=rows))
    assert cells(found) == [
        ["a", "ex1_2/sgd", "0.20", "0.1 to 0.3", BETTER],
        ["b", "ex1_4/adam", "-0.40", "0.1 to 0.3", ZERO],
    ]


def test_with_one_trial_each_columns_that_only_say_so_are_left_out():
    said_of_one = {"sd": "one trial", "interval": "one trial", "trials": ("98 %",)}
    rows = [
        replace(comparison(name, 0.002, None, None), interval="one trial", effect="too few trials")
        for name in "ab"
    ]
    one = outcome(*(result(name, 0.98, **said_of_one) for name in "ab"), comparisons=tuple(rows))
    [found] = differences.differences_in_short(one)
    assert [column.head for column in found.columns] == [
        "Variant", "Compared with", "Difference (points)",
    ]  # fmt: skip
    assert cells(found) == [["a", "ex1_2/sgd", "0.20"], ["b", "ex1_2/sgd", "0.20"]]
    assert "one trial each" in said([found.caption])
    failed = replace(rows[0], failed="1 of 1 trials of a collapsed")
    [found] = differences.differences_in_short(replace(one, comparisons=(failed, rows[1])))
    assert [column.head for column in found.columns][2:] == [
        "Difference (points)", "95 % interval", "Result",
    ]  # fmt: skip
    assert cells(found)[0][2:] == ["1 of 1 trials of a collapsed", FAILED]


def test_clear_differences_are_told_in_a_sentence():
    rows = [comparison(name, 0.002, 0.001, 0.003) for name in "ab"]
    rows += [comparison("c", -0.002, -0.003, -0.001), comparison("d", 0.002, -0.001, 0.003)]
    assert said(differences.differences_told(outcome(comparisons=tuple(rows)))) == (
        "By the differences, a is better than ex1_2/sgd by 0.20 points, b is better than ex1_2/sgd "
        "by 0.20 points and c is worse than ex1_2/sgd by 0.20 points."
    )
    assert said(differences.differences_told(outcome(comparisons=(rows[-1],)))) == (
        "None of the differences is clear."
    )
    assert differences.differences_told(outcome()) == []


def test_clear_differences_below_the_margin_are_told_apart():
    rows = (comparison("a", 0.002, 0.001, 0.003), comparison("b", -0.0004, -0.0007, -0.0001))
    assert said(differences.differences_told(outcome(comparisons=rows))) == (
        "By the differences, a is better than ex1_2/sgd by 0.20 points; the difference of b from "
        "ex1_2/sgd (-0.04 points) is clear, but below the margin of 0.10 points."
    )


def test_that_a_variant_is_better_than_one_that_did_not_learn_is_said():
    row = replace(comparison("a", 0.2, 0.1, 0.3), unlearnt=("ex1_2/sgd",))
    found = outcome(comparisons=(row,))
    assert "better than ex1_2/sgd, which did not learn the task, by 20.00 points" in said(
        differences.differences_told(found)
    )
    [table] = differences.differences_in_short(found)
    [note] = table.rows[0].cells[-1].note
    assert note.text == "ex1_2/sgd did not learn the task"


def test_only_the_metric_of_the_study_is_compared_beside_the_answer():
    row = replace(comparison("a", 0.002, 0.001, 0.003), metric="loss")
    assert differences.differences_in_short(outcome(comparisons=(row,))) == []


def test_a_difference_with_failed_trials_is_called_not_comparable_and_has_no_numbers():
    row = replace(comparison("a", 0.002, 0.001, 0.003), failed="1 of 3 trials of e/a collapsed")
    [found] = differences.differences_in_short(outcome(comparisons=(row,)))
    assert cells(found) == [["a", "ex1_2/sgd", "1 of 3 trials of e/a collapsed", FAILED]]


def test_what_sources_report_is_told_with_the_difference_and_the_verdict():
    rows = [result("a", 0.985, judged("x", "reproduced"))]
    assert said(answers.reported(outcome(*rows))) == (
        "R 1 reports 98 % for a; here 98.50 % (+0.50 points): reproduced."
    )


def test_that_another_trial_may_have_the_reported_value_is_told():
    claim = replace(judged("x", "undecided"), reason="Accuracy: 90 %: within 85 to 99 %, as one.")
    assert said(answers.reported(outcome(result("a", 0.9, claim)))).endswith(
        "(-8.00 points): undecided, as 98 % is within 85 to 99 %, as one."
    )


def test_the_number_of_open_settings_is_told_where_they_leave_a_value_undecided():
    claim = replace(
        judged("x", "undecided (settings not reported)"),
        reason="Accuracy: 90 %, 8 points below 98 %: outside 85 to 95 %, where one is expected.",
    )
    assert said(answers.reported(outcome(result("a", 0.9, claim)))).endswith(
        "(-8.00 points): undecided, as R leaves 2 settings open."
    )


def test_many_reported_values_are_counted_by_verdict():
    verdicts = ["reproduced", "reproduced (assumed settings)", "undecided", "not reproduced"]
    rows = [result(str(n), 0.9, judged(str(n), verdict)) for n, verdict in enumerate(verdicts)]
    assert said(answers.reported(outcome(*rows))) == (
        "Of 4 reported accuracy values, 2 are reproduced, 1 is undecided and 1 is not reproduced; "
        "those that are undecided or not reproduced are lower here, by 8.00 points."
    )


def test_a_few_values_that_differ_in_both_directions_are_listed():
    rows = [result(str(n), value, judged(str(n), "undecided")) for n, value in enumerate((1, 0.9))]
    assert said(answers.values_told(rows, outcome().study)).endswith(
        "all are 2.00 points higher and 8.00 points lower here."
    )


def test_where_a_mean_is_as_reported_and_its_classes_are_not_that_is_told():
    row = result("a", 0.9, judged("x", "reproduced"))
    of_classes = tuple(
        replace(judged(name, "undecided"), of=("ex1_5/a",), quantity=quantity, direction=way)
        for name, quantity, way in (
            ("one", "accuracy_class_1", "contradict"),
            ("two", "accuracy_class_2", "agree"),
            ("other", "recall_class_1", "contradict"),
        )
    )
    found = outcome(row, claims=of_classes)
    found.study.claims.update(dict.fromkeys(("one", "two"), SimpleNamespace(part="test")))
    assert said(answers.reported(found)).endswith(
        "Of the 2 values of single classes behind those that are reproduced, 1 differs by more "
        "than the margin: the differences cancel in the mean."
    )


def test_of_many_differences_the_range_is_told():
    means = (0.9, 0.91, 0.92, 0.93, 0.94)
    rows = [result(str(n), mean, judged(str(n), "undecided")) for n, mean in enumerate(means)]
    assert said(answers.values_told(rows, outcome().study)).endswith(
        "all are lower here, by 4.00 to 8.00 points."
    )


def test_a_variant_that_is_the_same_training_is_not_counted_again():
    claim = judged("x", "reproduced")
    rows = [result("a", 0.98, claim), result("b", 0.98, claim, same_as="ex1_2/sgd")]
    assert said(answers.reported(outcome(*rows))).count("R 1 reports") == 1


def test_a_question_is_answered_in_words_with_what_was_found():
    claim = judged("x", "not reproduced", "Asked - do skip connections help?")
    claim = replace(
        claim,
        reason="Dice: in the claimed direction the difference is 0.1: below the margin; more.",
    )
    assert answer(outcome(claims=(claim,))).startswith(
        "To the question “Do skip connections help?” the answer is no: difference 0.1, below the "
        "margin."
    )


def test_the_answer_to_a_question_says_if_the_comparison_is_with_a_network_that_did_not_learn():
    claim = judged("x", "reproduced", "Asked - does it help?")
    claim = replace(claim, reason="Dice: the difference is 0.2.", against=("ex1_2/sgd",))
    row = replace(comparison("a", 0.2, 0.1, 0.3), unlearnt=("ex1_2/sgd",))
    assert answer(outcome(claims=(claim,), comparisons=(row,))).startswith(
        "To the question “Does it help?” the answer is yes: the difference is 0.2; ex1_2/sgd did "
        "not learn the task."
    )


def test_many_questions_stand_in_a_table():
    claims = [judged(str(n), "undecided", f"Asked - is it {n}?") for n in range(2)]
    claims.append(judged("deeper", "reproduced", "Asked - is it deeper?"))
    [first, asked] = answers.answer_of(outcome(claims=tuple(claims)))
    assert said([first.text]).startswith("The sheet asks 3 questions: 1 yes, 2 undecided.")
    assert cells(asked)[-1] == ["Is it deeper?", "yes", "98 %"]


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ((1200, 1200), "Trainable parameters: 1,200 in every variant."),
        ((1200, 9), "Trainable parameters: 1,200 (a), 9 (b)."),
    ],
)
def test_the_number_of_parameters_is_told_where_a_claim_is_about_it(counts, told):
    records = {name: {"parameters": n} for name, n in zip("ab", counts, strict=True)}
    own = replace(outcome(claims=(judged("weights", "reproduced"),)), records=records)
    assert said(answers.parameters_told(own)) == told
    assert answers.parameters_told(replace(own, claims=(judged("x", "reproduced"),))) == []


def test_claims_that_are_not_reproduced_are_named_with_what_was_found():
    claims = [judged("x", "reproduced"), judged("y", "not reproduced", "It has 9 layers.")]
    assert (
        said(answers.refuted_told(claims))
        == "Not reproduced: “It has 9 layers” (accuracy here: 98 %)."
    )


def test_a_comparison_that_is_not_reproduced_is_named_with_the_reason():
    claim = judged("x", "not reproduced in any of 3 readings", "A is better than B.")
    claim = replace(claim, against=("ex1_5/b",), reason="Accuracy: the same value in every trial.")
    assert said(answers.refuted_told([claim])) == (
        "Not reproduced: “A is better than B” (the same value in every trial)."
    )


def test_claims_in_the_same_words_are_named_once():
    claims = [judged("x", "not reproduced"), replace(judged("y", "not reproduced"), found="99 %")]
    assert said(answers.refuted_told(claims)) == (
        "Not reproduced: “It is” (accuracy here: 98 %, accuracy here: 99 %)."
    )


@pytest.mark.parametrize(("count", "named", "others"), [(4, 4, ""), (8, 3, " and 5 others")])
def test_of_many_claims_that_are_not_reproduced_the_first_are_named(count, named, others):
    claims = [judged(str(n), "not reproduced", f"It has {n} layers.") for n in range(count)]
    told = said(answers.refuted_told(claims))
    assert told.count("layers”") == named
    assert others in told
    assert ("others" in told) is bool(others)


def test_a_question_is_no_claim_that_is_not_reproduced():
    assert not answers.refuted_told([judged("x", "not reproduced", "Asked - is it?")])


def test_claims_and_questions_are_counted_apart():
    claims = [judged("z", "undecided", "Asked - is it?")]
    claims += [judged("x", "reproduced (assumed settings)"), judged("y", "not reproduced")]
    assert said(answers.claims_told(claims[:2])) == "The other claim is reproduced."
    assert said(answers.claims_told(claims)) == (
        "Of 2 other claims, 1 is reproduced and 1 is not reproduced."
    )


def test_values_that_are_reported_for_other_parts_are_counted_once_for_each_training():
    found = outcome(
        *(result(name, 0.5) for name in ("a", "b", "again")),
        claims=(judged("a_train", "reproduced"), judged("b_train", "undecided (other images)")),
    )
    for own in found.exercise.variants.values():
        own.same_as = "ex1_5/a" if own.key == "ex1_5/again" else ""
    found.exercise.reports_parts = True
    names = {"ex1_5/a": "a_train", "ex1_5/b": "b_train", "ex1_5/again": "a_train"}
    found.study.claims_of_values = lambda part: names if part == "train" else {}
    assert said(answers.reported_on_parts(found)) == (
        "Of 2 reported accuracy values on training images, 1 is reproduced and 1 is undecided."
    )


def test_a_value_that_is_reported_for_validation_is_set_beside_that_of_validation():
    on_test = result("a", 0.5)
    on_validation = replace(
        result("a", 0.97, claim=judged("x", "reproduced"), reported="97 %", reported_value=0.97),
        part="validation",
    )
    found = replace(outcome(on_test), on_part=(on_validation,))
    [told] = answers.reported(found)
    assert "reports 97 % for a on validation images; here 97.00 %" in said([told])


def test_where_the_metric_leaves_something_out_the_order_that_counts_it_is_told(monkeypatch):
    means = {"a": 0.4, "b": 0.445}
    monkeypatch.setattr(answers, "mean_of", lambda id_, name, variant: means[variant])
    found = outcome(result("a", 0.83), result("b", 0.485))
    volumes: Any = SimpleNamespace(
        **vars(found.study) | {"task": task_named("volume_segmentation")}
    )
    [told] = answers._strictly(replace(found, study=volumes))
    said = "".join(span.text for span in told)
    assert said.startswith("The order is another one in Dice in the whole volume, where a class")
    assert said.endswith("there a has 0.400, and b has the highest mean, 0.445.")
    means["a"] = 0.5
    [told] = answers._strictly(replace(found, study=volumes))
    assert "is highest for a, too, 0.500." in "".join(span.text for span in told)
    assert answers._strictly(found) == []
