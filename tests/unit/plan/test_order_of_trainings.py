"""Which trainings a build starts first."""

from dlia.plan import machine
from dlia.plan.plan import Plan


def test_the_longest_trainings_start_first_and_after_what_takes_seconds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = Plan.read({"standins": True, "max_epochs": "full", "studies": ["mnist"]}, tmp_path)
    study = plan.studies["mnist"]
    order = ["ex1_1/numpy_2019", "ex1_2/sgd_2019", "ex1_2/sgd"]
    ranks = [machine.priority_of(plan, study, study.variant(key)) for key in order]
    assert 0 < ranks[0] < ranks[1] < ranks[2] < 1
