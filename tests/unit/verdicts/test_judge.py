"""From the files of a build to the table of verdicts."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError
from trainings import STUDIES

from dlia.errors import UserError
from dlia.reporting.records import read_table
from dlia.runtime.files import write_csv, write_json
from dlia.study.claims import Claim, StudyClaims
from dlia.tasks.studies import all_quantities
from dlia.verdicts import rules
from dlia.verdicts.counts import caveats_of_count, finding_of_count
from dlia.verdicts.table import judge_claims

MARGINS = {"accuracy": 0.003, "dice": 0.03}
NAN = math.nan
COLUMNS = [
    "data",
    "study",
    "claim",
    "source",
    "says",
    "of",
    "quantity",
    "part",
    "epoch",
    "kind",
    "claimed",
    "found",
    "numbers",
    "readings",
    "verdict",
    "reason",
]
Curves = dict[tuple[str, str], list[list[Any]]]


def claim(of: str | tuple[str, ...], kind: str, claimed: str = "", **own: Any) -> Claim:
    """Give a claim; by default about the accuracy on test images."""
    keys = (of,) if isinstance(of, str) else of
    plain = {"quantity": "accuracy", "part": "test", "epoch": "", "against": ()}
    plain |= {"other_images": False, "open_settings": (), "other_training": False}
    plain |= {"asked": False, "undefined": (), "or_quantity": ""}
    plain |= {
        "reaches": "",
        "crossing": "first",
        "counted_in": "epochs",
        "relative_to": "",
        "pair": (),
        "printed": (),
    }
    plain |= {"same_function": False}
    stated = {**plain, **own}
    known = all_quantities()
    stated["measured"] = known[stated["quantity"]]
    stated["or_measured"] = known[stated["or_quantity"] or stated["quantity"]]
    return Claim("c", "R2024 1.1", "It is so.", keys, kind, claimed, **stated)


class Results:
    """A folder results/ that is filled by a test, with the columns that a build's tables have."""

    def __init__(self, path: Path) -> None:
        self.path, self.metric = path, "accuracy"
        self.trained_as: dict[str, str] = {}
        self.mapped: dict[str, str] = {}

    def record(self, key: str, statuses: list[str] | None = None, **own: Any) -> None:
        """Write run.json; ``own`` are epochs, asked, weights, layers, chosen (an epoch) ..."""
        epochs, layers = own.get("epochs", 4), own.get("layers", [0, 80, 20])
        trials = [
            {"status": status, "epochs": epochs, "chosen_epoch": own.get("chosen", epochs)}
            for status in statuses or ["ok"] * 3
        ]
        described = own.get("described") or [
            {"layer": "Layer()", "name": "x", "output": [1], "parameters": n} for n in layers
        ]
        write_json(
            self.path / key / "run.json",
            {
                "engine": own.get("engine", "loop"),
                "settings": {"epochs": epochs},
                "asked": {"epochs": own["asked"]} if "asked" in own else {},
                "parameters": own.get("parameters", sum(layers)),
                "layers": described,
                "data": {"batches_per_epoch": own.get("batches", 1)},
                "trials": trials,
                **({"weights": own["weights"]} if "weights" in own else {}),
            },
        )
        self.trained_as[key] = key

    def same(self, key: str, trained_as: str) -> None:
        """Make a variant another name of a training."""
        self.trained_as[key] = trained_as

    def accuracy(
        self, values: dict[str, list[float]], losses: dict[str, list[Any]] | None = None
    ) -> None:
        """Write accuracy.csv of exercise e, a row per trial; unless given, losses differ."""
        rows = [
            {
                "data": "real",
                "variant": name,
                "trial": trial,
                "seed": 2021,
                "epoch": 4,
                "n": 10000,
                "correct": round(10000 * value),
                "accuracy": value,
                "low": value - 0.002,
                "high": value + 0.002,
                "loss": losses[name][trial] if losses else 0.05 + 0.01 * position,
                "status": "ok",
                "same_as": "",
            }
            for position, (name, trials) in enumerate(values.items())
            for trial, value in enumerate(trials)
        ]
        write_csv(self.path / "e" / "accuracy.csv", pd.DataFrame(rows))
        self.baseline(mean=0.1)

    def metrics(self, **variants: dict[str, list[dict[str, Any]]]) -> None:
        """Write metrics.csv of exercise e: by variant and metric, some columns by trial."""
        other = ("mean", "sd", "p10", "p90", "min", "max", "images_low", "images_high")
        rows = [
            {
                "data": "real",
                "variant": name,
                "trial": trial,
                "metric": metric,
                "n": 60,
                **dict.fromkeys(other, "one value per trial"),
                **columns,
                "status": "ok",
                "same_as": "",
            }
            for name, values in variants.items()
            for metric, trials in values.items()
            for trial, columns in enumerate(trials)
        ]
        write_csv(self.path / "e" / "metrics.csv", pd.DataFrame(rows))
        self.metric = "dice"
        self.baseline(mean=0.1, lowest_image=0.05, highest_image=0.2)

    def baseline(self, **reached: float) -> None:
        """Write summary.csv of exercise e, with what an answer without learning reaches."""
        of_images = dict.fromkeys(("lowest_image", "highest_image"), "one value per trial")
        rows = [
            {"variant": "a", "kind": "variant", "mean": 1.0, **dict.fromkeys(of_images, 1.0)},
            {"variant": "trivial", "kind": "reference", **of_images, **reached},
        ]
        write_csv(self.path / "e" / "summary.csv", pd.DataFrame(rows))

    def history(self, key: str, curves: Curves) -> None:
        """Write history.csv: for part and metric, a curve by trial, from epoch 0 on."""
        rows = [
            (trial, epoch, part, metric, value)
            for (part, metric), trials in curves.items()
            for trial, curve in enumerate(trials)
            for epoch, value in enumerate(curve)
        ]
        table = pd.DataFrame(rows, columns=["trial", "epoch", "part", "metric", "value"])
        write_csv(self.path / key / "history.csv", table)

    def fit(self, words: dict[str, str]) -> None:
        """Write fit.csv of exercise e."""
        rows = [
            {
                "data": "real",
                "variant": name,
                "metric": "accuracy",
                "word": word,
                "sentence": "The loss is 0.1.",
            }
            for name, word in words.items()
        ]
        write_csv(self.path / "e" / "fit.csv", pd.DataFrame(rows))

    def timing(self, seconds: dict[str, list[float]]) -> None:
        """Add seconds to the trials of run.json; an epoch takes a tenth of the whole."""
        for key, values in seconds.items():
            path = self.path / key / "run.json"
            record = json.loads(path.read_text(encoding="utf-8"))
            for trial, value in zip(record["trials"], values, strict=True):
                trial |= {"seconds": value, "seconds_per_epoch": value / 10}
            write_json(path, record)

    def judge(self, *claims: Claim, data: str = "real") -> list[dict[str, str]]:
        """Judge the claims of one study; give the rows of the table as the report reads them."""
        study = StudyClaims(
            name="x",
            metric=self.metric,
            per_trial={"accuracy": "accuracy", "dice": "metrics"}[self.metric],
            data=data,
            claims=claims,
            untested=(),
            trained_as=self.trained_as,
            mapped=self.mapped,
        )
        judge_claims([study], MARGINS, self.path, str(self.path / "claims.csv"))
        return read_table(self.path / "claims.csv")


@pytest.fixture
def results(tmp_path) -> Results:
    return Results(tmp_path / "results")


ACCURACIES = {
    "low": [0.975, 0.976, 0.977],
    "high": [0.985, 0.986, 0.987],
    "wide": [0.90, 0.97, 0.99],
    "again": [0.9751, 0.9759, 0.9770],
    "near": [0.977, 0.978, 0.979],
}


@pytest.fixture
def digits(results) -> Results:
    for name in ACCURACIES:
        results.record(f"e/{name}")
    results.accuracy(ACCURACIES)
    results.fit({"low": "underfits", "high": "overfits"})
    return results


RUNS = "97.50 %, 97.56 %, 97.74 %"


def test_a_claim_on_runs_compares_the_spreads(digits):
    (row,) = digits.judge(claim("e/low", "value", RUNS))
    assert row["verdict"] == "reproduced"
    words = row["reason"].partition("standard deviations: ")[2]
    low = {
        "between the source's 3 runs": 0.12,
        "between our 3 trials": 0.10,
        "by the choice of the test images": 100 * math.sqrt(0.976 * 0.024 / 10000),
        "between the means of the 5 variants of the exercise": 100
        * pd.Series([sum(values) / 3 for values in ACCURACIES.values()]).std(),
    }
    for what, points in low.items():
        assert f"{points:.2f} points {what}" in words
    assert "are not shown to differ, F test, p = 0.78" in words


def test_a_claim_on_runs_compares_the_spreads_of_segmentations(results):
    for name in ("a", "b"):
        results.record(f"e/{name}")
    trials = {"a": (0.80, 0.81, 0.82), "b": (0.85, 0.86, 0.87)}
    results.metrics(
        **{
            name: {
                "dice": [{"mean": mean, "sd": 0.12} for mean in means],
                "assd": [{"mean": 3, "sd": 9}] * 3,
            }
            for name, means in trials.items()
        }
    )
    (row,) = results.judge(claim("e/a", "value", "0.80, 0.83", quantity="dice"))
    told = f"{0.12 / math.sqrt(60):.3f} by the choice of the test images"
    assert told in row["reason"]
    told = f"{0.05 / math.sqrt(2):.3f} between the means of the 2 variants of the exercise"
    assert told in row["reason"]


def test_a_claim_on_two_runs_describes_their_spread_without_a_test(digits):
    (row,) = digits.judge(claim("e/low", "value", "97.50 %, 97.74 %"))
    assert "between the source's 2 runs" in row["reason"]
    assert "F test" not in row["reason"]


def test_a_claim_on_one_value_has_no_spreads(digits):
    (row,) = digits.judge(claim("e/low", "value", "97.60 %"))
    assert "standard deviations" not in row["reason"]


def against(*keys: str) -> dict[str, Any]:
    return {"against": keys}


@pytest.mark.parametrize(
    ("of", "kind", "claimed", "verdict"),
    [
        ("high", "value", "98.7 %", "reproduced"),
        ("high", "value", "99 %", "reproduced"),
        ("low", "value", "98.78 %", "not reproduced"),
        ("wide", "value", "98.78 %", "undecided"),
        ("high", "above", "98 %", "reproduced"),
        ("low", "above", "98 %", "not reproduced"),
        ("wide", "above", "98 %", "undecided"),
        ("low", "below", "98 %", "reproduced"),
        ("high", "below", "98 %", "not reproduced"),
        ("high", "fit", "overfits", "reproduced"),
        ("low", "fit", "overfits", "not reproduced"),
    ],
)
def test_a_claim_of_one_variant_is_judged_by_its_trials(digits, of, kind, claimed, verdict):
    part = "validation" if kind == "fit" else "test"
    assert digits.judge(claim(f"e/{of}", kind, claimed, part=part))[0]["verdict"] == verdict


