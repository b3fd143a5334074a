"""What the recorded gradients of a training show."""

import pandas as pd
import pytest

from dlia.evaluation.gradient_flow import flow_of


def history(norms, spreads):
    rows = [
        (trial, epoch, "train", f"gradient_{measure}.{layer}", value)
        for trial in range(2)
        for epoch in (1, 2)
        for measure, values in (("norm", norms), ("spread", spreads))
        for layer, value in zip(("first", "second", "last"), values, strict=True)
    ]
    rows += [(0, 1, "train", "loss", 2.3)]
    return pd.DataFrame(rows, columns=["trial", "epoch", "part", "metric", "value"])


ZERO = "the weights of all layers but the last have a gradient of exactly 0"
NONE = "the weights of all layers have a gradient of exactly 0"
EVEN = "all units of a layer before the last have the same gradient, and so stay equal"


@pytest.mark.parametrize(
    ("norms", "spreads", "said"),
    [
        ((0, 0, 1), (0, 0, 1), ZERO),
        ((0, 0, 0), (0, 0, 0), NONE),
        ((3, 2, 1), (0, 1e-6, 1), EVEN),
        ((3, 2, 1), (1, 1, 1), ""),
        ((3, 2, 1), (0, 1, 0), ""),
        ((float("nan"), 0, 1), (0, 0, 1), ""),
    ],
    ids=["zero", "none", "even", "usual", "one layer even", "not finite"],
)
def test_gradients_that_vanish_or_are_even_are_named(norms, spreads, said):
    assert flow_of(history(norms, spreads)) == said


def test_without_recorded_gradients_nothing_is_said():
    table = history((0, 0, 1), (0, 0, 1))
    assert flow_of(table[table["metric"] == "loss"]) == ""
