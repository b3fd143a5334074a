"""The table of what candidates reach: validation images decide, and failed trials do not win."""

import numpy as np
import pandas as pd
import pytest

from dlia.evaluation.choices import table_choices
from dlia.runtime.files import write_csv, write_json

ROW = {"part": "validation", "metric": "accuracy"}


@pytest.fixture
def table(tmp_path):
    def table_of(
        *candidates: list[tuple[str, float]], taken: int = 0, folds: int = 1
    ) -> pd.DataFrame:
        """Each training: for each trial its status, and the accuracy of its kept epoch, 2.

        A candidate has as many trainings as it has folds.
        """
        inputs = {"source": f"{tmp_path}/source.json", "records": [], "histories": []}
        write_json(inputs["source"], {"data": "real"})
        for number, trials in enumerate(candidates):
            record, history = tmp_path / f"{number}.json", tmp_path / f"{number}.csv"
            runs = [{"status": status, "chosen_epoch": 2} for status, _ in trials]
            write_json(record, {"settings": {"epochs": 3}, "asked": {}, "trials": runs})
            rows = [
                {"trial": trial, "epoch": epoch, **ROW, "value": value if epoch == 2 else 0.99}
                for trial, (_, value) in enumerate(trials)
                for epoch in (1, 2, 3)
            ]
            rows += [{**row, "part": "test", "value": 1.0} for row in rows]
            write_csv(history, pd.DataFrame(rows))
            inputs["records"].append(str(record))
            inputs["histories"].append(str(history))
        given = [
            {"variant": "a", "setting": "epochs", "value": str(number), "taken": number == taken}
            for number in np.arange(len(candidates)) // folds
        ]
        table_choices(given, inputs, "accuracy", f"{tmp_path}/choices.csv")
        return pd.read_csv(tmp_path / "choices.csv")

    return table_of


def test_the_mean_is_over_trials_in_the_epoch_that_is_kept(table):
    assert table([("ok", 0.5), ("ok", 0.7)])["mean"].tolist() == [0.6]


def test_the_highest_mean_is_the_best(table):
    found = table([("ok", 0.5)], [("ok", 0.7)], [("ok", 0.6)])
    assert found["best"].tolist() == [False, True, False]


def test_a_candidate_with_a_failed_trial_is_not_the_best(table):
    found = table([("ok", 0.5)], [("collapsed", 0.7)])
    assert found["best"].tolist() == [True, False]
    assert found["failed"].tolist() == [0, 1]


def test_the_value_that_the_variant_has_is_marked(table):
    assert table([("ok", 0.5)], [("ok", 0.7)], taken=1)["taken"].tolist() == [False, True]


def test_the_folds_of_a_candidate_count_together(table):
    found = table([("ok", 0.5)], [("ok", 0.7)], [("ok", 0.9)], [("collapsed", 0.9)], folds=2)
    assert found["mean"].tolist() == [0.6, 0.9]
    assert found["folds"].tolist() == found["trials"].tolist() == [2, 2]
    assert found["best"].tolist() == [True, False]