@pytest.mark.parametrize(
    ("losses", "verdict"),
    [((0.05, 0.06), "undecided (too few trials)"), ((0.05, 0.05), "reproduced")],
)
def test_one_trial_shows_only_identical_variants_to_be_equal(results, losses, verdict):
    for name in ("a", "b"):
        results.record(f"e/{name}", ["ok"])
    results.accuracy({"a": [0.97], "b": [0.97]}, {"a": [losses[0]], "b": [losses[1]]})
    row = results.judge(claim("e/a", "equal_to", **against("e/b")))[0]
    assert row["verdict"] == verdict


@pytest.mark.parametrize(
    ("of", "kind", "claimed", "numbers"),
    [
        ("low", "value", "97.60 %", "agree"),
        ("low", "value", "90 %", "contradict"),
        ("wide", "value", "97 %", "not clear, mean against it"),
        ("wide", "above", "96 %", "not clear, mean against it"),
        ("wide", "above", "95 %", "not clear, mean for it"),
        ("wide", "below", "96 %", "not clear, mean for it"),
        ("wide", "higher_than", "low", "not clear, mean against it"),
        ("wide", "lower_than", "low", "not clear, mean for it"),
        ("wide", "equal_to", "low", "not clear, mean against it"),
    ],
)
def test_which_way_the_numbers_point_is_told_whatever_is_open(digits, of, kind, claimed, numbers):
    rival = against(f"e/{claimed}") if claimed in ACCURACIES else {}
    stated = claim(f"e/{of}", kind, "" if rival else claimed, **rival)
    silent = replace(stated, open_settings=("batch_size",), undefined=("Not defined.",))
    assert [row["numbers"] for row in digits.judge(stated, silent)] == [numbers] * 2
    assert digits.judge(stated, data="stand-in")[0]["numbers"] == "none"


def test_what_is_open_says_how_many_trials_would_decide_it_alone_or_with_what_else(digits):
    rows = digits.judge(
        claim("e/wide", "above", "98 %"),
        claim("e/wide", "above", "98 %", open_settings=("batch_size",)),
        claim("e/high", "above", "98 %"),
    )
    told = [row["reason"].rpartition("; ")[2] for row in rows]
    assert told[0] == "15 trials would decide it if mean and scatter stay as they are."
    assert told[1] == "more trials alone would not decide it."
    assert "would" not in told[2]


@pytest.mark.parametrize(
    ("of", "kind", "other", "verdict"),
    [
        ("high", "higher_than", "low", "reproduced"),
        ("low", "higher_than", "high", "not reproduced"),
        ("wide", "higher_than", "low", "undecided"),
        ("low", "lower_than", "high", "reproduced"),
        ("high", "lower_than", "low", "not reproduced"),
        ("low", "equal_to", "again", "reproduced"),
        ("low", "equal_to", "high", "not reproduced"),
        ("low", "equal_to", "wide", "undecided"),
        ("low", "higher_than", "again", "not reproduced"),
    ],
)
def test_a_comparison_is_judged_trial_by_trial(digits, of, kind, other, verdict):
    row = digits.judge(claim(f"e/{of}", kind, **against(f"e/{other}")))[0]
    assert row["verdict"] == verdict


def test_the_table_says_what_is_claimed_what_is_found_and_why(digits):
    row = digits.judge(claim("e/high", "value", "98.78 %"))[0]
    assert list(row) == COLUMNS
    assert row == {
        "data": "real",
        "study": "x",
        "claim": "c",
        "source": "R2024 1.1",
        "says": "It is so.",
        "of": "e/high",
        "quantity": "accuracy on test images",
        "part": "test",
        "epoch": "",
        "kind": "value",
        "claimed": "98.78 %",
        "found": "98.50 % / 98.60 % / 98.70 %",
        "numbers": "agree",
        "readings": "none",
        "verdict": "reproduced",
        "reason": "Accuracy on test images: 98.60 %, 0.18 points below 98.78 %: "
        "within the margin of 0.30 points.",
    }


def test_the_table_shows_trials_beside_those_that_they_are_compared_with(digits):
    row = digits.judge(claim("e/high", "higher_than", **against("e/low")))[0]
    assert row["claimed"] == "e/low"
    assert row["found"] == "98.50 % / 98.60 % / 98.70 % against 97.50 % / 97.60 % / 97.70 %"
    assert row["reason"].startswith(
        "Accuracy on test images: in the claimed direction the difference is 1.00 points ("
    )


def test_a_fit_comment_has_no_quantity(digits):
    row = digits.judge(claim("e/low", "fit", "overfits", part="validation"))[0]
    found = (row["quantity"], row["claimed"], row["found"])
    assert found == ("fit comment", "overfits", "underfits")


@pytest.mark.parametrize("claimed", ["underfits", "overfits"])
def test_the_reason_of_a_fit_comment_is_its_sentence(digits, claimed):
    row = digits.judge(claim("e/low", "fit", claimed, part="validation"))[0]
    assert row["reason"] == "The loss is 0.1."


def test_a_table_without_claims_still_has_its_columns(results):
    results.judge()
    header = (results.path / "claims.csv").read_text(encoding="utf-8")
    assert header == ",".join(COLUMNS) + "\n"


@pytest.mark.parametrize(
    ("caveat", "refuted", "confirmed"),
    [
        (
            {"open_settings": ("batch_size",)},
            "undecided (settings not reported)",
            "reproduced (assumed settings)",
        ),
        (
            {"other_training": True},
            "undecided (settings not reported)",
            "reproduced (assumed settings)",
        ),
        ({"other_images": True}, "undecided (other images)", "reproduced"),
    ],
)
def test_what_a_claim_rests_on_reaches_the_verdict(digits, caveat, refuted, confirmed):
    rows = digits.judge(
        claim("e/low", "above", "98 %", **caveat),
        claim("e/low", "fit", "overfits", **caveat),
        claim("e/low", "higher_than", **against("e/high"), **caveat),
        claim("e/high", "above", "98 %", **caveat),
        claim("e/high", "fit", "overfits", **caveat),
        claim("e/high", "higher_than", **against("e/low"), **caveat),
    )
    assert [row["verdict"] for row in rows] == [refuted] * 3 + [confirmed] * 3


def test_another_training_set_is_a_reason_of_its_own(digits):
    caveats = {"open_settings": ("batch_size", "epochs"), "other_training": True}
    row = digits.judge(claim("e/low", "above", "98 %", **caveats))[0]
    assert row["reason"].endswith(
        "; not reported: batch_size, epochs; trained on other images than the source: "
        "some are kept for validation."
    )


def test_without_a_word_for_the_fit_nothing_is_refuted(results):
    results.record("e/a")
    results.fit({"a": "-"})
    assert results.judge(claim("e/a", "fit", "overfits"))[0]["verdict"] == "undecided"


def test_a_fit_comment_of_failures_is_reproduced_by_failures(results):
    results.record("e/a", ["diverged", "diverged", "ok"])
    results.fit({"a": "diverged"})
    rows = results.judge(claim("e/a", "fit", "diverged"), claim("e/a", "fit", "fits"))
    assert [row["verdict"] for row in rows] == ["reproduced", "undecided (collapsed)"]


@pytest.fixture
def twins(results) -> Results:
    """Give variants with the same accuracies: e/same is e/a, and e/alike is another network."""
    names = ("a", "same", "alike")
    for name in names:
        results.record(f"e/{name}")
    results.accuracy(
        {name: [0.98, 0.97, 0.96] for name in names},
        {"a": [0.05, 0.06, 0.07], "same": [0.05, 0.06, 0.07], "alike": [0.05, 0.06, 0.0700001]},
    )
    return results


DOUBTS = {"open_settings": ("batch_size",), "other_training": True, "other_images": True}


@pytest.mark.parametrize(
    ("other", "kind", "verdict"),
    [
        ("same", "equal_to", "reproduced"),
        ("same", "higher_than", "not reproduced"),
        ("alike", "equal_to", "reproduced (assumed settings)"),
        ("alike", "higher_than", "undecided (settings not reported)"),
    ],
)
def test_networks_of_equal_loss_in_every_trial_are_the_same_whatever_the_settings(
    twins, other, kind, verdict
):
    row = twins.judge(claim("e/a", kind, **against(f"e/{other}"), **DOUBTS))[0]
    assert row["verdict"] == verdict


@pytest.mark.parametrize(
    ("of", "other", "verdict"),
    [
        (("e/a", "e/alike"), ("e/same", "e/alike"), "reproduced (assumed settings)"),
        (("e/a", "e/same"), ("e/alike", "e/alike_too"), "reproduced"),
        (("e/a", "e/same"), ("e/a", "e/alike"), "reproduced (assumed settings)"),
        (("e/a", "e/alike"), ("e/a", "e/same"), "reproduced (assumed settings)"),
    ],
)
def test_two_pairs_are_the_same_where_each_is_of_one_function(results, of, other, verdict):
    names = ("a", "same", "alike", "alike_too")
    for name in names:
        results.record(f"e/{name}")
    results.accuracy(
        {name: [0.98, 0.97, 0.96] for name in names},
        {name: [0.06 if "alike" in name else 0.05] * 3 for name in names},
    )
    row = results.judge(claim(of, "equal_to", **against(*other), **DOUBTS))[0]
    assert row["verdict"] == verdict


def test_two_networks_of_one_function_differ_by_rounding_whatever_the_settings(twins):
    own = {**against("e/alike"), **DOUBTS, "same_function": True}
    row = twins.judge(claim("e/a", "higher_than", **own))[0]
    assert row["verdict"] == "not reproduced"


@pytest.mark.parametrize("statuses", [["ok", "ok", "collapsed"], ["diverged", "ok", "ok"]])
def test_failures_of_the_same_function_still_count(twins, statuses):
    twins.record("e/a", statuses)
    row = twins.judge(claim("e/a", "higher_than", **against("e/same")))[0]
    assert row["verdict"] == "undecided (collapsed)"


def test_two_trials_of_the_same_function_are_still_too_few(results):
    for name in ("a", "same"):
        results.record(f"e/{name}", ["ok", "ok"])
    equal, losses = [0.98, 0.97], [0.05, 0.06]
    results.accuracy({"a": equal, "same": equal}, {"a": losses, "same": losses})
    row = results.judge(claim("e/a", "higher_than", **against("e/same"), **DOUBTS))[0]
    assert row["verdict"] == "undecided (too few trials)"


@pytest.mark.parametrize(
    ("sd", "verdict"),
    [(0.2, "reproduced"), (0.2000001, "reproduced (assumed settings)")],
)
def test_segmentations_are_the_same_where_dice_spreads_the_same(results, sd, verdict):
    def metrics(dice: float, iou: float) -> dict[str, list[dict[str, float]]]:
        spread = [{"mean": 0.8, "sd": value} for value in (0.1, 0.15, dice)]
        return {"iou": [{"mean": 0.7, "sd": iou}] * 3, "dice": spread}

    for name in ("a", "b"):
        results.record(f"e/{name}")
    results.metrics(a=metrics(0.2, iou=0.25), b=metrics(sd, iou=0.26))
    row = results.judge(claim("e/a", "equal_to", quantity="dice", **against("e/b"), **DOUBTS))[0]
    assert row["verdict"] == verdict


