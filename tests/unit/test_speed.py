"""How fast variants learn, and how long they take."""

import json

import pandas as pd
import pytest

from dlia.evaluation.speed import area, first_epoch, measure_speed
from dlia.evaluation.timing import collect_timing

CURVE = pd.Series([0.5, 0.8, 0.7, 0.9], index=[1, 2, 3, 4])


def test_a_level_is_reached_at_the_first_epoch_that_has_it():
    assert first_epoch(CURVE, 0.8) == 2


def test_a_level_that_is_not_reached_is_never():
    assert first_epoch(CURVE, 0.95) == "never"


def test_the_area_is_the_mean_over_the_shared_epochs():
    assert area(CURVE, 2) == pytest.approx(0.65)


def test_a_training_that_ended_early_counts_with_its_last_value():
    assert area(CURVE, 6) == pytest.approx((0.5 + 0.8 + 0.7 + 0.9 + 0.9 + 0.9) / 6)


def test_without_an_epoch_there_is_no_area():
    assert area(CURVE.iloc[:0], 6) == "no epoch"
    assert first_epoch(CURVE.iloc[:0], 0.5) == "never"


def files(folder, name, curves, epochs, statuses):
    rows = [
        (trial, epoch, "validation", "dice", value)
        for trial, curve in enumerate(curves)
        for epoch, value in enumerate(curve)
    ]
    history = folder / f"{name}.csv"
    columns = ["trial", "epoch", "part", "metric", "value"]
    pd.DataFrame(rows, columns=columns).to_csv(history, index=False)
    record = folder / f"{name}.json"
    trials = [{"status": status} for status in statuses]
    record.write_text(json.dumps({"settings": {"epochs": epochs}, "trials": trials}))
    return str(history), str(record)


@pytest.fixture
def table(tmp_path) -> pd.DataFrame:
    (tmp_path / "source.json").write_text('{"data": "real"}')
    slow = files(tmp_path, "slow", [[0.9, 0.1, 0.2, 0.8]], 3, ["ok"])
    # The last one diverged before its first epoch.
    curves = [[0, 0.8, 0.9], [0, 0.1], [0]]
    fast = files(tmp_path, "fast", curves, 2, ["ok", "diverged", "diverged"])
    inputs = {
        "source": str(tmp_path / "source.json"),
        "histories": [slow[0], fast[0]],
        "records": [slow[1], fast[1]],
    }
    raced = [{"name": name, "same_as": ""} for name in ("ex2_2/slow", "fast")]
    measure_speed(raced, inputs, "dice", 0.75, str(tmp_path / "speed.csv"))
    return pd.read_csv(tmp_path / "speed.csv", keep_default_na=False)


def test_there_is_a_row_for_every_trial_and_the_untrained_network_does_not_count(table):
    assert table["variant"].tolist() == ["ex2_2/slow", "fast", "fast", "fast"]
    assert table["epochs_to_level"].tolist() == ["3", "1", "never", "never"]


def test_areas_are_taken_over_the_epochs_that_all_have(table):
    assert set(table["area_epochs"]) == {2}
    assert table["area"].tolist() == ["0.15", "0.85", "0.1", "no epoch"]


def test_every_trial_says_what_came_of_it(table):
    assert table["status"].tolist() == ["ok", "ok", "diverged", "diverged"]


def record(folder, key, seconds):
    path = folder / "results" / key / "run.json"
    path.parent.mkdir(parents=True)
    trials = [{"epochs": 2, "seconds": 2 * s, "seconds_per_epoch": s} for s in seconds]
    path.write_text(json.dumps({"trials": trials, "device": "cpu", "threads": 1, "engine": "loop"}))
    return str(path)


def test_times_are_compared_with_the_base(tmp_path):
    records = [record(tmp_path, "e/a", [1.0, 3.0]), record(tmp_path, "e/b", [4.0])]
    path = tmp_path / "timing.csv"
    collect_timing(records, {"e": "real"}, {"e/a": "", "e/b": "e/a"}, str(path))
    table = pd.read_csv(path, keep_default_na=False)
    assert table["times_base"].tolist() == ["no base", "no base", "2"]
