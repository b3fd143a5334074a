"""What every trial of a variant reached, in any of the quantities that claims are about."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from dlia.evaluation.speed import area
from dlia.quantities import QUANTITIES, TEST, TRAIN, VALIDATION

ALL_EPOCHS = "all"


class Trials:
    """The results of all variants of a study, read from the build's files, each file once.

    Args:
        results: The folder results/.
        trained_as: For the key of every variant, that of its training.
    """

    def __init__(self, results: Path, trained_as: dict[str, str]) -> None:
        self.results, self.trained_as = results, trained_as
        self.tables: dict[Path, pd.DataFrame] = {}

    def values(
        self, key: str, quantity: str, part: str, epoch: str, shared_epochs: int
    ) -> pd.Series:
        """Give a quantity by trial; trials that do not have it are missing.

        Args:
            key: The variant.
            quantity: One of ``QUANTITIES``.
            part: test, validation or train; "" where it is about no images.
            epoch: A number; "all" for the mean over the first ``shared_epochs`` epochs; "" for the
                one that was kept.
            shared_epochs: How many epochs all variants have that are compared.
        """
        family = QUANTITIES[quantity].family
        if family == "count":
            return self._counts(key, quantity)
        if family == "seconds":
            return self._seconds(key, quantity)
        if part == TEST:
            return self._on_test(key, quantity)
        return self._of_curves(key, quantity, part, epoch, shared_epochs)

    def epochs(self, key: str) -> int:
        """Give the number of epochs of a variant."""
        return int(self.record(key)["settings"]["epochs"])

    def statuses(self, key: str) -> list[str]:
        """Give how every trial ended."""
        return [str(trial["status"]) for trial in self.record(key)["trials"]]

    def count(self, key: str) -> int:
        """Give the number of trials."""
        return len(self.record(key)["trials"])

    def fit_comment(self, key: str) -> tuple[str, str]:
        """Give the word and the sentence of the fit comment."""
        exercise, _, name = key.partition("/")
        table = self._table(f"{exercise}/fit.csv")
        row = table[table["variant"] == name].iloc[0]
        return str(row["word"]), str(row["sentence"])

    def record(self, key: str) -> dict[str, Any]:
        """Give the record of the training (run.json)."""
        path = self.results / self.trained_as[key] / "run.json"
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return record

    def _table(self, name: str) -> pd.DataFrame:
        path = self.results / name
        if path not in self.tables:
            self.tables[path] = pd.read_csv(path, keep_default_na=False)
        return self.tables[path]

    def _on_test(self, key: str, quantity: str) -> pd.Series:
        exercise, _, name = key.partition("/")
        metric, column = QUANTITIES[quantity].column
        table = self._table(f"{exercise}/{'metrics' if metric else quantity}.csv")
        rows = table[table["variant"] == name]
        if metric:
            rows = rows[rows["metric"] == metric]
        values = rows.set_index("trial")[column if metric else quantity]
        return pd.to_numeric(values, errors="coerce").dropna()

    def _of_curves(
        self, key: str, quantity: str, part: str, epoch: str, shared_epochs: int
    ) -> pd.Series:
        history = self._table(f"{self.trained_as[key]}/history.csv")
        curves = history[history["epoch"] > 0].pivot_table(
            index="epoch", columns=["part", "metric", "trial"], values="value"
        )
        if quantity == "loss_rise":
            validation = curves[VALIDATION]["loss"]
            return (validation.iloc[-1] / validation.min() - 1).dropna()
        if quantity == "loss_gap":
            curve = curves[VALIDATION]["loss"] - curves[TRAIN]["loss"]
        else:
            curve = curves[part][quantity]
        if epoch == ALL_EPOCHS:
            return pd.Series({trial: area(curve[trial].dropna(), shared_epochs) for trial in curve})
        kept = [trial["chosen_epoch"] for trial in self.record(key)["trials"]]
        at = dict.fromkeys(curve, int(epoch)) if epoch else {trial: kept[trial] for trial in curve}
        values = {trial: curve[trial].get(at[trial], float("nan")) for trial in curve}
        return pd.Series(values, dtype=float).dropna()

    def _counts(self, key: str, quantity: str) -> pd.Series:
        record = self.record(key)
        layers = [layer["parameters"] for layer in record["layers"] if layer["parameters"]]
        count = record["parameters"] if quantity == "parameters" else layers[0]
        return pd.Series([float(count)])

    def _seconds(self, key: str, quantity: str) -> pd.Series:
        table = self._table("timing.csv")
        own = table[table["exercise"] + "/" + table["variant"] == self.trained_as[key]]
        return own.set_index("trial")[quantity].astype(float)