def test_what_one_function_is_does_not_hang_on_what_is_asked_of_it(twins):
    curves: Curves = {("validation", "accuracy"): [[0.1, 0.9], [0.1, 0.8], [0.1, 0.7]]}
    for name in ("a", "same"):
        twins.history(f"e/{name}", curves)
    own = {"part": "validation", "epoch": "1", **DOUBTS}
    row = twins.judge(claim("e/a", "lower_than", **own, **against("e/same")))[0]
    assert row["verdict"] == "not reproduced"


def test_trials_are_paired_by_their_number(results):
    for key in ("e/a", "e/b"):
        results.record(key)
    results.accuracy({"a": [0.90, 0.95, 0.99], "b": [0.89, 0.94, 0.98]})
    path = results.path / "e" / "accuracy.csv"
    write_csv(path, pd.read_csv(path, keep_default_na=False).iloc[[0, 1, 2, 5, 3, 4]])
    row = results.judge(claim("e/a", "higher_than", **against("e/b")))[0]
    assert row["verdict"] == "reproduced"
    assert row["found"] == "90.00 % / 95.00 % / 99.00 % against 89.00 % / 94.00 % / 98.00 %"


def test_only_trials_that_both_have_are_compared(results):
    results.record("e/a")
    results.record("e/b", ["ok", "ok"])
    results.accuracy({"a": [0.90, 0.95, 0.99], "b": [0.91, 0.96]})
    row = results.judge(claim("e/a", "higher_than", **against("e/b")))[0]
    assert row["found"] == "90.00 % / 95.00 % against 91.00 % / 96.00 %"
    assert row["verdict"] == "undecided (too few trials)"


def test_one_trial_refutes_nothing(results):
    results.record("e/a", ["ok"])
    results.accuracy({"a": [0.5]})
    results.fit({"a": "underfits"})
    rows = results.judge(
        claim("e/a", "value", "98.78 %"),
        claim("e/a", "above", "98 %"),
        claim("e/a", "fit", "overfits"),
        claim("e/a", "value", "50.1 %"),
    )
    verdicts = [row["verdict"] for row in rows]
    assert verdicts == ["undecided (too few trials)"] * 3 + ["reproduced"]


def test_a_collapsed_trial_refutes_nothing(results):
    results.record("e/a", ["ok", "collapsed", "diverged"])
    results.accuracy({"a": [0.11, 0.1, 0.1]})
    rows = results.judge(claim("e/a", "above", "98 %"), claim("e/a", "value", "10 %"))
    verdicts = ["undecided (collapsed)", "reproduced (2 of 3 trials failed)"]
    assert [row["verdict"] for row in rows] == verdicts
    said = "; 1 of 3 trials of e/a collapsed, 1 of 3 trials of e/a diverged."
    assert all(row["reason"].endswith(said) for row in rows)


@pytest.mark.parametrize(
    ("other", "own", "verdict"),
    [
        ("low", {"kind": "higher_than"}, "reproduced (1 of 6 trials failed)"),
        (
            "low",
            {"kind": "higher_than", "open_settings": ("loss",)},
            "reproduced (assumed settings, 1 of 6 trials failed)",
        ),
        # Another name of the same training adds no trials.
        ("again", {"kind": "equal_to"}, "reproduced (1 of 3 trials failed)"),
    ],
)
def test_what_agrees_says_how_many_of_its_trials_failed(results, other, own, verdict):
    results.record("e/low")
    results.record("e/high", ["ok", "ok", "collapsed"])
    results.same("e/again", "e/high")
    high = [0.99, 0.991, 0.992]
    results.accuracy({"low": [0.97, 0.971, 0.972], "high": high, "again": high})
    about = claim("e/high", **own, against=(f"e/{other}",))
    assert results.judge(about)[0]["verdict"] == verdict


def test_a_fit_comment_of_the_trials_that_are_left_says_how_many_failed(results):
    results.record("e/a", ["ok", "ok", "collapsed"])
    results.fit({"a": "fits"})
    row = results.judge(claim("e/a", "fit", "fits"))[0]
    assert row["verdict"] == "reproduced (1 of 3 trials failed)"


def test_a_count_does_not_hang_on_trials_that_failed(results):
    results.record("e/a", ["ok", "ok", "collapsed"], layers=[80, 20])
    row = results.judge(claim("e/a", "value", "100", quantity="parameters", part=""))[0]
    assert row["verdict"] == "reproduced"


def test_after_one_epoch_no_training_has_collapsed(results):
    results.record("e/a", ["ok", "collapsed", "collapsed"], epochs=1)
    results.accuracy({"a": [0.11, 0.1, 0.1]})
    rows = results.judge(claim("e/a", "above", "98 %"), claim("e/a", "value", "10 %"))
    assert [row["verdict"] for row in rows] == ["not reproduced", "reproduced"]


def test_a_collapse_of_what_is_compared_counts_too(digits):
    digits.record("e/high", ["ok", "ok", "collapsed"])
    row = digits.judge(claim("e/low", "higher_than", **against("e/high")))[0]
    assert row["verdict"] == "undecided (collapsed)"
    assert row["reason"].endswith("; 1 of 3 trials of e/high collapsed.")


def test_drawn_images_test_nothing(digits):
    rows = digits.judge(
        claim("e/high", "above", "98 %"),
        claim("e/low", "above", "98 %"),
        claim("e/low", "value", "100", quantity="parameters", part=""),
        data="stand-in",
    )
    assert {row["verdict"] for row in rows} == {"not tested (stand-in)"}
    assert {row["reason"] for row in rows} == {"Generated images say nothing about the claim."}
    assert {row["data"] for row in rows} == {"stand-in"}


@pytest.mark.parametrize(
    ("own", "of_other"), [({"asked": 40}, {}), ({}, {"asked": 40}), ({"asked": 40}, {"asked": 9})]
)
def test_no_claim_is_judged_on_a_shortened_training(digits, own, of_other):
    digits.record("e/high", **own)
    digits.record("e/low", **of_other)
    digits.history("e/high", {("validation", "accuracy"): [[0.1, 0.5, 0.6, 0.7, 0.98]] * 3})
    both = {"against": ("e/low",)}
    rows = digits.judge(
        claim("e/high", "higher_than", **both),
        claim("e/high", "equal_to", **both),
        claim("e/high", "equal_to", quantity="parameters", part="", **both),
    )
    assert {row["verdict"] for row in rows} == {"not tested (shortened)"}
    assert all("of 40 epochs" in row["reason"] for row in rows)
    assert rows[0]["found"].startswith("98.50 %")


def test_a_difference_has_a_sign_where_it_is_judged_by_a_bound(digits):
    digits.accuracy({"high": [0.98, 0.981, 0.982], "low": [0.5, 0.51, 0.52]})
    rows = digits.judge(
        claim(("e/high", "e/low"), "above", "0.30"), claim(("e/low", "e/high"), "above", "0.30")
    )
    assert [row["verdict"] for row in rows] == ["reproduced", "not reproduced"]
    assert rows[0]["found"].startswith("48.00")
    assert rows[1]["found"].startswith("-48.00")


def test_no_claim_is_judged_on_standin_weights(digits):
    digits.record("e/low", weights="stand-in weights")
    digits.record("e/high", weights="real.pth")
    rows = digits.judge(
        claim("e/high", "higher_than", against=("e/low",)),
        claim("e/low", "equal_to", quantity="parameters", part="", against=("e/high",)),
        claim("e/high", "above", "98 %"),
    )
    untested = ("not tested (stand-in weights)", "real, stand-in weights")
    assert [(row["verdict"], row["data"]) for row in rows] == [
        untested,
        untested,
        ("reproduced", "real"),
    ]
    assert rows[0]["reason"].startswith("E/low began with weights")


def test_what_a_shortened_training_has_in_a_later_epoch_is_no_value(digits):
    digits.record("e/high", epochs=4, asked=40)
    digits.history("e/high", {("validation", "accuracy"): [[0.1, 0.5, 0.6, 0.7, 0.98]] * 3})
    found = [
        digits.judge(claim("e/high", "above", "90 %", part="validation", epoch=epoch))[0]["found"]
        for epoch in ("4", "5")
    ]
    assert found[0].startswith("98.00 %")
    assert found[1] == "no value"


def test_studies_are_judged_by_what_they_were_built_from(digits, tmp_path):
    studies = [
        StudyClaims(
            name=name,
            metric="accuracy",
            per_trial="accuracy",
            data=data,
            claims=(claim("e/high", "above", "98 %"),),
            untested=(),
            trained_as=digits.trained_as,
        )
        for name, data in (("x", "real"), ("y", "stand-in"))
    ]
    judge_claims(studies, MARGINS, digits.path, str(tmp_path / "claims.csv"))
    rows = read_table(tmp_path / "claims.csv")
    found = [(row["study"], row["verdict"]) for row in rows]
    assert found == [("x", "reproduced"), ("y", "not tested (stand-in)")]


@pytest.mark.parametrize("caveat", ["other images", "other preparation"])
@pytest.mark.parametrize(
    ("bound", "asked", "verdict"),
    [
        ("98 %", False, "reproduced ({})"),
        ("99.9 %", False, "undecided ({})"),  # and not refuted
        ("99.9 %", True, "not reproduced"),
    ],
)
def test_a_verdict_on_images_that_are_not_the_sources_says_so(
    digits, tmp_path, caveat, bound, asked, verdict
):
    study = StudyClaims(
        name="x",
        metric="accuracy",
        per_trial="accuracy",
        data="real",
        claims=(replace(claim("e/high", "above", bound), asked=asked),),
        untested=(),
        trained_as=digits.trained_as,
        differs="resized by another filter",
        caveat=caveat,
    )
    judge_claims([study], MARGINS, digits.path, str(tmp_path / "claims.csv"))
    (row,) = read_table(tmp_path / "claims.csv")
    assert row["verdict"] == verdict.format(caveat)
    assert ("resized by another filter" in row["reason"]) != asked


def test_agreement_is_that_with_the_base_in_the_same_trial(glands):
    columns = ["variant", "trial", "other", "other_trial", "relation", "mean"]
    pairs = [
        ("a", 0, "b", 0, "variant and base", 0.91),
        ("a", 0, "b", 1, "variant and base", 0.5),
        ("a", 1, "b", 1, "variant and base", 0.92),
        ("a", 0, "a", 1, "trials of one variant", 0.4),
        ("a", 1, "c", 1, "two variants", 0.3),
        ("d", 1, "b", 1, "variant and base", 0.2),
    ]
    write_csv(glands.path / "e" / "agreement.csv", pd.DataFrame(pairs, columns=columns))
    row = glands.judge(claim("e/a", "above", "0.9", quantity="agreement"))[0]
    assert row["found"] == "0.910 / 0.920"


