"""How verdicts are counted: claims and questions apart, whatever a verdict depends on."""

import pytest

from dlia.study.tally import count_verdicts, counts_in_words, head, shown

ASKED = "Asked - is it?"


@pytest.mark.parametrize(
    ("says", "verdict", "answer"),
    [
        (ASKED, "reproduced (assumed settings)", "yes (assumed settings)"),
        (ASKED, "not reproduced", "no"),
        ("Asked, for comparison - is it?", "not reproduced", "no"),
        (ASKED, "undecided", "undecided"),
        (ASKED, "not reproduced in any of 3 readings", "no in any of 3 readings"),
        ("It is.", "reproduced", "reproduced"),
    ],
)
def test_a_question_is_answered_with_yes_or_no(says, verdict, answer):
    assert shown(says, verdict) == answer


@pytest.mark.parametrize(
    ("verdict", "word"),
    [
        ("compatible (1 of 2 readings: rate 0)", "compatible"),
        ("not reproduced in any of 12 readings", "not reproduced"),
        ("reproduced (assumed settings)", "reproduced"),
    ],
)
def test_verdicts_that_differ_in_what_they_depend_on_are_counted_together(verdict, word):
    assert head(verdict) == word


def test_claims_and_questions_are_counted_apart_and_those_that_agree_come_first():
    said = [*["not reproduced"] * 2, "reproduced", "reproduced (assumed settings)", "undecided"]
    judged = [
        *(("It is.", verdict) for verdict in said),
        (ASKED, "undecided"),
        (ASKED, "reproduced"),
    ]
    found = count_verdicts(judged)
    assert found.claims == (("reproduced", 2), ("undecided", 1), ("not reproduced", 2))
    assert found.questions == (("yes", 1), ("undecided", 1))
    assert counts_in_words(found) == (
        "5 claims: 2 reproduced, 1 undecided, 2 not reproduced; 2 questions: 1 yes, 1 undecided"
    )
