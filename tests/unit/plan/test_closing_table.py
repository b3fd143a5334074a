"""The table at the end of a build."""

import os
from pathlib import Path

import pytest

from dlia.plan.closing_table import closing_table
from dlia.plan.plan import Plan

SUMMARY = "results/ex1_2/summary.csv"
COLUMNS = "data,variant,metric,epochs,mean,sd,reported"
WHOLE = f"{COLUMNS},kind,status"


@pytest.fixture
def plan(tmp_path, monkeypatch) -> Plan:
    monkeypatch.chdir(tmp_path)
    return Plan.read({"standins": True, "studies": ["mnist"]}, tmp_path)


def summarise(rows: str) -> None:
    Path("results/ex1_2").mkdir(parents=True)
    Path(SUMMARY).write_text(rows)


def test_the_note_on_shortened_trainings_has_the_numbers_of_the_first(plan):
    rows = ["real,a,accuracy,3,0.9,0.1,x", "real,b,accuracy,4 of 6,0.9,0.1,x"]
    summarise("\n".join([COLUMNS, *rows, "real,c,accuracy,4 of 100,0.9,0.1,x\n"]))
    assert "\n4 of 6 epochs and the like: shortened" in closing_table(plan, {SUMMARY})


def test_without_a_shortened_training_there_is_no_note(plan):
    summarise(f"{COLUMNS}\nreal,a,accuracy,3,0.9,0.1,x\n")
    assert "shortened" not in closing_table(plan, {SUMMARY})


def test_a_summary_of_an_older_version_is_shown_without_epochs(plan):
    summarise("data,variant,metric,mean,sd,reported\nreal,a,accuracy,0.9,0.1,x\n")
    assert " a " in closing_table(plan, {SUMMARY})


def test_exercises_that_the_build_was_not_asked_for_are_left_out(plan):
    summarise(f"{COLUMNS}\nreal,a,accuracy,3,0.9,0.1,x\n")
    assert closing_table(plan, {"results/ex1_3/summary.csv"}) == ""


def test_a_report_that_the_build_was_not_asked_for_is_not_named(plan):
    summarise(f"{COLUMNS}\nreal,a,accuracy,3,0.9,0.1,x\n")
    Path("results/report.html").touch()
    assert "Report" not in closing_table(plan, {SUMMARY})


def test_a_copy_without_times_shows_what_the_original_shows(plan):
    summarise(f"{COLUMNS}\nreal,a,accuracy,3,0.9,0.1,x\n")
    model = Path("results/ex1_2/sgd/model.safetensors")
    model.parent.mkdir()
    model.touch()
    os.utime(SUMMARY, (0, 0))
    assert " a " in closing_table(plan, {SUMMARY})


@pytest.mark.parametrize(
    ("status", "shown"),
    [("3 ok", []), ("1 collapsed, 2 ok", ["1 collapsed"]), ("1 collapsed, 2 diverged", None)],
)
def test_failed_trials_are_marked(plan, status, shown):
    summarise(f'{WHOLE}\nreal,a,accuracy,3,0.9,0.1,x,variant,"{status}"\n')
    text = closing_table(plan, {SUMMARY})
    found = [word for word in status.split(", ") if word in text]
    assert found == (status.split(", ") if shown is None else shown)


@pytest.mark.parametrize(("epochs", "said"), [("4 of 6", True), ("6", False)])
def test_that_a_shortened_training_failed_is_said_to_mean_little(plan, epochs, said):
    summarise(f'{WHOLE}\nreal,a,accuracy,{epochs},0.9,0.1,x,variant,"1 collapsed, 2 diverged"\n')
    assert ("collapsed and diverged: after so few" in closing_table(plan, {SUMMARY})) is said


def test_the_kind_of_data_is_a_column_only_where_it_differs(plan):
    summarise(f"{COLUMNS}\nreal,a,accuracy,3,0.9,0.1,x\nstand-in,b,accuracy,3,0.9,0.1,x\n")
    assert "data" in closing_table(plan, {SUMMARY}).split("\n")[1]
    Path(SUMMARY).write_text(f"{COLUMNS}\nreal,a,accuracy,3,0.9,0.1,x\n")
    assert "data" not in closing_table(plan, {SUMMARY}).split("\n")[1]


def test_rows_of_single_classes_stay_in_the_table_on_disk(plan):
    kinds = {"a": "variant", "b": "class", "c": "class reference"}
    rows = [f"real,{name},dice,3,0.9,0.1,x,{kind},1 ok\n" for name, kind in kinds.items()]
    summarise("".join([f"{WHOLE}\n", *rows]))
    text = closing_table(plan, {SUMMARY})
    assert [f" {name} " in text for name in kinds] == [True, False, False]


def test_the_longest_rows_fit_80_columns(plan):
    rows = [
        "real,sigmoid_gradients,accuracy,100 of 250,0.1711,0.3550,not reported,variant,"
        '"1 collapsed, 2 diverged"',
        "real,majority,accuracy,no training,0.1135,no training,not reported,reference,no training",
    ]
    summarise("\n".join([WHOLE, *rows, ""]))
    table = closing_table(plan, {SUMMARY}).split("100 of 250 epochs")[0]
    assert max(map(len, table.splitlines())) <= 80


def test_the_baseline_is_beside_the_exercise(plan):
    summarise(
        f"{WHOLE}\nreal,a,accuracy,3,0.9,0.1,x,variant,3 ok\n"
        "real,majority,accuracy,no training,0.1135,no training,not reported,reference,no training\n"
    )
    lines = closing_table(plan, {SUMMARY}).splitlines()
    assert [line for line in lines if "ex1_2" in line and "11.35 %" in line]


def test_readings_that_were_tested_are_named_with_their_table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = Plan.read({"standins": True, "studies": ["mnist"], "readings": True}, tmp_path)
    summarise(f"{COLUMNS}\nreal,a,accuracy,3,0.9,0.1,x\n")
    tables = ["results/ex1_2/readings.csv", "results/ex1_3/readings.csv"]
    Path(tables[0]).touch()
    text = closing_table(plan, {SUMMARY, *tables})
    assert tables[0] in text
    assert tables[1] not in text