@pytest.mark.parametrize(
    ("linear", "found", "verdict"),
    [
        (0.81, "81.00 %", "reproduced"),
        (0.97, "97.00 %", "not reproduced"),
        ("too few classes or images", "no value", "undecided"),
    ],
)
def test_how_far_a_linear_classifier_tells_classes_apart_stands_with_the_map(
    results, linear, found, verdict
):
    results.record("e/a")
    results.mapped = {"e/a": "shown"}
    table = pd.DataFrame({"row": [0, 1], "class": ["cat", "dog"], "linear": linear})
    write_csv(results.path / "shown" / "tsne.csv", table)
    row = results.judge(claim("e/a", "below", "95 %", quantity="linear_accuracy", part=""))[0]
    assert found in row["found"]
    assert row["verdict"] == verdict


@pytest.mark.parametrize(
    ("own", "verdict"), [({}, "reproduced"), ({"accuracy": 0.0001}, "undecided")]
)
def test_the_margins_of_a_study_replace_those_of_config(digits, tmp_path, own, verdict):
    study = StudyClaims(
        name="x",
        metric="accuracy",
        per_trial="accuracy",
        data="real",
        claims=(claim("e/high", "value", "98.80 %"),),
        untested=(),
        trained_as=digits.trained_as,
        margins=own,
    )
    judge_claims([study], MARGINS, digits.path, str(tmp_path / "claims.csv"))
    (row,) = read_table(tmp_path / "claims.csv")
    assert row["verdict"] == verdict


def test_a_variant_that_is_the_same_as_another_has_its_results(results):
    results.record("e/a", ["ok", "ok", "collapsed"], parameters=100)
    results.record("e/b")
    results.same("e/twin", "e/a")
    results.accuracy({"a": [0.98, 0.97, 0.1], "twin": [0.98, 0.97, 0.1], "b": [0.96, 0.95, 0.09]})
    results.fit({"a": "fits", "twin": "fits"})
    results.timing({"e/a": [10.0, 11.0, 12.0]})
    results.history("e/a", {("validation", "accuracy"): [[0.1, 0.9], [0.1, 0.8], [0.1, 0.1]]})
    rows = results.judge(
        claim("e/twin", "below", "99 %"),
        claim("e/twin", "fit", "fits"),
        claim("e/twin", "value", "100", quantity="parameters", part=""),
        claim("e/twin", "value", "11 s", quantity="seconds", part=""),
        claim("e/twin", "value", "60 %", part="validation", epoch="1"),
        claim("e/b", "lower_than", **against("e/twin")),
    )
    assert [row["found"] for row in rows] == [
        "98.00 % / 97.00 % / 10.00 %",
        "fits",
        "100",
        "10 s / 11 s / 12 s",
        "90.00 % / 80.00 % / 10.00 %",
        "96.00 % / 95.00 % / 9.00 % against 98.00 % / 97.00 % / 10.00 %",
    ]
    assert rows[-1]["reason"].endswith("; 1 of 3 trials of e/twin collapsed.")


VALIDATION = [[0.1, 0.5, 0.7, 0.8, 0.9], [0.1, 0.4, 0.6, 0.8, 0.8], [0.1, 0.3, 0.8, 0.8, 0.7]]
CURVES: Curves = {
    ("train", "loss"): [[2, 1, 0.5, 0.4, 0.2]] * 3,
    ("train", "accuracy"): [[0.1, 0.6, 0.8, 0.9, 1.0]] * 3,
    ("validation", "loss"): [[2, 1, 0.8, 0.5, 0.6], [2, 1, 0.6, 0.5, 0.7], [0.1, 1, 0.9, 0.8, 0.8]],
    ("validation", "accuracy"): VALIDATION,
}


@pytest.fixture
def curves(results) -> Results:
    results.record("e/a")
    results.history("e/a", CURVES)
    results.record("e/short", epochs=2)
    results.history("e/short", {key: [c[:3] for c in trials] for key, trials in CURVES.items()})
    results.accuracy({"a": [0.9, 0.8, 0.7], "short": [0.7, 0.6, 0.8]})
    return results


@pytest.mark.parametrize(
    ("own", "found"),
    [
        ({"part": "validation", "epoch": "1"}, "50.00 % / 40.00 % / 30.00 %"),
        ({"part": "validation", "epoch": "2"}, "70.00 % / 60.00 % / 80.00 %"),
        ({"part": "validation", "epoch": ""}, "90.00 % / 80.00 % / 70.00 %"),
        ({"part": "validation", "epoch": "all"}, "72.50 % / 65.00 % / 65.00 %"),
        ({"part": "train", "epoch": "3"}, "90.00 % / 90.00 % / 90.00 %"),
        ({"part": "train", "epoch": ""}, "100.00 % / 100.00 % / 100.00 %"),
        (
            {"part": "train", "epoch": "1", "quantity": "loss"},
            "1.0000 / 1.0000 / 1.0000",
        ),
        (
            {"part": "validation", "quantity": "loss_gap", "epoch": "2"},
            "0.3000 / 0.1000 / 0.4000",
        ),
        ({"part": "validation", "quantity": "loss_gap"}, "0.4000 / 0.5000 / 0.6000"),
        (
            {"part": "validation", "quantity": "loss_gap", "epoch": "all"},
            "0.2000 / 0.1750 / 0.3500",
        ),
        # 0.6 and 0.7 over 0.5, and the lowest in the end; the untrained network does not count.
        ({"part": "validation", "quantity": "loss_rise"}, "20 % / 40 % / 0 %"),
    ],
)
def test_a_curve_is_read_where_the_claim_says(curves, own, found):
    assert curves.judge(claim("e/a", "above", "0.1", **own))[0]["found"] == found


def test_curves_are_averaged_over_the_epochs_that_both_have(curves):
    own = {"part": "validation", "epoch": "all"}
    rows = curves.judge(
        claim("e/a", "higher_than", **own, **against("e/short")),
        claim("e/short", "lower_than", **own, **against("e/a")),
    )
    both = "60.00 % / 50.00 % / 55.00 %"
    assert [row["found"] for row in rows] == [f"{both} against {both}"] * 2
    assert {row["verdict"] for row in rows} == {"not reproduced"}


def test_the_end_of_a_curve_is_that_of_its_own_training(curves):
    row = curves.judge(claim("e/a", "higher_than", part="validation", **against("e/short")))[0]
    assert row["found"] == "90.00 % / 80.00 % / 70.00 % against 70.00 % / 60.00 % / 80.00 %"


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (4, "90.00 % / 80.00 % / 70.00 %"),
        (3, "80.00 % / 80.00 % / 80.00 %"),
        # As it is on test images, where the untrained network was kept.
        (0, "10.00 % / 10.00 % / 10.00 %"),
    ],
)
def test_without_an_epoch_the_networks_that_were_kept_are_read(results, chosen, found):
    results.record("e/a", chosen=chosen)
    results.history("e/a", CURVES)
    row = results.judge(claim("e/a", "above", "10 %", part="validation"))[0]
    assert row["found"] == found


def lost_curves(lost: float) -> Curves:
    """Give the curves of three trials that were lost never, in epoch 2 and in epoch 1."""
    return {
        ("train", "loss"): [[2, 1, 0.5], [2, 1, lost], [2, lost]],
        ("train", "accuracy"): [[0.1, 0.6, 0.8], [0.1, 0.6, 0.1], [0.1, 0.1]],
        ("validation", "loss"): [[2, 1, 1.5], [2, 1, lost], [2, lost]],
        ("validation", "accuracy"): [[0.1, 0.5, 0.7], [0.1, 0.5, 0.1], [0.1, 0.1]],
    }


@pytest.mark.parametrize(
    ("own", "found"),
    [
        ({"epoch": "1"}, "50.00 % / 50.00 % / 10.00 %"),
        ({"epoch": "2"}, "70.00 % / 10.00 % / 10.00 %"),
        ({"epoch": ""}, "70.00 % / 10.00 % / 10.00 %"),
        ({"epoch": "all"}, "60.00 % / 30.00 % / 10.00 %"),
        # The last loss that is a number.
        ({"quantity": "loss", "epoch": "1"}, "1.0000 / 1.0000 / 2.0000"),
        ({"quantity": "loss", "epoch": "2"}, "1.5000 / 1.0000 / 2.0000"),
        ({"quantity": "loss", "epoch": ""}, "1.5000 / 1.0000 / 2.0000"),
        ({"quantity": "loss_gap", "epoch": "2"}, "1.0000 / 0.0000 / 0.0000"),
        ({"quantity": "loss_rise"}, "50 % / 0 %"),
    ],
)
@pytest.mark.parametrize("lost", [NAN, math.inf, -math.inf])
def test_trials_that_diverged_count_with_their_last_value(results, own, found, lost):
    results.record("e/a", ["ok", "diverged", "diverged"], epochs=2)
    results.history("e/a", lost_curves(lost))
    row = results.judge(claim("e/a", "above", "0.1", part="validation", **own))[0]
    assert row["found"] == found


def test_a_last_value_is_no_later_than_what_is_asked_for(results):
    results.record("e/a", ["diverged"] * 3)
    results.history("e/a", {("validation", "accuracy"): [[0.1, 0.5, 0.7, 0.2]] * 3})
    row = results.judge(claim("e/a", "above", "0.1", part="validation", epoch="2"))[0]
    assert row["found"] == "70.00 % / 70.00 % / 70.00 %"


def test_losses_that_are_written_as_words_are_no_numbers(results):
    results.record("e/a", ["ok", "diverged", "ok"], epochs=2)
    curves = {("validation", "loss"): [[2, 1, 1.5], [2, 1, "not finite"], [2, 1, 0.5]]}
    results.history("e/a", curves)
    rows = results.judge(
        claim("e/a", "above", "0.1", part="validation", quantity="loss"),
        claim("e/a", "above", "10 %", part="validation", quantity="loss_rise"),
    )
    assert [row["found"] for row in rows] == ["1.5000 / 1.0000 / 0.5000", "50 % / 0 % / 0 %"]


UNTRAINED: Curves = {key: [curve[:1] for curve in trials] for key, trials in CURVES.items()}


@pytest.mark.parametrize("own", [{"epoch": "1"}, {"epoch": ""}, {"epoch": "", "part": "train"}])
def test_trainings_that_were_lost_at_once_count_as_untrained(results, own):
    results.record("e/a", ["diverged"] * 3, chosen=0)
    results.history("e/a", UNTRAINED)
    row = results.judge(claim("e/a", "above", "50 %", **{"part": "validation", **own}))[0]
    assert row["found"] == "10.00 % / 10.00 % / 10.00 %"
    assert row["verdict"] == "undecided (collapsed)"


@pytest.mark.parametrize(
    "own", [{"epoch": "all"}, {"quantity": "loss_rise"}, {"quantity": "loss_gap", "epoch": "all"}]
)
def test_trainings_that_were_lost_at_once_have_no_curve(results, own):
    results.record("e/a", ["diverged"] * 3, chosen=0)
    results.history("e/a", UNTRAINED)
    row = results.judge(claim("e/a", "above", "10 %", part="validation", **own))[0]
    assert (row["found"], row["verdict"]) == ("no value", "undecided (collapsed)")
    assert row["reason"] == "No trial has a value here; 3 of 3 trials of e/a diverged."


