"""From the files of a build to the table of verdicts."""

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dlia.claims import Claim
from dlia.evaluation.claims import judge_claims
from dlia.files import write_csv, write_json
from dlia.reporting.findings import read_table

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
    "verdict",
    "reason",
]
Curves = dict[tuple[str, str], list[list[float]]]


def claim(of: str | tuple[str, ...], kind: str, claimed: str = "", **own: Any) -> dict[str, Any]:
    """Give a claim as the plan hands it over; by default about the accuracy on test images."""
    keys = (of,) if isinstance(of, str) else of
    plain = {"quantity": "accuracy", "part": "test", "epoch": "", "against": ()}
    plain |= {"other_images": False, "open_settings": ()}
    return vars(Claim("c", "R2024 1.1", "It is so.", keys, kind, claimed, **{**plain, **own}))


class Results:
    """A folder results/ that is filled by a test, with the columns that a build's tables have."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trained_as: dict[str, str] = {}

    def record(self, key: str, statuses: list[str] | None = None, **own: Any) -> None:
        """Write run.json; ``own`` are epochs, parameters, layers and chosen (an epoch)."""
        epochs, layers = own.get("epochs", 4), own.get("layers", [0, 80, 20])
        trials = [
            {"status": status, "epochs": epochs, "chosen_epoch": own.get("chosen", epochs)}
            for status in statuses or ["ok"] * 3
        ]
        described = [{"layer": "Layer()", "name": "x", "parameters": n} for n in layers]
        write_json(
            self.path / key / "run.json",
            {
                "settings": {"epochs": epochs},
                "parameters": own.get("parameters", sum(layers)),
                "layers": described,
                "trials": trials,
            },
        )
        self.trained_as[key] = key

    def same(self, key: str, trained_as: str) -> None:
        """Make a variant another name of a training."""
        self.trained_as[key] = trained_as

    def accuracy(self, values: dict[str, list[float]]) -> None:
        """Write accuracy.csv of exercise e, a row per trial."""
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
                "loss": 0.05,
                "status": "ok",
                "same_as": "",
            }
            for name, trials in values.items()
            for trial, value in enumerate(trials)
        ]
        write_csv(self.path / "e" / "accuracy.csv", pd.DataFrame(rows))

    def metrics(self, name: str, values: dict[str, list[dict[str, Any]]]) -> None:
        """Write metrics.csv of exercise e: for every metric, some columns by trial."""
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
            for metric, trials in values.items()
            for trial, columns in enumerate(trials)
        ]
        write_csv(self.path / "e" / "metrics.csv", pd.DataFrame(rows))

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
            {"data": "real", "variant": name, "metric": "accuracy", "word": word, "sentence": "S."}
            for name, word in words.items()
        ]
        write_csv(self.path / "e" / "fit.csv", pd.DataFrame(rows))

    def timing(self, seconds: dict[str, list[float]]) -> None:
        """Write timing.csv; an epoch takes a tenth of the whole."""
        rows = [
            {
                "data": "real",
                "exercise": key.split("/")[0],
                "variant": key.split("/")[1],
                "trial": trial,
                "epochs": 10,
                "seconds": value,
                "seconds_per_epoch": value / 10,
                "base": "",
                "times_base": "no base",
                "device": "cpu",
                "threads": 1,
                "engine": "loop",
            }
            for key, values in seconds.items()
            for trial, value in enumerate(values)
        ]
        write_csv(self.path / "timing.csv", pd.DataFrame(rows))

    def judge(self, *claims: dict[str, Any], data: str = "real") -> list[dict[str, str]]:
        """Judge the claims of one study; give the rows of the table as the report reads them."""
        study = {"name": "x", "data": data, "claims": list(claims), "trained_as": self.trained_as}
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
}


@pytest.fixture
def digits(results) -> Results:
    for name in ACCURACIES:
        results.record(f"e/{name}")
    results.accuracy(ACCURACIES)
    results.fit({"low": "underfits", "high": "overfits"})
    return results


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
        "quantity": "accuracy",
        "part": "test",
        "epoch": "",
        "kind": "value",
        "claimed": "98.78 %",
        "found": "98.50 % / 98.60 % / 98.70 %",
        "verdict": "reproduced",
        "reason": "98.60 %, 0.18 points below 98.78 %: within the margin of 0.30 points.",
    }


def test_the_table_shows_trials_beside_those_that_they_are_compared_with(digits):
    row = digits.judge(claim("e/high", "higher_than", **against("e/low")))[0]
    assert row["claimed"] == "e/low"
    assert row["found"] == "98.50 % / 98.60 % / 98.70 % against 97.50 % / 97.60 % / 97.70 %"
    assert row["reason"].startswith("In the claimed direction the difference is 1.00 points (")


def test_a_fit_comment_has_no_quantity(digits):
    row = digits.judge(claim("e/low", "fit", "overfits", part="validation"))[0]
    assert (row["quantity"], row["claimed"], row["found"]) == ("fit", "overfits", "underfits")


def test_a_table_without_claims_still_has_its_columns(results):
    results.judge()
    header = (results.path / "claims.csv").read_text(encoding="utf-8")
    assert header == ",".join(COLUMNS) + "\n"


def test_open_settings_and_other_images_reach_the_verdict(digits):
    rows = digits.judge(
        claim("e/low", "above", "98 %", open_settings=("batch_size",)),
        claim("e/high", "above", "98 %", open_settings=("batch_size",)),
        claim("e/low", "fit", "overfits", other_images=True),
    )
    assert [row["verdict"] for row in rows] == [
        "undecided (settings not reported)",
        "reproduced (assumed settings)",
        "undecided (other images)",
    ]


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
    assert [row["verdict"] for row in rows] == ["undecided (collapsed)", "reproduced"]
    said = "; 1 of 3 trials of e/a collapsed, 1 of 3 trials of e/a diverged."
    assert all(row["reason"].endswith(said) for row in rows)


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
    assert {row["reason"] for row in rows} == {"Drawn images say nothing about the claim."}
    assert {row["data"] for row in rows} == {"stand-in"}


def test_studies_are_judged_by_what_they_were_built_from(digits, tmp_path):
    studies = [
        {
            "name": name,
            "data": data,
            "claims": [claim("e/high", "above", "98 %")],
            "trained_as": digits.trained_as,
        }
        for name, data in (("x", "real"), ("y", "stand-in"))
    ]
    judge_claims(studies, MARGINS, digits.path, str(tmp_path / "claims.csv"))
    rows = read_table(tmp_path / "claims.csv")
    found = [(row["study"], row["verdict"]) for row in rows]
    assert found == [("x", "reproduced"), ("y", "not tested (stand-in)")]


def test_a_variant_that_is_the_same_as_another_has_its_results(results):
    results.record("e/a", ["ok", "ok", "collapsed"], parameters=100)
    results.same("e/twin", "e/a")
    results.accuracy({"a": [0.98, 0.97, 0.1], "twin": [0.98, 0.97, 0.1]})
    results.fit({"a": "fits", "twin": "fits"})
    results.timing({"e/a": [10.0, 11.0, 12.0]})
    results.history("e/a", {("validation", "accuracy"): [[0.1, 0.9], [0.1, 0.8], [0.1, 0.1]]})
    rows = results.judge(
        claim("e/twin", "below", "99 %"),
        claim("e/twin", "fit", "fits"),
        claim("e/twin", "value", "100", quantity="parameters", part=""),
        claim("e/twin", "value", "11 s", quantity="seconds", part=""),
        claim("e/twin", "value", "60 %", part="validation", epoch="1"),
        claim("e/twin", "equal_to", **against("e/a")),
    )
    assert [row["found"] for row in rows] == [
        "98.00 % / 97.00 % / 10.00 %",
        "fits",
        "100",
        "10 s / 11 s / 12 s",
        "90.00 % / 80.00 % / 10.00 %",
        "98.00 % / 97.00 % / 10.00 % against 98.00 % / 97.00 % / 10.00 %",
    ]
    assert rows[-1]["verdict"] == "reproduced"


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
        ({"part": "validation", "quantity": "loss_rise"}, "0.2000 / 0.4000 / 0.0000"),
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


LOST: Curves = {
    ("train", "loss"): [[2, 1, 0.5], [2, 1, NAN], [2, NAN]],
    ("train", "accuracy"): [[0.1, 0.6, 0.8], [0.1, 0.6, 0.1], [0.1, 0.1]],
    ("validation", "loss"): [[2, 1, 1.5], [2, 1, NAN], [2, NAN]],
    ("validation", "accuracy"): [[0.1, 0.5, 0.7], [0.1, 0.5, 0.1], [0.1, 0.1]],
}


@pytest.mark.parametrize(
    ("own", "found"),
    [
        ({"epoch": "2"}, "70.00 % / 10.00 %"),
        ({"epoch": "all"}, "60.00 % / 30.00 % / 10.00 %"),
        ({"quantity": "loss", "epoch": "1"}, "1.0000 / 1.0000"),
        ({"quantity": "loss", "epoch": "2"}, "1.5000"),
    ],
)
def test_trials_that_diverged_before_an_epoch_do_not_have_it(results, own, found):
    results.record("e/a", ["ok", "diverged", "diverged"], epochs=2)
    results.history("e/a", LOST)
    row = results.judge(claim("e/a", "above", "0.1", part="validation", **own))[0]
    assert row["found"] == found


def test_a_loss_that_is_not_finite_does_not_rise(results):
    results.record("e/a", ["ok", "diverged", "diverged"], epochs=2)
    results.history("e/a", LOST)
    row = results.judge(claim("e/a", "above", "0.1", part="validation", quantity="loss_rise"))[0]
    assert "nan" not in row["found"] + row["reason"]


def test_trainings_that_all_diverged_at_once_have_no_value(results):
    results.record("e/a", ["diverged"] * 3)
    # Lost before the first epoch: only the untrained network was measured.
    results.history("e/a", {key: [curve[:1] for curve in c] for key, c in CURVES.items()})
    row = results.judge(claim("e/a", "above", "10 %", part="validation", epoch="1"))[0]
    assert (row["found"], row["verdict"]) == ("no value", "undecided")
    assert row["reason"] == "No trial has a value to compare."


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
    ("kind", "verdict"),
    [
        ("lower_than", "reproduced"),
        ("higher_than", "not reproduced"),
        ("equal_to", "not reproduced"),
    ],
)
def test_counts_are_compared(results, kind, verdict):
    results.record("e/a", ["ok"], parameters=21578)
    results.record("e/b", ["ok"], parameters=79510)
    row = results.judge(claim("e/a", kind, quantity="parameters", part="", **against("e/b")))[0]
    assert (row["found"], row["verdict"]) == ("21,578 against 79,510", verdict)


@pytest.fixture
def timed(results) -> Results:
    for key in ("e/fast", "e/slow"):
        results.record(key)
    results.timing({"e/fast": [50.0, 51.0, 52.0], "e/slow": [900.0, 905.0, 910.0]})
    return results


@pytest.mark.parametrize(
    ("of", "kind", "claimed", "quantity", "found", "verdict"),
    [
        ("fast", "value", "51 s", "seconds", "50 s / 51 s / 52 s", "reproduced"),
        ("slow", "value", "15 min", "seconds", "900 s / 905 s / 910 s", "reproduced"),
        ("fast", "value", "5 min", "seconds", "50 s / 51 s / 52 s", "other machine"),
        ("slow", "above", "1 min", "seconds_per_epoch", "90 s / 90.5 s / 91 s", "reproduced"),
        ("fast", "above", "1 min", "seconds_per_epoch", "5 s / 5.1 s / 5.2 s", "other machine"),
    ],
)
def test_seconds_of_another_machine_refute_nothing(
    timed, of, kind, claimed, quantity, found, verdict
):
    row = timed.judge(claim(f"e/{of}", kind, claimed, quantity=quantity, part=""))[0]
    assert row["found"] == found
    assert row["verdict"] == {"other machine": "undecided (other machine)"}.get(verdict, verdict)


def test_what_is_faster_here_is_faster(timed):
    row = timed.judge(
        claim("e/fast", "lower_than", quantity="seconds", part="", **against("e/slow"))
    )[0]
    assert row["verdict"] == "reproduced"


def test_what_is_slower_here_may_be_faster_on_another_machine(timed):
    row = timed.judge(
        claim("e/slow", "lower_than", quantity="seconds", part="", **against("e/fast"))
    )[0]
    assert row["verdict"] == "undecided (other machine)"


@pytest.mark.parametrize(
    ("of", "other", "kind", "verdict"),
    [
        (("e/low", "e/high"), ("e/low", "e/again"), "higher_than", "reproduced"),
        (("e/high", "e/low"), ("e/again", "e/low"), "higher_than", "reproduced"),
        (("e/low", "e/again"), ("e/high", "e/low"), "higher_than", "not reproduced"),
        (("e/low", "e/again"), ("e/high", "e/low"), "lower_than", "reproduced"),
        (("e/low", "e/high"), ("e/high", "e/low"), "equal_to", "reproduced"),
    ],
)
def test_pairs_are_compared_by_how_much_they_differ(digits, of, other, kind, verdict):
    assert digits.judge(claim(of, kind, **against(*other)))[0]["verdict"] == verdict


def test_pairs_are_shown_with_what_they_differ_by(digits):
    of, other = ("e/low", "e/high"), ("e/low", "e/again")
    row = digits.judge(claim(of, "higher_than", **against(*other)))[0]
    assert (row["of"], row["claimed"]) == ("e/low and e/high", "e/low and e/again")
    assert row["found"] == "1.00 % / 1.00 % / 1.00 % against 0.01 % / 0.01 % / 0.00 %"


@pytest.fixture
def glands(results) -> Results:
    results.record("e/a")
    results.metrics(
        "a",
        {
            "dice": [
                {"mean": 0.80, "min": 0.52, "max": 0.94},
                {"mean": 0.82, "min": 0.54, "max": 0.95},
                {"mean": 0.81, "min": 0.53, "max": 0.96},
            ],
            "boundary_dice_2": [{"mean": value} for value in (0.60, 0.61, 0.62)],
            "assd": [{"mean": value} for value in (3.5, 3.25, 3)],
            "checkerboard": [
                {"mean": mean, "max": high} for mean, high in ((0, 0.1), (0.001, 0.2), (0, 0.3))
            ],
            "dice_soft_pooled": [{"mean": value} for value in (0.83, 0.84, 0.85)],
            "spread_correlation": [{"mean": v} for v in (0.3, "one of them is constant", 0.4)],
        },
    )
    return results


@pytest.mark.parametrize(
    ("quantity", "found"),
    [
        ("dice", "0.800 / 0.820 / 0.810"),
        ("lowest_dice", "0.520 / 0.540 / 0.530"),
        ("highest_dice", "0.940 / 0.950 / 0.960"),
        ("boundary_dice_2", "0.600 / 0.610 / 0.620"),
        ("assd", "3.50 px / 3.25 px / 3.00 px"),
        ("checkerboard", "0.0000 / 0.0010 / 0.0000"),
        ("highest_checkerboard", "0.1000 / 0.2000 / 0.3000"),
        ("dice_soft_pooled", "0.830 / 0.840 / 0.850"),
        # A trial without a number is left out.
        ("spread_correlation", "0.3000 / 0.4000"),
    ],
)
def test_a_segmentation_is_read_from_its_metrics(glands, quantity, found):
    assert glands.judge(claim("e/a", "above", "0.1", quantity=quantity))[0]["found"] == found


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


def test_where_no_trial_has_a_number_nothing_is_decided(results):
    results.record("e/a")
    constant = [{"mean": "one of them is constant"}] * 3
    results.metrics("a", {"spread_correlation": constant})
    row = results.judge(claim("e/a", "above", "0", quantity="spread_correlation"))[0]
    assert (row["found"], row["verdict"]) == ("no value", "undecided")


def test_a_table_is_the_same_every_time(digits):
    claims = [claim("e/high", "above", "98 %"), claim("e/low", "equal_to", **against("e/wide"))]
    digits.judge(*claims)
    first = (digits.path / "claims.csv").read_bytes()
    digits.judge(*claims)
    assert (digits.path / "claims.csv").read_bytes() == first
