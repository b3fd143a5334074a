"""Whether another prediction with the same networks explains what a source reports."""

from types import SimpleNamespace
from typing import Any

import pytest

from dlia.reporting.judged_claims import JudgedClaim
from dlia.reporting.predictions import explained

RUNS = "86.36 %, 87.88 %, 87.00 %"


def row(name: str, value: float, verdict: str = "undecided", **other: Any) -> Any:
    claim = JudgedClaim("signs", name, "R2022 1.4", "", (), (), "accuracy", "", verdict, "")
    known = {"reported": RUNS, "reported_value": 0.8708, "claim": claim}
    return SimpleNamespace(
        name=name, value=value, **known | {"learnt": True, "of_good": ""} | other
    )


def said(first: Any, second: Any) -> str:
    weights_of = {"proper": "", "by_batches": "signs1_2/proper"}
    variants = {
        name: SimpleNamespace(key=f"signs1_2/{name}", weights_of=key)
        for name, key in weights_of.items()
    }
    outcome: Any = SimpleNamespace(
        exercise=SimpleNamespace(variants=variants),
        compared=[first, second],
        margin=0.003,
        study=SimpleNamespace(family="accuracy"),
    )
    return " ".join("".join(part.text for part in text) for text in explained(outcome))


def test_a_prediction_that_comes_near_explains_the_reported_value():
    assert said(row("proper", 0.9708), row("by_batches", 0.8758)) == (
        "signs1_2/proper and signs1_2/by_batches are two predictions with the same networks. What "
        "R2022 reports, 87.08 %, lies 10.00 points from the mean of the first and 0.50 points from "
        "that of the second: R2022 probably predicted like the second, and not the training but "
        "the prediction makes the difference."
    )


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.925, "predicting like the second explains a part of the difference at most."),
        (0.975, "predicting like the second does not explain it."),
        (0.75, "predicting like the second does not explain it."),
    ],
)
def test_one_that_stays_far_does_not(value, told):
    assert said(row("proper", 0.9708), row("by_batches", value)).endswith(told)


@pytest.mark.parametrize(
    "first",
    [
        row("proper", 0.8708),
        row("proper", 0.9708, "not tested (stand-in)"),
        row("proper", 0.9708, reported="86 %"),
        row("proper", 0.0594, learnt=False),
        row("proper", 0.6, of_good="97 % in the others"),
    ],
)
def test_nothing_is_explained_where_nothing_is_missed_or_tested(first):
    assert not said(first, row("by_batches", 0.8708))