@pytest.mark.parametrize("quantity", ["loss", "loss_gap", "loss_rise"])
def test_losses_that_never_were_numbers_have_no_value(results, quantity):
    results.record("e/a", ["diverged"] * 3, chosen=0)
    nothing = [["not finite"] * 2] * 3
    kept = {("validation", "accuracy"): [[0.1, 0.1]] * 3}
    results.history("e/a", {(part, "loss"): nothing for part in ("train", "validation")} | kept)
    row = results.judge(claim("e/a", "above", "0.1", part="validation", quantity=quantity))[0]
    assert row["found"] == "no value"


def test_of_a_comparison_only_trials_that_learned_are_averaged(results):
    for key in ("e/a", "e/b"):
        results.record(key, ["ok", "ok", "diverged"], epochs=2)
        curves = [[0.1, 0.5, 0.7], [0.1, 0.5, 0.7], [0.1]]
        results.history(key, {("validation", "accuracy"): curves})
    results.accuracy({"a": [0.7, 0.7, 0.1], "b": [0.7, 0.7, 0.1]})
    own = {"part": "validation", "epoch": "all"}
    row = results.judge(claim("e/a", "equal_to", **own, **against("e/b")))[0]
    assert row["found"] == "60.00 % / 60.00 % against 60.00 % / 60.00 %"


@pytest.mark.parametrize(
    ("own", "named"),
    [
        ({"part": "validation", "epoch": "2"}, "accuracy on validation images in epoch 2"),
        ({"part": "validation", "epoch": "all"}, "accuracy on validation images, mean over epochs"),
        ({"part": "train", "epoch": ""}, "accuracy on training images"),
        (
            {"part": "validation", "quantity": "loss_gap", "epoch": "1"},
            "loss minus training loss on validation images in epoch 1",
        ),
        (
            {"part": "validation", "quantity": "loss_rise"},
            "rise of the loss on validation images",
        ),
        ({"part": "", "quantity": "parameters"}, "parameters"),
    ],
)
def test_a_row_names_in_words_what_was_read(curves, own, named):
    row = curves.judge(claim("e/a", "above", "0", **own))[0]
    assert row["quantity"] == named
    assert row["reason"].startswith(f"{named[0].upper()}{named[1:]}: ")


@pytest.mark.parametrize(
    ("quantity", "kind", "claimed", "verdict"),
    [
        ("parameters", "value", "21,578", "reproduced"),
        ("parameters", "value", "21,579", "not reproduced"),
        ("first_layer_parameters", "value", "80", "reproduced"),
        ("first_layer_parameters", "value", "72,900", "not reproduced"),
        ("parameters", "above", "20,000", "reproduced"),
        ("parameters", "below", "20,000", "not reproduced"),
    ],
)
def test_counts_are_exact(results, quantity, kind, claimed, verdict):
    # Neither a single trial that collapsed nor open settings change what can be counted.
    results.record("e/a", ["collapsed"], parameters=21578, layers=[0, 80, 21498])
    own = {"quantity": quantity, "part": "", "open_settings": ("epochs",)}
    assert results.judge(claim("e/a", kind, claimed, **own))[0]["verdict"] == verdict


@pytest.mark.parametrize(
    ("claimed", "settings", "verdict"),
    [
        ("about 6,000", (), "reproduced"),
        ("about 6,000", ("sampling",), "reproduced (assumed settings)"),
        ("9,009", ("batch_size",), "not reproduced"),
        ("9,009", ("batch_size", "sampling.stride"), "undecided (settings not reported)"),
    ],
)
def test_a_count_of_patches_rests_on_how_they_are_sampled(claimed, settings, verdict):
    own = claim("e/a", "value", claimed, quantity="validation_images", open_settings=settings)
    finding = finding_of_count(own, 5700.0, pd.Series(dtype=float))
    assert rules.verdict(finding, caveats_of_count(own, finding))[0] == verdict


@pytest.mark.parametrize(
    ("quantity", "claimed", "verdict"),
    [
        ("training_slices", "768", "reproduced (other images)"),
        ("training_slices", "700", "undecided (other images)"),
        ("training_images", "700", "undecided (other images)"),
        ("voxels_class_1", "700", "undecided (other images)"),
        ("voxels_class_1", "768", "reproduced"),
        ("parameters", "700", "not reproduced"),
    ],
)
def test_what_is_counted_in_other_images_does_not_contradict_a_source(quantity, claimed, verdict):
    own = claim("e/a", "value", claimed, quantity=quantity)
    finding = finding_of_count(own, 768.0, pd.Series(dtype=float))
    caveats = caveats_of_count(own, finding, ("other images", "another volume"))
    word = rules.verdict(finding, caveats)[0]
    assert rules.marked(word, caveats.unlike[0]) == verdict


@pytest.mark.parametrize(
    ("kind", "claimed", "settings", "verdict"),
    [
        ("value", "21,578", ("model.channels",), "reproduced"),
        ("value", "21,579", ("model.channels",), "undecided (settings not reported)"),
        ("value", "21,579", ("model.dropout.rate", "model.activation"), "not reproduced"),
        ("below", "30,000", ("model.pooled_levels",), "reproduced (assumed settings)"),
        ("above", "30,000", ("model",), "undecided (settings not reported)"),
        ("above", "30,000", ("optimizer",), "not reproduced"),
    ],
)
def test_a_number_of_weights_rests_on_the_layers_unless_it_is_the_printed_one(
    results, kind, claimed, settings, verdict
):
    results.record("e/a", parameters=21578)
    own = {"quantity": "parameters", "part": "", "open_settings": settings}
    assert results.judge(claim("e/a", kind, claimed, **own))[0]["verdict"] == verdict


@pytest.mark.parametrize(
    ("quantity", "path", "changes"),
    [
        ("parameters", "model", True),
        ("parameters", "model.batch_norm", True),
        ("parameters", "model.softmax", False),
        ("parameters", "model.activation_place", False),
        ("activations", "model.activation_place", True),
        ("last_layer_inputs", "input.crop", True),
        ("last_layer_inputs", "input.divide_by", False),
        ("training_slices", "model.channels", False),
        ("training_images", "model.channels", False),
        ("training_images", "sampling.stride", True),
        ("updates", "batch_size", True),
        ("updates", "model.channels", False),
    ],
)
def test_a_count_depends_on_the_settings_that_change_it(quantity, path, changes):
    own = claim("e/a", "below", "9", quantity=quantity, open_settings=(path,))
    finding = rules.Finding(rules.NOT_REPRODUCED, "10")
    assert bool(caveats_of_count(own, finding).open_settings) is changes


def test_about_a_number_of_weights_confirms_no_layers():
    own = claim(
        "e/a", "value", "about 21,000", quantity="parameters", open_settings=("model.channels",)
    )
    assert caveats_of_count(own, rules.Finding(rules.REPRODUCED, "21,578")).open_settings


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        ("lower_than", "reproduced"),
        ("higher_than", "not reproduced"),
        ("equal_to", "not reproduced"),
    ],
)
def test_counts_are_compared(results, kind, verdict):
    results.record("e/a", ["ok"], parameters=21578)
    results.record("e/b", ["diverged"], parameters=79510)
    results.accuracy({"a": [0.9], "b": [0.1]})
    row = results.judge(claim("e/a", kind, quantity="parameters", part="", **against("e/b")))[0]
    assert (row["found"], row["verdict"]) == ("21,578 against 79,510", verdict)


@pytest.mark.parametrize(
    ("claimed", "reason"),
    [
        ("21,578", "Parameters: 21,578."),
        ("21,579", "Parameters: 21,578 against 21,579."),
    ],
)
def test_the_reason_of_a_count_names_no_doubts(results, claimed, reason):
    results.record("e/a", ["collapsed"], parameters=21578)
    own = {"quantity": "parameters", "part": "", **DOUBTS}
    assert results.judge(claim("e/a", "value", claimed, **own))[0]["reason"] == reason


def test_pairs_of_counts_are_compared_by_how_much_they_differ(results):
    counts = {"a": 100, "b": 1300, "c": 40, "d": 1239}
    for name, parameters in counts.items():
        results.record(f"e/{name}", ["ok"], parameters=parameters)
    results.accuracy({name: [0.9] for name in counts})
    own = {"quantity": "parameters", "part": "", **against("e/c", "e/d")}
    row = results.judge(claim(("e/a", "e/b"), "higher_than", **own))[0]
    assert (row["found"], row["verdict"]) == ("1,200 against 1,199", "reproduced")


@pytest.fixture
def timed(results) -> Results:
    for key in ("e/fast", "e/slow"):
        results.record(key)
    results.accuracy({"fast": [0.98, 0.97, 0.96], "slow": [0.97, 0.98, 0.99]})
    results.timing({"e/fast": [50.0, 51.0, 52.0], "e/slow": [900.0, 905.0, 910.0]})
    return results


HERE, ELSEWHERE = "reproduced (this machine)", "undecided (other machine)"


@pytest.mark.parametrize(
    ("of", "kind", "claimed", "quantity", "found", "verdict"),
    [
        ("fast", "value", "51 s", "seconds", "50 s / 51 s / 52 s", HERE),
        ("slow", "value", "15 min", "seconds", "900 s / 905 s / 910 s", HERE),
        ("fast", "value", "5 min", "seconds", "50 s / 51 s / 52 s", ELSEWHERE),
        ("slow", "above", "1 min", "seconds_per_epoch", "90 s / 90.5 s / 91 s", HERE),
        ("fast", "above", "1 min", "seconds_per_epoch", "5 s / 5.1 s / 5.2 s", ELSEWHERE),
        ("fast", "below", "51 s", "seconds", "50 s / 51 s / 52 s", "undecided"),
    ],
)
def test_seconds_are_those_of_this_machine(timed, of, kind, claimed, quantity, found, verdict):
    row = timed.judge(claim(f"e/{of}", kind, claimed, quantity=quantity, part=""))[0]
    assert (row["found"], row["verdict"]) == (found, verdict)


@pytest.mark.parametrize(
    ("of", "kind", "other", "verdict"),
    [
        ("fast", "lower_than", "slow", HERE),
        ("slow", "higher_than", "fast", HERE),
        ("slow", "lower_than", "fast", ELSEWHERE),
        ("slow", "equal_to", "fast", ELSEWHERE),
    ],
)
def test_what_is_faster_here_may_be_slower_on_another_machine(timed, of, kind, other, verdict):
    own = {"quantity": "seconds", "part": "", **against(f"e/{other}")}
    assert timed.judge(claim(f"e/{of}", kind, **own))[0]["verdict"] == verdict


