"""The quantities that claims are about, read for every trial of a variant."""

import functools
import json
import math
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, NotRequired, TypeAlias, TypedDict

import numpy as np
import pandas as pd

from dlia.errors import UserError
from dlia.evaluation.comparisons import per_trial
from dlia.evaluation.speed import area
from dlia.evaluation.statistics import Interval
from dlia.study.origins import STANDIN_WEIGHTS
from dlia.study.part_names import TRAIN
from dlia.study.quantities import AGREEMENT, COUNTED, LINEAR, Quantity, is_read_from_curves

Values: TypeAlias = "pd.Series[float]"
ALL_EPOCHS = "all"
_NO_TRIAL = pd.Series(dtype=float)
# Layers as a record names them.
_ACTIVATIONS = ("ReLU", "Tanh", "Sigmoid", "ELU")


class TrialRecord(TypedDict):
    """A trial in run.json: the keys that are read here."""

    status: str
    chosen_epoch: int
    seconds: float
    seconds_per_epoch: float


class LayerRecord(TypedDict):
    """A layer in run.json: the keys that are read here."""

    layer: str
    output: list[int]
    parameters: int


class DataRecord(TypedDict):
    """The images of a training in run.json: the keys that are read here."""

    batches_per_epoch: int
    training_images: int
    validation_images: int


class SettingsRecord(TypedDict):
    """The settings in run.json: the keys that are read here."""

    epochs: int


class RunRecord(TypedDict):
    """A run.json: the keys that are read here."""

    engine: str
    weights: NotRequired[str]  # of trainings that begin with pre-trained ones
    settings: SettingsRecord
    asked: dict[str, int]
    parameters: int
    layers: list[LayerRecord]
    data: DataRecord
    trials: list[TrialRecord]


class Spread(NamedTuple):
    """How much a quantity varies, as standard deviations; None where that is not known.

    Attributes:
        images: Of one network's value between sets of as many test images.
        variants: Between the means of the variants of an exercise.
        compared: How many variants these are.
    """

    images: float | None = None
    variants: float | None = None
    compared: int = 0


