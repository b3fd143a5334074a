"""The table of readings, and its figure: what each reaches beside the reported value."""

import math

import pandas as pd
import pytest

from dlia.evaluation.readings import table_readings
from dlia.figures.specification_curve import limits, picture
from dlia.runtime.files import write_csv

NAN = math.nan


def summary(name: str, mean: float, status: str = "3 ok") -> dict[str, object]:
    return {
        "data": "real",
        "variant": name,
        "kind": "variant",
        "metric": "accuracy",
        "epochs": "40",
        "trials": 3,
        "mean": mean,
        "sd": 0.001,
        "low": mean - 0.002,
        "high": mean + 0.002,
        "reported": "98.78 %",
        "reported_value": 0.9878,
        "status": status,
    }


@pytest.fixture
def table(tmp_path) -> pd.DataFrame:
    paths = [str(tmp_path / "summary.csv"), str(tmp_path / "readings.csv")]
    of_class = summary("sgd", 0.2) | {"kind": "class", "metric": "accuracy_class_1"}
    write_csv(paths[0], pd.DataFrame([of_class, summary("sgd", 0.989), summary("other", 0.5)]))
    read = [summary("sgd__rate_1", 0.11, "1 ok, 2 collapsed"), summary("sgd__rate_2", 0.985)]
    write_csv(paths[1], pd.DataFrame(read))
    rows = [
        {"variant": "sgd", "key": "e/sgd", "setting": "", "value": "", "taken": True},
        *(
            {"variant": "sgd", "key": f"e/sgd__rate_{n}", "setting": "optimizer.rate",
             "value": str(n), "taken": False}
            for n in (1, 2)
        ),
    ]  # fmt: skip
    return table_readings(rows, paths)


def test_every_reading_has_a_row_after_that_of_the_variant(table):
    assert table["mean"].tolist() == [0.989, 0.11, 0.985]
    assert table["taken"].tolist() == [True, False, False]
    assert table["value"].tolist() == ["as taken", "1", "2"]


def test_failed_trials_are_counted(table):
    assert table["failed"].tolist() == [0, 2, 0]


def test_the_reported_value_is_beside_each(table):
    assert set(table["reported"]) == {"98.78 %"}


def test_readings_with_failed_trials_do_not_compress_the_axis():
    rows = pd.DataFrame(
        {
            "mean": [11.0, 98.5, 98.9],
            "low": [0.0, 98.3, 98.7],
            "high": [60.0, 98.7, 99.1],
            "reported_value": [98.78] * 3,
            "failed": [2, 0, 0],
        }
    )
    low, high = limits(rows, smallest=0.5)
    assert 97.5 < low < 98.3
    assert 99.1 < high < 99.9


@pytest.mark.parametrize("mean", [NAN, 98.5])
def test_the_axis_has_a_range_without_sound_readings(mean):
    rows = pd.DataFrame(
        {"mean": [mean], "low": [NAN], "high": [NAN], "reported_value": [NAN], "failed": [3]}
    )
    low, high = limits(rows, smallest=0.5)
    assert low < high


def test_readings_are_drawn_lowest_first_with_the_one_that_is_taken_marked(table):
    axes = picture(table).axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["rate 1", "rate 2", "as taken"]
    diamonds = [line for line in axes.lines if line.get_marker() == "D"]
    assert [list(line.get_ydata()) for line in diamonds] == [[2]]
    texts = [text.get_text() for text in axes.texts]
    assert texts == [" 11, 2 failed"]


def test_a_reading_of_one_trial_is_drawn_without_an_interval(table):
    table = table.assign(sd="one trial", low="one trial", high="one trial")
    axes = picture(table).axes[0]
    assert {len(line.get_xdata()) for line in axes.lines if line.get_linestyle() == "-"} == set()