def test_the_reason_for_seconds_says_what_they_depend_on(timed):
    row = timed.judge(claim("e/fast", "value", "51 s", quantity="seconds", part=""))[0]
    assert row["reason"] == (
        "Seconds of a trial: 51 s, exactly 51 s: within the margin of 0.5 s; "
        "seconds depend on the machine."
    )


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [("lower_than", HERE), ("higher_than", "undecided (settings not reported)")],
)
def test_the_time_of_one_function_hangs_on_open_settings_all_the_same(timed, kind, verdict):
    same = [0.98, 0.97, 0.96]
    timed.accuracy({"fast": same, "slow": same}, {"fast": same, "slow": same})
    own = {"quantity": "seconds", "part": "", "open_settings": ("epochs",)}
    row = timed.judge(claim("e/fast", kind, **own, **against("e/slow")))[0]
    assert row["verdict"] == verdict


def test_trials_that_were_trained_as_one_measure_their_time_once(results):
    for name, seconds in (("fast", [5.0, 5.0, 5.0]), ("slow", [90.0, 90.0, 90.0])):
        results.record(f"e/{name}", engine="stacked")
        results.timing({f"e/{name}": seconds})
    own = {"quantity": "seconds", "part": ""}
    (row,) = results.judge(claim("e/fast", "lower_than", **own, **against("e/slow")))
    assert (row["verdict"], row["found"]) == ("undecided (too few trials)", "5 s against 90 s")


def test_seconds_are_compared_without_any_test_results(timed):
    # The build judges claims about time by the records alone (evaluate.smk).
    (timed.path / "e" / "accuracy.csv").unlink()
    own = {"quantity": "seconds", "part": "", **against("e/slow")}
    assert timed.judge(claim("e/fast", "lower_than", **own))[0]["verdict"] == HERE


@pytest.mark.parametrize(
    ("of", "other", "kind", "verdict"),
    [
        (("e/low", "e/high"), ("e/low", "e/again"), "higher_than", "reproduced"),
        (("e/high", "e/low"), ("e/again", "e/low"), "higher_than", "reproduced"),
        (("e/low", "e/again"), ("e/high", "e/low"), "higher_than", "not reproduced"),
        (("e/low", "e/again"), ("e/high", "e/low"), "lower_than", "reproduced"),
        (("e/low", "e/high"), ("e/again", "e/high"), "equal_to", "reproduced"),
        # By 0.2 points, which is certain, but less than the margin.
        (("e/low", "e/near"), ("e/low", "e/again"), "higher_than", "not reproduced"),
        (("e/low", "e/again"), ("e/low", "e/near"), "lower_than", "not reproduced"),
    ],
)
def test_pairs_are_compared_by_how_much_they_differ(digits, of, other, kind, verdict):
    assert digits.judge(claim(of, kind, **against(*other)))[0]["verdict"] == verdict


def test_pairs_are_shown_with_what_they_differ_by(digits):
    of, other = ("e/low", "e/high"), ("e/low", "e/again")
    row = digits.judge(claim(of, "higher_than", **against(*other)))[0]
    assert (row["of"], row["claimed"]) == ("e/low and e/high", "e/low and e/again")
    assert row["found"] == (
        "1.00 points / 1.00 points / 1.00 points against 0.01 points / 0.01 points / 0.00 points"
    )


def test_only_how_much_two_differ_has_to_exceed_by_the_margin(digits):
    row = digits.judge(claim("e/near", "higher_than", **against("e/low")))[0]
    assert row["verdict"] == "reproduced"


@pytest.mark.parametrize(
    ("less", "verdict"),
    [((0.49, 0.59, 0.69), "reproduced"), ((0.4, 0.5, 0.5), "undecided")],
)
def test_without_a_margin_pairs_that_differ_more_exceed(results, less, verdict):
    apart = {"a": (0, 0, 0), "b": (0.5, 0.6, 0.7), "c": less}
    for name in apart:
        results.record(f"e/{name}")
    results.metrics(
        **{
            name: {
                "dice": [{"sd": 0.1 + value} for value in values],
                "assd": [{"mean": 3 - value} for value in values],
            }
            for name, values in apart.items()
        }
    )
    own = {"quantity": "assd", **against("e/a", "e/c")}
    assert results.judge(claim(("e/a", "e/b"), "higher_than", **own))[0]["verdict"] == verdict


def over_images(*trials: tuple[float, float, float]) -> list[dict[str, Any]]:
    """Give means with the ends of an interval over images, by trial."""
    return [{"mean": m, "images_low": low, "images_high": high} for m, low, high in trials]


CONSTANT = {"mean": "one of them is constant"}
UNDEFINED = {"undefined": ("It defines no Dice.",), "quantity": "dice"}
ALSO = "undecided (also without learning)"
OTHERWISE = {**UNDEFINED, "or_quantity": "dice_soft_pooled"}


@pytest.fixture
def glands(results) -> Results:
    results.record("e/a")
    results.metrics(
        a={
            "dice": [
                {
                    "mean": 0.80,
                    "min": 0.52,
                    "sd": 0.11,
                    "max": 0.94,
                    "images_low": 0.3,
                    "images_high": 0.9,
                },
                {
                    "mean": 0.82,
                    "min": 0.54,
                    "sd": 0.12,
                    "max": 0.95,
                    "images_low": 0.3,
                    "images_high": 0.9,
                },
                {
                    "mean": 0.81,
                    "min": 0.53,
                    "sd": 0.13,
                    "max": 0.96,
                    "images_low": 0.3,
                    "images_high": 0.9,
                },
            ],
            "boundary_dice_2": [{"mean": value} for value in (0.60, 0.61, 0.62)],
            "assd": [{"mean": value} for value in (3.5, 3.25, 3)],
            "checkerboard": [{"mean": mean} for mean in (0, 0.001, 0)],
            "checkerboard_images": [{"mean": mean} for mean in (0.05, 0.1, 0.15)],
            "dice_soft_pooled": [{"mean": value} for value in (0.83, 0.84, 0.85)],
            "spread_correlation": [*over_images((0.3, 0.1, 0.5)), CONSTANT, {"mean": 0.4}],
        },
    )
    return results


@pytest.mark.parametrize(
    ("quantity", "found"),
    [
        ("dice", "0.800 / 0.820 / 0.810"),
        ("lowest_dice", "0.520 / 0.540 / 0.530"),
        ("highest_dice", "0.940 / 0.950 / 0.960"),
        ("sd_dice", "0.110 / 0.120 / 0.130"),
        ("boundary_dice_2", "0.600 / 0.610 / 0.620"),
        ("assd", "3.50 px / 3.25 px / 3.00 px"),
        ("checkerboard", "0.0000 / 0.0010 / 0.0000"),
        ("checkerboard_images", "5 % / 10 % / 15 %"),
        ("dice_soft_pooled", "0.830 / 0.840 / 0.850"),
        # A trial without a number is left out.
        ("spread_correlation", "0.3000 / 0.4000"),
    ],
)
def test_a_segmentation_is_read_from_its_metrics(glands, quantity, found):
    assert glands.judge(claim("e/a", "above", "0.1", quantity=quantity))[0]["found"] == found


@pytest.mark.parametrize(
    ("own", "claimed", "verdict"),
    [
        (UNDEFINED, "0.81", "reproduced (open definition)"),
        (UNDEFINED, "0.70", "undecided (open definition)"),
        (OTHERWISE, "0.81", "reproduced (open definition)"),
        # Only the other reading agrees, or only this one, or none.
        (OTHERWISE, "0.87", "undecided (open definition)"),
        (OTHERWISE, "0.79", "reproduced (open definition)"),
        (OTHERWISE, "0.70", "not reproduced"),
    ],
)
def test_a_measure_that_is_not_defined_refutes_only_in_every_reading(glands, own, claimed, verdict):
    assert glands.judge(claim("e/a", "value", claimed, **own))[0]["verdict"] == verdict


@pytest.mark.parametrize(
    ("quantity", "kind", "claimed", "verdict"),
    [
        # Every trial has such an image, though the interval of the extremes contains the bound.
        ("highest_dice", "above", "0.93", "reproduced"),
        ("lowest_dice", "below", "0.55", "reproduced"),
        ("highest_dice", "above", "0.945", "undecided"),
        ("lowest_dice", "below", "0.525", "undecided"),
        ("highest_dice", "above", "0.99", "not reproduced"),
        ("lowest_dice", "below", "0.50", "not reproduced"),
        # About all images, not about one.
        ("lowest_dice", "above", "0.51", "undecided"),
    ],
)
def test_an_image_as_good_or_as_bad_is_there_in_a_trial_or_not(
    glands, quantity, kind, claimed, verdict
):
    row = glands.judge(claim("e/a", kind, claimed, quantity=quantity))[0]
    assert row["verdict"] == verdict


@pytest.mark.parametrize(
    ("own", "reached", "verdict"),
    [
        ({"quantity": "highest_dice", "claimed": "0.93"}, {"highest_image": 0.94}, ALSO),
        ({"quantity": "highest_dice", "claimed": "0.93"}, {"highest_image": 0.93}, "reproduced"),
        ({"quantity": "highest_dice", "claimed": "0.93"}, {"mean": 0.94}, "reproduced"),
        ({"quantity": "lowest_dice", "claimed": "0.50"}, {"lowest_image": 0.51}, ALSO),
        ({"quantity": "dice", "claimed": "0.70"}, {"mean": 0.71}, ALSO),
        ({"quantity": "dice", "claimed": "0.70"}, {"highest_image": 0.94}, "reproduced"),
        # What the networks do not reach stays what it is.
        ({"quantity": "dice", "claimed": "0.90"}, {"mean": 0.94}, "not reproduced"),
        ({"quantity": "highest_dice", "claimed": "0.945"}, {"highest_image": 0.96}, "undecided"),
        # Neither much of the metric is claimed, nor the metric of the baseline.
        ({"quantity": "lowest_dice", "kind": "below", "claimed": "0.55"}, {}, "reproduced"),
        ({"quantity": "dice", "kind": "value", "claimed": "0.81"}, {"mean": 0.81}, "reproduced"),
        ({"quantity": "dice_soft_pooled", "claimed": "0.70"}, {"mean": 0.94}, "reproduced"),
        # An assignment asks for so much, and gets it.
        ({"quantity": "dice", "claimed": "0.70", "asked": True}, {"mean": 0.71}, "reproduced"),
    ],
)
def test_what_is_reached_without_learning_reproduces_no_claim(glands, own, reached, verdict):
    glands.baseline(**reached)
    assert glands.judge(claim("e/a", **{"kind": "above", **own}))[0]["verdict"] == verdict


def test_the_reason_says_what_is_reached_without_learning(glands):
    glands.baseline(highest_image=0.94)
    about = claim("e/a", "above", "0.93", quantity="highest_dice", open_settings=("loss",))
    assert glands.judge(about)[0]["reason"] == (
        "Highest Dice of an image on test images: above 0.930 in every trial; the highest, 0.950 "
        "in mean; an answer without learning reaches 0.940, too; not reported: loss."
    )


