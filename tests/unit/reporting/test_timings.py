"""The tables of times: which variants ran the same program stands beside their seconds."""

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from trainings import STUDIES

from dlia.reporting import document, environment, times
from dlia.reporting.chapters import Chapter
from dlia.reporting.times import timings, uneven_times

EXERCISE = STUDIES["mnist"].exercises["ex1_3"]
NOTE = "runs the same program as ex1_2/sgd"


@pytest.fixture
def rows(tmp_path) -> list[dict[str, str]]:
    """Give the rows of ex1_3, one of whose trainings ran the program of another."""
    trials = pd.DataFrame(
        [key.split("/") for key in dict.fromkeys(v.trained_as for v in EXERCISE.variants.values())],
        columns=["exercise", "variant"],
    )
    facts = {"kind": "trial", "trial": 0, "epochs": 2, "seconds": 2.5, "seconds_per_epoch": 1.25}
    trials = trials.assign(**facts, base="", times_base="no base", device="cpu")
    same = trials["variant"].map({"pool_relu": "ex1_2/sgd", "sgd": "ex1_3/pool_relu"})
    trials.assign(same_program_as=same.fillna("no other")).to_csv(tmp_path / "timing.csv")
    return timings(EXERCISE, tmp_path / "timing.csv")


def test_a_row_tells_whose_program_ran(rows):
    noted = {row["variant"]: row["same"] for row in rows if row["same"]}
    own = "runs the same program as ex1_3/pool_relu"
    assert noted == {"relu_pool": own, "pool_relu": NOTE}


def test_the_report_shows_it(rows, monkeypatch):
    monkeypatch.setattr(times, "timings", lambda exercise, timing: rows)
    monkeypatch.setattr(times, "uneven_times", lambda timing, keys: [])
    [volatile] = times.times_part(
        SimpleNamespace(exercise=EXERCISE, variants=[]), Path("timing.csv")
    ).blocks
    notes = [row.cells[4].note for row in volatile.blocks[0].rows if row.cells[4].note]
    assert sorted(note[0].text for note in notes) == [
        NOTE,
        "runs the same program as ex1_3/pool_relu",
    ]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        ([1.0, 1.5], "took up to 50 % longer for an epoch than another (e/a). Other work shared"),
        ([1.0, 1.02], "up to 2 % longer for an epoch than another (e/a). So little is due to"),
    ],
)
def test_times_of_equal_work_show_whether_the_machine_was_shared(seconds, told, tmp_path):
    rows = [
        {"kind": "trial", "exercise": "e", "variant": name, "trial": trial, "epochs": 2}
        | {"seconds": 3.0, "seconds_per_epoch": value}
        for name, own in (("a", seconds), ("b", [9.0, 90.0]))
        for trial, value in enumerate(own)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "timing.csv")
    [found] = uneven_times(tmp_path / "timing.csv", ["e/a"])
    assert told in "".join(span.text for span in found.text)


def test_a_claim_on_the_time_of_a_variant_that_was_left_out_is_passed_over(monkeypatch):
    about = SimpleNamespace(of=("ex1_2/sgd", "ex1_1/needs_a_gpu"), against=())
    asked = []
    monkeypatch.setattr(document, "uneven_times", lambda timing, keys: asked.append(keys) or [])
    document._uneven(Chapter(STUDIES["mnist"], None, (), (), (about,)))
    assert asked == [{"ex1_2/sgd"}]


def test_one_trial_does_not_show_whether_the_machine_was_shared(tmp_path):
    row = {"kind": "trial", "exercise": "e", "variant": "a", "trial": 0, "epochs": 2}
    pd.DataFrame([row | {"seconds": 3.0, "seconds_per_epoch": 1.0}]).to_csv(tmp_path / "timing.csv")
    assert uneven_times(tmp_path / "timing.csv", ["e/a"]) == []


def compared_times(tmp_path, slow: float, same: str = "no other") -> str:
    """Give the sentence on two variants, the trials of which differ by a second."""
    rows = [
        {"kind": "trial", "exercise": "ex1_3", "variant": name, "trial": trial, "epochs": 2}
        | {"seconds": 9.0, "seconds_per_epoch": seconds + trial, "same_program_as": same}
        for name, seconds in (("pool_tanh", slow), ("tanh_pool", 3.5))
        for trial in range(2)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "timing.csv")
    names = ["tanh_after_pooling_faster", "pool_first_5_minutes", "left_out"]
    about = [SimpleNamespace(name=name, anchor=f"claim-{name}") for name in names]
    outcome = SimpleNamespace(study=STUDIES["mnist"], exercise=EXERCISE)
    assert times.times_compared(outcome, about[1:], tmp_path / "timing.csv") == []
    told = times.times_compared(outcome, about, tmp_path / "timing.csv")
    return "".join(span.text for volatile in told for span in volatile.blocks[0].text)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (1.0, "faster per epoch (0.38 times as long): ex1_3/pool_tanh than ex1_3/tanh_pool"),
        (7.5, "slower per epoch (2.00 times as long): ex1_3/pool_tanh than ex1_3/tanh_pool"),
        (3.0, "no clear difference per epoch (within the scatter of the trials): ex1_3/pool_"),
    ],
)
def test_run_times_that_a_claim_compares_are_told_in_words(tmp_path, seconds, told):
    said = compared_times(tmp_path, seconds)
    assert said.startswith(f"Run times on this machine: {told}")
    assert f"({seconds + 0.5:.3g} s against 4 s)" in said


def test_times_of_variants_that_run_the_same_program_are_not_compared(tmp_path):
    assert compared_times(tmp_path, 1.0, same="ex1_2/sgd, ex1_3/tanh_pool") == ""


@pytest.mark.parametrize(
    ("seconds", "last", "told", "beside"),
    [
        (9.0, 9.0, "waited. The longest was train_e_a with 9 s. All jobs", False),
        (9.0, 3.0, "with 9 s. 1 training was interrupted and continued: there", False),
        (7.0, 7.0, "waited. The longest was train_e_a with 7 s. All jobs", True),
    ],
)
def test_the_build_time_says_what_trainings_count(
    seconds, last, told, beside, tmp_path, monkeypatch
):
    (tmp_path / "mnist").mkdir()
    trial = {"kind": "trial", "job": "train_e_a", "epochs": 2, "seconds_per_epoch": 2.0}
    rows = [{**trial, "trial": number, "seconds": 4.0} for number in (0, 1)]
    rows += [{**trial, "kind": "job", "trial": "", "seconds": seconds, "seconds_of_last_run": last}]
    pd.DataFrame(rows).to_csv(tmp_path / "mnist/timing.csv", index=False)
    monkeypatch.setattr(environment, "RESULTS", tmp_path)
    said, figure = environment.build_time([STUDIES["mnist"]]).blocks
    assert told in "".join(span.text for span in said.text)
    assert ("side by side" in "".join(span.text for span in figure.caption)) is beside


def test_an_epoch_is_so_exact_that_the_ratio_beside_it_can_be_checked():
    assert [times._time(seconds) for seconds in (1.24, 83, 113.1, 2000)] == [
        "1.2 s", "83 s", "113 s", "33 min",
    ]  # fmt: skip