class Trials:
    """The results of all variants of a study. Each file of the build is read once.

    Args:
        results: The folder results/.
        metric: The metric that the study is judged by.
        per_trial: The table that has what every trial reached.
        trained_as: The key of the training for the key of every variant.
        readings: The keys that are those of readings; their tables lie in a folder of their own.
        mapped: The exercise that shows a map of what a variant's network sees in boxes, by variant.
    """

    def __init__(
        self,
        results: Path,
        metric: str,
        per_trial: str,
        trained_as: dict[str, str],
        readings: Collection[str] = (),
        mapped: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.results, self.metric, self.trained_as = results, metric, trained_as
        self.per_trial, self.readings, self.mapped = per_trial, readings, mapped
        self.table = functools.cache(self._table)
        self.record = functools.cache(self._record)

    def values(
        self,
        key: str,
        quantity: str,
        measured: Quantity,
        part: str,
        epoch: str,
        shared_epochs: int,
    ) -> Values:
        """Give a quantity by trial; trials that do not have it are missing.

        Args:
            key: The variant.
            quantity: The name of the quantity.
            measured: Its description.
            part: test, validation or train; "" for a quantity without images.
            epoch: A number, "all" for the mean over the first ``shared_epochs`` epochs, or "" for
                the epoch that was kept. Of a trial that ended early, the last value counts.
            shared_epochs: The number of epochs that all compared variants have.
        """
        if measured.family in COUNTED and measured.column[0]:  # the same in all trials
            return self._on_test(key, quantity, *measured.column)[:1]
        if measured.family == "count":
            return self._counts(key, quantity)
        if measured.family == "seconds":
            return self._seconds(key, quantity)
        if is_read_from_curves(measured, part, epoch):
            return self._of_curves(key, quantity, part, epoch, shared_epochs)
        if quantity == AGREEMENT:
            return self._agreement(key)
        if quantity == LINEAR:
            return self._on_map(key)
        return self._on_test(key, quantity, *measured.column)

    def reached(
        self, key: str, metric: str, part: str, level: float, unit: str, for_good: bool = False
    ) -> Values:
        """Give by trial the epochs, or updates, after which a curve exceeds a level.

        A trial that never does has infinity.

        Args:
            key: The variant.
            metric: What the curve shows.
            part: The images that it is measured on.
            level: The level.
            unit: epochs or updates.
            for_good: Whether it has to exceed the level from then on, not only for the first time.
        """
        found = _curves(self._history(key), part, metric).loc[1:]
        crossed = {n: _crossing(found[n].dropna(), level, for_good) for n in found}
        steps = self.record(key)["data"]["batches_per_epoch"] if unit == "updates" else 1
        return pd.Series(crossed, dtype=float) * steps

    def _agreement(self, key: str) -> Values:
        """Give by trial how far the predictions agree with those of the base in the same trial."""
        exercise, _, name = key.partition("/")
        table = self.table(f"{exercise}/agreement.csv")
        own = (table["variant"] == name) & (table["relation"] == "variant and base")
        rows = table[own & (table["trial"] == table["other_trial"])]
        return rows.set_index("trial")["mean"].astype(float)

    def _on_map(self, key: str) -> Values:
        """Give the accuracy of a linear classifier, which is the same in all trials."""
        value = pd.to_numeric(self.table(f"{self.mapped[key]}/tsne.csv")["linear"], errors="coerce")
        return pd.Series([value[0]] * len(self.record(key)["trials"]), dtype=float).dropna()

    def mistaken(self, key: str, pair: tuple[str, ...]) -> Values:
        """Give by trial how many images of the first class are predicted as the second."""
        name, table = self._of_variant(key, "confusion")
        true, predicted = (table[column].astype(str) for column in ("true", "predicted"))
        rows = table[(table["variant"] == name) & (true == pair[0]) & (predicted == pair[1])]
        return rows.set_index("trial")["count"].astype(float)

    def over_images(self, key: str, quantity: str, measured: Quantity) -> Interval | None:
        """Give the bootstrap interval over test images, networks fixed, averaged over trials."""
        metric = measured.column[0]
        low, high = (
            self._on_test(key, quantity, metric, f"images_{end}") for end in ("low", "high")
        )
        return None if low.empty else Interval(float(low.mean()), float(high.mean()))

    def spread(self, key: str, quantity: str, measured: Quantity) -> Spread:
        """Give how much a quantity of test images varies, apart from between trials.

        Args:
            key: The variant.
            quantity: The name of the quantity.
            measured: Its description.
        """
        name, table = self._of_variant(key, self.per_trial)
        if quantity != self.metric:
            return Spread()
        if "metric" in table:
            table = table[table["metric"] == quantity]
            value, sd = (pd.to_numeric(table[end], errors="coerce") for end in ("mean", "sd"))
            error = sd / np.sqrt(table["n"])
        else:
            value = table[quantity]
            # The share of n images that are right has the standard error of a binomial share.
            error = np.sqrt(value * (1 - value) / table["n"]) if "n" in table else value * np.nan
        images = float(error[table["variant"] == name].mean())
        means = value.groupby(table["variant"]).mean()
        return Spread(
            images if math.isfinite(images) else None,
            float(means.std()) if len(means) > 1 else None,
            len(means),
        )

    def without_learning(self, key: str, column: str) -> float | None:
        """Give what an answer without learning reaches on the test images; None if unknown.

        Args:
            key: The variant in whose place it stands.
            column: mean (of the images), or min or max, as in the table of the trials.

        Raises:
            UserError: The summary is of a version that did not measure this.
        """
        own = {"mean": "mean", "min": "lowest_image", "max": "highest_image"}.get(column)
        if own is None:
            return None
        _, table = self._of_variant(key, "summary")
        if own not in table:
            file = self.results / self._folder(key) / "summary.csv"
            text = f"has no column {own}, as it is of an older version; remove it, and"
            raise UserError(f"{file}: {text} the build makes it again")
        values = pd.to_numeric(table.loc[table["kind"] == "reference", own], errors="coerce")
        return None if values.isna().all() else float(values.max())

    def details(self, key: str) -> list[str]:
        """Give by trial what is equal only for equal functions: the loss, the sd of Dice ..."""
        exercise, name = key.split("/")
        table = per_trial(self.metric, self.results / exercise / f"{self.per_trial}.csv")
        own = table[(table["variant"] == name) & (table["metric"] == self.metric)]
        return [str(detail) for detail in own["detail"]]

    def images(self, key: str) -> int:
        """Give the number of test images of a variant."""
        name, table = self._of_variant(key, self.per_trial)
        return int(table.loc[table["variant"] == name, "n"].iloc[0])

    def epochs(self, key: str) -> int:
        """Give the number of epochs of a variant."""
        return int(self.record(key)["settings"]["epochs"])

    def shortened(self, keys: list[str]) -> str:
        """Say which of the variants trained fewer epochs than the study asks for; "" if none."""
        return ", ".join(
            f"{key} {self.epochs(key)} of {asked} epochs"
            for key in dict.fromkeys(keys)
            if (asked := self.record(key)["asked"].get("epochs"))
        )

    def on_standin_weights(self, keys: list[str]) -> list[str]:
        """Name those of the variants whose trainings began with stand-in weights."""
        return [
            key for key in dict.fromkeys(keys) if self.record(key).get("weights") == STANDIN_WEIGHTS
        ]

    def statuses(self, key: str) -> list[str]:
        """Give how every trial ended."""
        return [str(trial["status"]) for trial in self.record(key)["trials"]]

    def fit_comment(self, key: str) -> tuple[str, str]:
        """Give the word and the sentence of the fit comment on the study's metric."""
        name, table = self._of_variant(key, "fit")
        row = table[(table["variant"] == name) & (table["metric"] == self.metric)].iloc[0]
        return str(row["word"]), str(row["sentence"])

    def _record(self, key: str) -> RunRecord:
        path = self.results / self.trained_as[key] / "run.json"
        record: RunRecord = json.loads(path.read_text(encoding="utf-8"))
        return record

    def _of_variant(self, key: str, table: str) -> tuple[str, pd.DataFrame]:
        """Give the name of a variant and the table that has its rows."""
        return key.partition("/")[2], self.table(f"{self._folder(key)}/{table}.csv")

    def _folder(self, key: str) -> str:
        exercise = key.partition("/")[0]
        return f"{exercise}/readings" if key in self.readings else exercise

    def _table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.results / name, keep_default_na=False)

    def _on_test(self, key: str, quantity: str, metric: str, column: str) -> Values:
        name, table = self._of_variant(key, self.per_trial if metric else quantity)
        rows = table[table["variant"] == name]
        if metric:
            rows = rows[rows["metric"] == metric]
        values = rows.set_index("trial")[column if metric else quantity]
        return pd.to_numeric(values, errors="coerce").dropna()

    def _of_curves(
        self, key: str, quantity: str, part: str, epoch: str, shared_epochs: int
    ) -> Values:
        curves = self._history(key)
        if quantity == "loss_rise":
            trained = _curves(curves, part, "loss").loc[1:].ffill()
            return _NO_TRIAL if trained.empty else (trained.iloc[-1] / trained.min() - 1).dropna()
        if quantity == "loss_settled":
            trained = _curves(curves, part, "loss").loc[1:].dropna(axis=1)
            settled = {n: (trained[n] <= 1.01 * trained[n].iloc[-1]).idxmax() for n in trained}
            return pd.Series(settled, dtype=float)
        if quantity == "loss_first_fall":
            first = _curves(curves, part, "loss")
            return _NO_TRIAL if len(first) < 2 else (first.iloc[0] - first.iloc[1]).dropna()
        if quantity == "loss_fall":
            trained = _curves(curves, part, "loss").loc[1:].ffill()
            return _NO_TRIAL if trained.empty else (trained.iloc[0] - trained.iloc[-1]).dropna()
        if quantity.endswith("_lowest"):
            trained = _curves(curves, part, quantity.removesuffix("_lowest")).loc[1:]
            return _NO_TRIAL if trained.empty else trained.min().dropna()
        if quantity.endswith("_step"):
            trained = _curves(curves, part, quantity.removesuffix("_step")).loc[1:]
            return _NO_TRIAL if trained.empty else trained.diff().abs().max().dropna()
        if quantity == "loss_gap":
            found = _curves(curves, part, "loss") - _curves(curves, TRAIN, "loss")
        elif quantity.endswith("_gap"):
            metric = quantity.removesuffix("_gap")
            found = _curves(curves, TRAIN, metric) - _curves(curves, part, metric)
        elif quantity.endswith("_rise"):
            trained = _curves(curves, part, quantity.removesuffix("_rise")).loc[1:].ffill()
            return _NO_TRIAL if trained.empty else (trained.iloc[-1] - trained.iloc[0]).dropna()
        elif quantity.startswith("gradient_norm"):
            layers = self._layers_with_gradients(key)
            if quantity == "gradient_norm_before_last":
                layers = layers[:-1]
            found = _gradient_norms(curves, layers)
        else:
            found = _curves(curves, part, quantity)
        if epoch == ALL_EPOCHS:
            areas = {n: area(found[n].loc[1:].dropna(), shared_epochs) for n in found}
            return pd.to_numeric(pd.Series(areas, dtype=object), errors="coerce").dropna()
        runs = enumerate(self.record(key)["trials"])
        ends = {n: int(epoch) if epoch else run["chosen_epoch"] for n, run in runs}
        last = {n: found[n].loc[: ends[n]].dropna() for n in ends if n in found}
        at_end = {n: curve.iloc[-1] for n, curve in last.items() if len(curve)}
        return pd.Series(at_end, dtype=float)

    def _history(self, key: str) -> pd.DataFrame:
        """Give the curves of a variant: a row per epoch, a column per part, metric and trial."""
        history = self.table(f"{self.trained_as[key]}/history.csv")
        # A loss that is not finite is written as a word, which makes the whole column text.
        history = history.assign(value=pd.to_numeric(history["value"], errors="coerce"))
        return history.pivot_table(
            index="epoch", columns=["part", "metric", "trial"], values="value"
        ).replace([np.inf, -np.inf], np.nan)

    def _layers_with_gradients(self, key: str) -> list[str]:
        """Name the recorded norms of a training in the order of its layers."""
        history = self.table(f"{self.trained_as[key]}/history.csv")
        names = [str(name) for name in history["metric"].unique()]
        return [name for name in names if name.startswith("gradient_norm.")]

    def _counts(self, key: str, quantity: str) -> Values:
        record = self.record(key)
        layers = record["layers"]
        match quantity:
            case "first_layer_parameters":
                count = next(layer["parameters"] for layer in layers if layer["parameters"])
            case "last_layer_inputs":
                last = next(each for each in reversed(layers) if each["layer"] == "Linear")
                count = last["parameters"] // last["output"][-1] - 1  # one is the bias
            case "other_parameters":
                own = [layer for layer in layers if not layer["layer"].startswith("Conv")]
                count = sum(layer["parameters"] for layer in own)
            case "training_images":
                count = record["data"]["training_images"]
            case "validation_images":
                count = record["data"]["validation_images"]
            case "activations":
                computed = [layer for layer in layers if layer["layer"] in _ACTIVATIONS]
                count = sum(math.prod(layer["output"]) for layer in computed)
            case "updates":
                count = record["data"]["batches_per_epoch"] * record["settings"]["epochs"]
            case _:
                count = record["parameters"]
        return pd.Series([count], dtype=float)

    def _seconds(self, key: str, quantity: str) -> Values:
        # Not from timing.csv: it changes with the seconds of other jobs.
        record = self.record(key)
        values = [
            trial["seconds"] if quantity == "seconds" else trial["seconds_per_epoch"]
            for trial in record["trials"]
        ]
        seconds = pd.Series(values, dtype=float)
        # Trials that were trained as one network share one measurement.
        return seconds[:1] if record["engine"] == "stacked" else seconds


def _crossing(curve: Values, level: float, for_good: bool) -> float:
    """Give the first epoch whose value exceeds ``level``; infinity if there is none.

    For good, those of all later epochs have to exceed it, too.
    """
    above = curve > level
    if for_good:
        above = above[::-1].cummin()[::-1]
    epochs = above.index[above]
    return float(epochs[0]) if len(epochs) else math.inf


def _gradient_norms(curves: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Give the norm of the gradient of some recorded layers together, a column per trial."""
    squares = [_curves(curves, TRAIN, name) ** 2 for name in names]
    total: pd.DataFrame = sum(squares[1:], squares[0]) ** 0.5 if squares else pd.DataFrame()
    return total


def _curves(curves: pd.DataFrame, part: str, metric: str) -> pd.DataFrame:
    """Give one metric of a part, a column per trial; no column if it was not recorded."""
    if (part, metric) not in {column[:2] for column in curves.columns}:
        return pd.DataFrame()
    found: pd.DataFrame = curves[part][metric]
    return found