@pytest.mark.parametrize(
    ("own", "verdict"),
    [
        ({"epoch": ""}, ALSO),
        ({"epoch": "1"}, ALSO),
        ({"epoch": "all"}, ALSO),
        # The baseline is that of test images, and of no difference and no number of epochs.
        ({"epoch": "1", "part": "train"}, "reproduced"),
        ({"quantity": "accuracy_rise"}, "reproduced"),
        ({"reaches": "60 %", "claimed": "0"}, "reproduced"),
    ],
)
def test_the_baseline_is_held_against_accuracies_on_test_images(results, own, verdict):
    results.record("e/a")
    results.history(
        "e/a",
        {
            (part, "accuracy"): [[0.1, 0.5, 0.7, 0.8, 0.9], [0.1, 0.51, 0.7, 0.8, 0.9]]
            for part in ("train", "test")
        },
    )
    results.accuracy({"a": [0.9, 0.9, 0.9]})
    results.baseline(mean=0.3)
    about = claim("e/a", "above", own.pop("claimed", "20 %"), **own)
    assert results.judge(about)[0]["verdict"] == verdict


def test_a_summary_that_did_not_measure_images_is_named(glands):
    table = glands.path / "e/summary.csv"
    write_csv(table, pd.read_csv(table).drop(columns="highest_image"))
    with pytest.raises(UserError, match=r"e/summary\.csv: has no column highest_image.*remove it"):
        glands.judge(claim("e/a", "above", "0.93", quantity="highest_dice"))


def test_both_readings_of_a_measure_are_shown(glands):
    row = glands.judge(claim("e/a", "value", "0.70", **OTHERWISE))[0]
    assert row["found"] == ("0.800 / 0.820 / 0.810; soft, pooled Dice: 0.830 / 0.840 / 0.850")


@pytest.mark.parametrize(
    ("quantity", "claimed", "verdict"),
    [
        ("dice", "0.84", "reproduced"),  # the margin of Dice
        ("dice", "0.90", "not reproduced"),
        ("lowest_dice", "0.56", "reproduced"),
        ("assd", "3.3", "reproduced"),  # half of the last digit
        ("assd", "30.3", "not reproduced"),
        ("checkerboard", "0.9", "not reproduced"),
    ],
)
def test_the_margin_of_dice_holds_for_all_that_is_like_it(glands, quantity, claimed, verdict):
    row = glands.judge(claim("e/a", "value", claimed, quantity=quantity))[0]
    assert row["verdict"] == verdict


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        (["ok", "ok", "ok"], "undecided"),
        (["ok"], "undecided (too few trials)"),
        (["ok", "collapsed", "collapsed"], "undecided (collapsed)"),
    ],
)
def test_where_no_trial_has_a_number_nothing_is_decided(results, statuses, verdict):
    results.record("e/a", statuses)
    results.metrics(a={"spread_correlation": [CONSTANT] * len(statuses)})
    row = results.judge(claim("e/a", "above", "0", quantity="spread_correlation"))[0]
    assert (row["found"], row["verdict"]) == ("no value", verdict)


def test_trials_without_a_number_do_not_count(results):
    results.record("e/a")
    results.metrics(a={"spread_correlation": [CONSTANT, CONSTANT, {"mean": 0.4}]})
    row = results.judge(claim("e/a", "value", "0.9", quantity="spread_correlation"))[0]
    assert row["verdict"] == "undecided (too few trials)"


@pytest.mark.parametrize(
    ("trials", "above", "below"),
    [
        # Over trials alone, the correlation lies between 0.27 and 0.33.
        ([(0.1, 0.5)] * 3, "reproduced", "not reproduced"),
        ([(-0.1, 0.5)] * 3, "undecided", "undecided"),
        # Averaged over trials, whatever a single network does.
        ([(-0.1, 0.5), (0.2, 0.4), (0.2, 0.4)], "reproduced", "not reproduced"),
        ([(-0.5, 0.5), (0.2, 0.4), (0.2, 0.4)], "undecided", "undecided"),
    ],
)
def test_what_is_said_of_all_images_is_judged_over_images_too(results, trials, above, below):
    results.record("e/a")
    values = [(m, *ends) for m, ends in zip((0.29, 0.3, 0.31), trials, strict=True)]
    results.metrics(a={"spread_correlation": over_images(*values)})
    own = {"quantity": "spread_correlation"}
    rows = results.judge(claim("e/a", "above", "0", **own), claim("e/a", "below", "0", **own))
    assert [row["verdict"] for row in rows] == [above, below]


def test_wide_trials_leave_open_what_all_images_would_decide(results):
    results.record("e/a")
    values = [(0.1, 0.2, 0.4), (0.3, 0.2, 0.4), (0.5, 0.2, 0.4)]
    results.metrics(a={"spread_correlation": over_images(*values)})
    row = results.judge(claim("e/a", "above", "0", quantity="spread_correlation"))[0]
    assert row["verdict"] == "undecided"


def test_only_what_is_said_of_all_images_is_judged_over_images(glands):
    # Over images, Dice may be as low as 0.3.
    assert glands.judge(claim("e/a", "above", "0.7", quantity="dice"))[0]["verdict"] == "reproduced"


@pytest.mark.parametrize(
    ("shares", "interval"),
    [((0, 0.01, 0.05), "(0 to 9 %)"), ((0.9, 0.99, 1), "(83 to 100 %)")],
)
def test_a_share_of_images_lies_between_none_and_all(results, shares, interval):
    results.record("e/a")
    results.metrics(a={"checkerboard_images": [{"mean": share} for share in shares]})
    row = results.judge(claim("e/a", "above", "50 %", quantity="checkerboard_images"))[0]
    assert interval in row["reason"]


@pytest.mark.parametrize(
    ("quantity", "reason"),
    [
        ("accuracy_gap", "-2.00 points (-4.48 to 0.48 points)"),
        ("accuracy_rise", "-2.00 points (-4.48 to 0.48 points)"),
    ],
)
def test_a_difference_of_shares_may_be_less_than_none(results, quantity, reason):
    results.record("e/a", epochs=2)
    falling = [[0.1, 0.5, 0.49], [0.1, 0.5, 0.48], [0.1, 0.5, 0.47]]
    held_out = {"accuracy_gap": [[0.1, 0.5, 0.51], [0.1, 0.5, 0.52], [0.1, 0.5, 0.53]]}
    results.history(
        "e/a",
        {
            ("train", "accuracy"): [[0.1, 0.5, 0.5]] * 3,
            ("test", "accuracy"): held_out.get(quantity, falling),
        },
    )
    row = results.judge(claim("e/a", "above", "0 %", quantity=quantity))[0]
    assert reason in row["reason"]
    assert row["found"] == "-1.00 points / -2.00 points / -3.00 points"


def test_the_gain_by_inverting_a_mask_may_be_a_loss(results):
    results.record("e/a")
    results.metrics(a={"worst_inverted": [{"mean": mean} for mean in (-0.30, -0.31, -0.32)]})
    row = results.judge(claim("e/a", "above", "0", quantity="worst_inverted"))[0]
    assert "-0.310 (-0.335 to -0.285)" in row["reason"]


def test_a_loss_may_rise_by_more_than_all_of_it(results):
    results.record("e/a")
    results.history("e/a", {("validation", "loss"): [[3, 1, 3.1], [3, 1, 3], [3, 1, 2.9]]})
    row = results.judge(claim("e/a", "above", "150 %", part="validation", quantity="loss_rise"))[0]
    assert "200 % (175 to 225 %): the interval lies above 150 %" in row["reason"]


def test_a_table_is_the_same_every_time(digits):
    claims = [claim("e/high", "above", "98 %"), claim("e/low", "equal_to", **against("e/wide"))]
    digits.judge(*claims)
    first = (digits.path / "claims.csv").read_bytes()
    digits.judge(*claims)
    assert (digits.path / "claims.csv").read_bytes() == first


def test_a_claim_on_what_was_not_trained_is_not_tested_and_says_why(digits, tmp_path):
    study = StudyClaims(
        name="x",
        metric="accuracy",
        per_trial="accuracy",
        data="real",
        claims=(),
        untested=((claim("e/huge", "above", "98 %"), "not trained: needs a GPU"),),
        trained_as={},
    )
    judge_claims([study], MARGINS, digits.path, str(tmp_path / "claims.csv"))
    (row,) = read_table(tmp_path / "claims.csv")
    assert (row["verdict"], row["reason"]) == (
        "not tested (needs a GPU)",
        "Not trained: needs a GPU.",
    )


PLAIN_FORMS = {
    "as it is": lambda plain: plain,
    "through JSON": lambda plain: json.loads(json.dumps(plain)),
}


@pytest.mark.parametrize("form", PLAIN_FORMS)
def test_a_claim_from_plain_values_is_the_claim_that_gave_them(form):
    given = claim(
        ("e/a", "e/b"), "lower_than", **against("e/c", "e/d"), epoch="3", open_settings=("model",)
    )
    assert Claim.of_plain(PLAIN_FORMS[form](given.plain())) == given


@pytest.mark.parametrize("form", PLAIN_FORMS)
def test_every_claim_of_the_studies_survives_its_plain_values(form):
    for study in STUDIES.values():
        for given in study.claims.values():
            assert Claim.of_plain(PLAIN_FORMS[form](given.plain())) == given


@pytest.mark.parametrize("form", PLAIN_FORMS)
def test_a_study_is_read_from_what_the_plan_hands_over(form):
    first, second = claim("e/high", "above", "98 %"), claim("e/huge", "above", "98 %")
    plain = {
        "name": "x",
        "metric": "accuracy",
        "per_trial": "accuracy",
        "data": "real",
        "claims": [first.plain()],
        "untested": [[second.plain(), "not trained: needs a GPU"]],
        "trained_as": {"e/high": "e/high"},
    }
    study = StudyClaims.of_plain(PLAIN_FORMS[form](plain))
    assert study.claims == (first,)
    assert study.untested == ((second, "not trained: needs a GPU"),)
    assert study.trained_as == {"e/high": "e/high"}


def test_plain_values_of_another_type_are_refused():
    plain = claim("e/high", "above", "98 %").plain()
    with pytest.raises(ValidationError, match="other_images"):
        Claim.of_plain({**plain, "other_images": "perhaps"})


RISING = [[0.1, 0.5, 0.7, 0.72, 0.8], [0.1, 0.6, 0.71, 0.69, 0.8], [0.1, 0.2, 0.3, 0.9, 0.9]]


@pytest.fixture
def rising(results) -> Results:
    """Give variants that exceed 0.7 after 3, 2 and 3 epochs, seldom, and never."""
    for key, batches in (("e/a", 10), ("e/twice", 20), ("e/low", 10)):
        results.record(key, batches=batches)
        low = [[0.1, 0.2, 0.3, 0.7, 0.7]] * 3
        results.history(key, {("test", "dice"): low if key == "e/low" else RISING})
    low = [[0.1, 0.2, 0.3, 0.7, 0.71], *[[0.1, 0.2, 0.3, 0.7, 0.7]] * 2]
    results.record("e/seldom")
    results.history("e/seldom", {("test", "dice"): low})
    results.metrics(a={}, twice={}, low={}, seldom={"dice": [{"mean": 0.5}]})
    return results


