"""The table at the end of a build."""

from pathlib import Path

import pytest

from dlia.plan.closing_table import closing_table
from dlia.plan.plan import Plan

COLUMNS = "data,variant,metric,epochs,mean,sd,reported"


@pytest.fixture
def plan(tmp_path, monkeypatch) -> Plan:
    monkeypatch.chdir(tmp_path)
    return Plan.read({"standins": True, "studies": ["mnist"]}, tmp_path)


def summarise(rows: str) -> None:
    Path("results/ex1_2").mkdir(parents=True)
    Path("results/ex1_2/summary.csv").write_text(rows)


def test_the_note_on_shortened_trainings_has_the_numbers_of_the_first(plan):
    rows = ["real,a,accuracy,3,0.9,0.1,x", "real,b,accuracy,4 of 6,0.9,0.1,x"]
    summarise("\n".join([COLUMNS, *rows, "real,c,accuracy,4 of 100,0.9,0.1,x\n"]))
    assert "\n4 of 6 epochs: shortened" in closing_table(plan, [])


def test_without_a_shortened_training_there_is_no_note(plan):
    summarise(f"{COLUMNS}\nreal,a,accuracy,3,0.9,0.1,x\n")
    assert "shortened" not in closing_table(plan, [])


def test_a_summary_of_an_older_version_is_shown_without_epochs(plan):
    summarise("data,variant,metric,mean,sd,reported\nreal,a,accuracy,0.9,0.1,x\n")
    assert "real" in closing_table(plan, [])
