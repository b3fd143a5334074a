"""How fast variants learn, and how long they take."""

import json
from pathlib import Path

import pandas as pd
import pytest

from dlia.evaluation.speed import area, first_epoch, measure_speed
from dlia.evaluation.timing import collect_timing, continued, read_jobs, read_trials
from dlia.runtime.files import write_csv

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
    record.write_text(json.dumps({"settings": {"epochs": epochs}, "asked": {}, "trials": trials}))
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


def record(folder, key, seconds, layers=("conv",), computed=None, **settings):
    path = folder / "results" / key / "run.json"
    path.parent.mkdir(parents=True)
    facts = {
        "trials": [{"epochs": 2, "seconds": 2 * s, "seconds_per_epoch": s} for s in seconds],
        "device": "cpu",
        "threads": 1,
        "engine": "loop",
        "settings": {"model": {"layers": layers}, **settings},
        "layers": [{"name": name, "layer": "Layer", "arguments": {}} for name in layers],
        "computed_layers": computed or layers,
    }
    path.write_text(json.dumps(facts))
    return str(path)


def test_times_are_compared_with_the_base(tmp_path):
    records = [record(tmp_path, "e/a", [1.0, 3.0]), record(tmp_path, "e/b", [4.0])]
    path = tmp_path / "timing.csv"
    job = {"job": "evaluate_e", "step": "evaluate", "exercise": "e", "variant": "", "data": "real"}
    bases = {"e/a": "", "e/b": "e/a"}
    write_csv(path, collect_timing("s", records, [job], bases, tmp_path, tmp_path))
    assert read_trials(path)["times_base"].tolist() == ["no base", "no base", "2"]


def test_trainings_that_compute_their_layers_in_the_same_order_run_the_same_program(tmp_path):
    before, after = ("relu", "pool"), ("pool", "relu")
    records = [
        record(tmp_path, "e/before", [1.0], before, computed=after),
        record(tmp_path, "e/after", [1.0], after),
        record(tmp_path, "f/as_stated", [1.0], before),
        record(tmp_path, "f/faster", [1.0], after, batch_size=7),
    ]
    job = {"job": "evaluate", "step": "evaluate", "variant": "", "data": "real"}
    jobs = [{**job, "exercise": exercise} for exercise in ("e", "f")]
    bases = dict.fromkeys(("e/before", "e/after", "f/as_stated", "f/faster"), "")
    path = tmp_path / "timing.csv"
    write_csv(path, collect_timing("s", records, jobs, bases, tmp_path, tmp_path))
    found = read_trials(path)["same_program_as"].tolist()
    assert found == ["e/after", "e/before", "no other", "no other"]


def test_the_seconds_of_jobs_stand_below_those_of_trials(tmp_path):
    jobs = [
        {"job": f"{step}_e", "step": step, "exercise": "e", "variant": "", "data": "real"}
        for step in ("evaluate", "draw")
    ]
    (tmp_path / "evaluate_e.tsv").write_text("s\th:m:s\n2.5\t0:00:02\n")
    path = tmp_path / "timing.csv"
    records = [record(tmp_path, "e/a", [1.0])]
    table = collect_timing("s", records, jobs, {"e/a": ""}, tmp_path, tmp_path)
    write_csv(path, table)
    assert table["seconds"].tolist() == [2.0, 2.5, "not measured"]
    assert table["kind"].tolist() == ["trial", "job", "job"]
    assert read_jobs(path)["seconds"].isna().tolist() == [False, True]
    assert read_trials(path)["seconds"].tolist() == [2.0]


@pytest.mark.parametrize(
    ("last", "log", "facts", "seconds"),
    [
        (20.0, "trials at once in this build: 3", {}, 20.0),  # was not interrupted
        (5.0, "trials at once in this build: 3", {}, 8.0),  # all side by side
        (5.0, "trials at once in this build: 1", {}, 18.0),
        (5.0, "", {}, 8.0),  # no longer known
        (5.0, "trials at once in this build: 3", {"engine": "stacked"}, 18.0),
        (5.0, "trials at once in this build: 3", {"device": "NVIDIA"}, 18.0),
        (None, "trials at once in this build: 3", {}, None),
    ],
)
def test_a_training_that_was_continued_counts_its_earlier_runs(last, log, facts, seconds, tmp_path):
    path = record(tmp_path, "e/a", [2.0, 3.0, 4.0])
    changed = json.loads(Path(path).read_text()) | facts
    Path(path).write_text(json.dumps(changed))
    if last:
        (tmp_path / "train_e_a.tsv").write_text(f"s\th:m:s\n{last}\t0:00:05\n")
    if log:
        (tmp_path / "train_e_a.log").write_text(f"engine: loop taken; {log}\n")
    of = {"job": "train_e_a", "step": "train", "exercise": "e", "variant": "a", "data": "real"}
    table = tmp_path / "timing.csv"
    write_csv(table, collect_timing("s", [path], [of], {"e/a": ""}, tmp_path, tmp_path))
    jobs = read_jobs(table)
    assert jobs[["seconds", "seconds_of_last_run"]].fillna(-1.0).values.tolist() == [
        [seconds or -1.0, last or -1.0]
    ]
    assert list(continued(jobs)["job"]) == ["train_e_a"] * (seconds != last)