SEVEN = {"quantity": "dice", "reaches": "0.7"}


@pytest.mark.parametrize(
    ("of", "own", "found", "verdict"),
    [
        ("a", {}, "3 epochs / 2 epochs / 3 epochs", "reproduced"),
        ("a", {"counted_in": "updates"}, "30 updates / 20 updates / 30 updates", "undecided"),
        ("low", {}, "never / never / never", "not reproduced"),
        ("seldom", {}, "4 epochs / never / never", "undecided"),
    ],
)
def test_a_crossing_is_counted_where_the_curve_first_exceeds_the_level(
    rising, of, own, found, verdict
):
    row = rising.judge(claim(f"e/{of}", "value", "about 3", **SEVEN, **own))[0]
    if not own:
        assert row["verdict"] == verdict
    assert row["found"] == found
    assert row["quantity"].endswith("until Dice exceeds 0.7 on test images")


def test_a_level_that_is_never_reached_refutes_nothing_where_the_curve_is_not_defined(rising):
    own = {**SEVEN, "undefined": ("It defines no Dice.",)}
    row = rising.judge(claim("e/low", "value", "about 3", **own))[0]
    assert row["verdict"] == "undecided (open definition)"


OR_FOR_GOOD = {**SEVEN, "crossing": "either", "undefined": ("It does not say which.",)}


@pytest.mark.parametrize(
    ("claimed", "verdict", "end"),
    [
        ("about 3", "reproduced (open definition)", "It does not say which."),
        ("9", "not reproduced", ""),
    ],
)
def test_a_crossing_that_is_not_defined_is_read_both_ways(rising, claimed, verdict, end):
    row = rising.judge(claim("e/a", "value", claimed, **OR_FOR_GOOD))[0]
    assert row["found"] == (
        "3 epochs / 2 epochs / 3 epochs; for good: 3 epochs / 4 epochs / 3 epochs"
    )
    assert row["verdict"] == verdict
    assert row["reason"].endswith(end)


def test_a_curve_that_ends_below_the_level_never_exceeds_it_for_good(rising):
    falling = [[0.1, 0.8, 0.9, 0.9, 0.6]] * 3
    rising.history("e/a", {("test", "dice"): falling})
    row = rising.judge(claim("e/a", "value", "1", **OR_FOR_GOOD))[0]
    assert row["found"].endswith("; for good: never / never / never")
    assert row["reason"].endswith("; by the other reading (for good) not reproduced.")


def test_a_level_that_is_never_reached_is_reached_in_neither_reading(rising):
    row = rising.judge(claim("e/low", "value", "about 3", **OR_FOR_GOOD))[0]
    assert row["verdict"] == "not reproduced"
    assert row["found"] == "never / never / never; for good: never / never / never"


def test_a_source_may_mean_the_crossing_for_good(rising):
    row = rising.judge(claim("e/a", "value", "3", **SEVEN, crossing="for_good"))[0]
    assert row["found"] == "3 epochs / 4 epochs / 3 epochs"
    assert row["quantity"] == "epochs until Dice exceeds 0.7 for good on test images"


def test_trials_that_seldom_get_there_are_counted_in_the_reason(rising):
    row = rising.judge(claim("e/seldom", "value", "3", **SEVEN))[0]
    assert "2 of 3 trials never get there" in row["reason"]


def test_an_epoch_with_more_batches_has_more_updates(rising):
    own = {**SEVEN, "counted_in": "updates", **against("e/twice")}
    row = rising.judge(claim("e/a", "lower_than", **own))[0]
    assert row["found"] == (
        "30 updates / 20 updates / 30 updates against 60 updates / 40 updates / 60 updates"
    )
    assert row["verdict"] == "reproduced"


@pytest.mark.parametrize(
    ("quantity", "part", "epoch", "found"),
    [
        ("dice_rise", "test", "", "0.300 / 0.200 / 0.700"),
        ("dice_gap", "test", "", "0.100 / 0.100 / 0.000"),
        ("dice_gap", "test", "1", "0.400 / 0.300 / 0.700"),
        # The untrained network, epoch 0, does not count.
        ("dice_step", "test", "", "0.200 / 0.110 / 0.600"),
        ("dice_step", "train", "", "0.000 / 0.000 / 0.000"),
        ("loss_first_fall", "train", "", "0.2500 / 0.5000 / 0.0000"),
        ("loss_fall", "train", "", "0.7500 / 0.5000 / 1.0000"),
        ("regression_excess_lowest", "train", "", "-0.1000 / 0.1000 / 0.2000"),
        ("gradient_norm", "train", "1", "5.0000 / 5.0000 / 5.0000"),
        # The last layer by its place, and not by its name.
        ("gradient_norm_before_last", "train", "1", "4.0000 / 4.0000 / 4.0000"),
    ],
)
def test_gap_rise_step_and_gradients_are_read_from_the_curves(rising, quantity, part, epoch, found):
    rising.history(
        "e/a",
        {
            ("test", "dice"): RISING,
            ("train", "dice"): [[0.1, 0.9, 0.9, 0.9, 0.9]] * 3,
            ("train", "loss"): [[1, 0.75, 0], [1, 0.5, 0], [1, 1, 0]],
            ("train", "regression_excess"): [[-1, -0.1, 9], [-1, 9, 0.1], [-1, 0.2, 0.2]],
            ("train", "gradient_norm.second"): [[NAN, 4, 1, 1, 1]] * 3,
            ("train", "gradient_norm.first"): [[NAN, 3, 1, 1, 1]] * 3,
        },
    )
    row = rising.judge(claim("e/a", "above", "0.1", quantity=quantity, part=part, epoch=epoch))[0]
    assert row["found"] == found


def test_a_run_time_is_divided_by_that_of_another_trial_by_trial(timed):
    own = {"quantity": "seconds", "part": "", "relative_to": "e/fast"}
    row = timed.judge(claim("e/slow", "value", "18 times", **own))[0]
    assert row["found"] == "18 times / 17.7 times / 17.5 times"
    assert row["quantity"] == "seconds of a trial, relative to e/fast"
    assert row["verdict"] == "reproduced (this machine)"


def test_the_one_run_time_of_stacked_trials_is_divided_by_that_of_the_first_other_trial(timed):
    timed.record("e/stack", engine="stacked")
    timed.timing({"e/stack": [9.0, 9.0, 9.0]})
    own = {"quantity": "seconds", "part": "", "relative_to": "e/fast"}
    row = timed.judge(claim("e/stack", "value", "0.18 times", **own))[0]
    assert (row["found"], row["verdict"]) == ("0.18 times", HERE)


@pytest.mark.parametrize(("other", "verdict"), [("slow", HERE), ("fast", "not " + HERE)])
def test_what_an_assignment_asks_about_ones_own_machine_is_answered(timed, other, verdict):
    of = {"slow": "fast", "fast": "slow"}[other]
    own = {"quantity": "seconds", "part": "", "asked": True, **against(f"e/{other}")}
    assert timed.judge(claim(f"e/{of}", "lower_than", **own))[0]["verdict"] == verdict


LAYERS = [
    {"layer": "Conv2d", "output": [8, 28, 28], "parameters": 80},
    {"layer": "Tanh", "output": [8, 28, 28], "parameters": 0},
    {"layer": "MaxPool2d", "output": [8, 14, 14], "parameters": 0},
    {"layer": "ReLU", "output": [16, 14, 14], "parameters": 0},
    {"layer": "Linear", "output": [10], "parameters": 15690},
]


@pytest.mark.parametrize(
    ("quantity", "claimed", "verdict"),
    [
        ("activations", "9,408", "reproduced"),  # 8 * 28 * 28 + 16 * 14 * 14
        ("last_layer_inputs", "1,568", "reproduced"),  # 15,690 = 10 * (1,568 + 1)
        ("other_parameters", "15,690", "reproduced"),
        ("other_parameters", "0", "not reproduced"),
        ("first_layer_parameters", "80", "reproduced"),
    ],
)
def test_layers_are_counted_as_the_record_has_them(results, quantity, claimed, verdict):
    results.record("e/a", described=LAYERS)
    row = results.judge(claim("e/a", "value", claimed, quantity=quantity, part=""))[0]
    assert row["verdict"] == verdict


def test_updates_of_the_weights_are_the_batches_of_all_epochs(results):
    results.record("e/small", epochs=100, batches=6)
    results.record("e/large", epochs=100, batches=3)
    own = {"quantity": "updates", "part": "", **against("e/large")}
    row = results.judge(claim("e/small", "higher_than", **own))[0]
    assert (row["found"], row["verdict"]) == ("600 against 300", "reproduced")


@pytest.mark.parametrize(
    ("pair", "found", "verdict"),
    [
        (("0", "6"), "3 / 2 / 4", "reproduced"),
        (("8", "2"), "17 / 3 / 2", "reproduced"),  # whose interval contains 0
        (("5", "6"), "1 / 0 / 2", "undecided"),
        (("6", "0"), "0 / 0 / 0", "not reproduced"),
    ],
)
def test_mistakes_of_a_pair_of_classes_are_counted(digits, pair, found, verdict):
    rows = [
        {"variant": "low", "trial": trial, "true": true, "predicted": predicted, "count": count}
        for trial, (first, second, third) in enumerate([(3, 17, 1), (2, 3, 0), (4, 2, 2)])
        for true, predicted, count in ((0, 6, first), (8, 2, second), (5, 6, third), (6, 0, 0))
    ]
    write_csv(digits.path / "e" / "confusion.csv", pd.DataFrame(rows))
    row = digits.judge(claim("e/low", "above", "0", quantity="mistaken", pair=pair))[0]
    assert (row["found"], row["verdict"]) == (found, verdict)
    assert row["quantity"].startswith(f"images of {pair[0]} predicted as {pair[1]}")


@pytest.mark.parametrize(
    ("shares", "verdict"),
    [
        ((0.02, 0.4, 0.02), "reproduced"),
        ((0.0, 0.4, 0.4), "undecided"),
        ((0.0,) * 3, "not reproduced"),
    ],
)
def test_that_some_images_show_a_thing_holds_if_each_trial_has_one(results, shares, verdict):
    results.record("e/a")
    results.metrics(a={"checkerboard_images": [{"mean": share} for share in shares]})
    row = results.judge(claim("e/a", "above", "0 %", quantity="checkerboard_images"))[0]
    assert row["verdict"] == verdict


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        (
            ("98.57 %", "98.78 %"),
            "98.57 % (98.32 to 98.78 %) and 98.78 % (98.55 to 98.98 %), whose intervals overlap",
        ),
        (
            ("98.2 %", "99.2 %"),
            "98.2 % (97.92 to 98.44 %) and 99.2 % (99.01 to 99.36 %), whose intervals do not overl",
        ),
    ],
)
def test_single_runs_of_a_source_are_shown_with_their_intervals(digits, printed, told):
    row = digits.judge(claim("e/high", "higher_than", printed=printed, **against("e/low")))[0]
    assert f"the source's two runs on 10,000 images have {told}" in row["reason"]
