"""The fit comment: whether a network over- or underfits, by a fixed rule.

The rule reads loss and metric of training and held-out images after every epoch, both taken in
evaluation mode, averaged over the trials that ended well, and smoothed by a mean over the last
tenth of the epochs (at least one). The held-out images are the validation part, or the test part
where a variant draws such curves because its source did. The first line that holds gives the word:

1. diverged, collapsed: at least half of the trials failed; the more frequent failure.
2. no word: there is one epoch, which shows no course of the curves.
3. overfits: in the end the held-out loss is more than 5 % above its lowest value, while the
   training loss is below what it was then; or the metric is more than 0.05 lower on held-out
   than on training images.
4. underfits: on training images, the metric covers less than half of the distance from the trivial
   baseline to 1; or it covers less than 0.99 of it, the training loss fell by more than 10 % over
   the last tenth of the epochs, and the held-out loss has its lowest value there.
5. fits.
"""

import math
from typing import Any

import pandas as pd

from dlia.formatting import amount_text, metric_text, percent_text
from dlia.study.part_names import TEST, TRAIN, VALIDATION

RISE = 0.05
GAP = 0.05
HALF_WAY = 0.5
STILL_FALLS = 0.1
# Of the way to 1: a loss that falls towards 0 falls by large shares long after this.
SOLVED = 0.99

_NAMES = {"dice": "Dice", "ap50": "AP50"}
NOT_MONITORED = "no curves of held-out images"
NO_TRIAL = "no trial ended well"
NOT_TRAINED = "not trained"
NO_WORD = "-"
NUMBERS = (
    "train_loss",
    "held_out_loss",
    "train_metric",
    "held_out_metric",
    "way",
    "loss_gap",
    "metric_gap",
    "kept_loss_gap",
    "kept_metric_gap",
    "lowest_epoch",
    "rise",
    "training_meanwhile",
    "training_fell",
)


def fit_comment(
    history: pd.DataFrame, results: pd.DataFrame, metric: str, reference: float
) -> dict[str, Any]:
    """Judge one variant.

    Args:
        history: Columns trial, epoch, part, metric, value.
        results: Columns trial, epoch (the one that was kept) and status.
        metric: accuracy or dice, or that of a class: dice_class_1.
        reference: The metric of the trivial baseline on training images.

    Returns:
        word; sentence; trials, how many ended well; held_out, the part of the data (validation or
        test) whose curves are read; and ``NUMBERS``: losses and metric at the end,
        and which share of the way from the reference to 1 the training metric covers;
        their gaps (training to held-out) at the end and, unsmoothed, in the epoch that was kept;
        the epoch of the lowest held-out loss, and by which share it rose and the training loss
        changed from there; by which share the latter fell over the last tenth. Where there is no
        number, the reason stands.
    """
    trials = results.groupby("trial")[["epoch", "status"]].first()
    good = trials[trials["status"] == "ok"]
    counts = trials["status"].value_counts().drop("ok", errors="ignore")
    failed = "".join(f"; {n} of {len(trials)} trials {word}" for word, n in counts.items())
    word = str(counts.index[0]) if 2 * counts.sum() >= len(trials) else ""
    held_out = held_out_part(history)
    untrained = int(history["epoch"].max()) == 0
    if not held_out or good.empty or untrained:
        reason = NOT_TRAINED if untrained else NO_TRIAL if held_out else NOT_MONITORED
        sentence = f"{reason}{failed}.".capitalize()
        rest = {"trials": len(good), "held_out": held_out or reason}
        return _without_numbers(reason) | {"word": word or NO_WORD, "sentence": sentence, **rest}
    found = _numbers(history[history["trial"].isin(good.index)], good["epoch"], metric, held_out)
    found["way"] = (found["train_metric"] - reference) / (1 - reference) if reference < 1 else 1.0
    sentence = f"{_sentence(found, metric, reference, held_out)}{failed}."
    facts = {"sentence": sentence, "trials": len(good), "held_out": held_out}
    return {"word": word or _word(found), **facts} | {name: found[name] for name in NUMBERS}


def no_fit_comment(results: pd.DataFrame, reason: str) -> dict[str, Any]:
    """Give what ``fit_comment`` gives for a variant that curves say nothing about."""
    found = _without_numbers(reason)
    return found | {"trials": results["trial"].nunique(), "held_out": reason}


def _without_numbers(reason: str) -> dict[str, Any]:
    words = {"word": NO_WORD, "sentence": f"{reason}.".capitalize(), "trials": 0, "held_out": ""}
    return words | dict.fromkeys(NUMBERS, reason)


def held_out_part(history: pd.DataFrame) -> str:
    """Give the part whose curves stand for unseen images: validation, else test, else ""."""
    monitored = set(history["part"])
    return next((part for part in (VALIDATION, TEST) if part in monitored), "")


def _numbers(history: pd.DataFrame, kept: pd.Series, metric: str, held_out: str) -> dict[str, Any]:
    means = history.groupby(["part", "metric", "epoch"])["value"].mean()
    epochs = int(history["epoch"].max())
    tenth = max(1, round(epochs / 10))

    def smooth(part: str, name: str) -> pd.Series:
        trained = means[part, name].loc[1:].rolling(tenth, min_periods=1).mean()
        return pd.concat([means[part, name].loc[:0], trained])

    training, unseen = smooth(TRAIN, "loss"), smooth(held_out, "loss")
    train_metric = smooth(TRAIN, metric).iloc[-1]
    unseen_metric = smooth(held_out, metric).iloc[-1]
    chosen = history[history["epoch"] == history["trial"].map(kept)]
    at_kept = chosen.groupby(["part", "metric"])["value"].mean()
    lowest = int(unseen.loc[1:].to_numpy().argmin()) + 1
    return {
        "epochs": epochs,
        "tenth": tenth,
        "train_loss": training.iloc[-1],
        "held_out_loss": unseen.iloc[-1],
        "train_metric": train_metric,
        "held_out_metric": unseen_metric,
        "loss_gap": unseen.iloc[-1] - training.iloc[-1],
        "metric_gap": train_metric - unseen_metric,
        "kept_loss_gap": at_kept[held_out, "loss"] - at_kept[TRAIN, "loss"],
        "kept_metric_gap": at_kept[TRAIN, metric] - at_kept[held_out, metric],
        "lowest_epoch": lowest,
        "rise": _change(unseen, lowest),
        "training_meanwhile": _change(training, lowest),
        "training_fell": 0.0 - _change(training, epochs - tenth),
        "still_lowest": lowest > epochs - tenth,
    }


def _change(curve: pd.Series, epoch: int) -> float:
    """Give the share by which a curve changed from ``epoch`` to its end."""
    start, end = float(curve[epoch]), float(curve.iloc[-1])
    if start == 0:
        return math.inf if end > 0 else 0.0
    return end / start - 1


def _rises(found: dict[str, Any]) -> bool:
    return bool(found["rise"] > RISE and found["training_meanwhile"] < 0)


def _still_improves(found: dict[str, Any]) -> bool:
    falls = found["training_fell"] > STILL_FALLS and found["still_lowest"]
    return bool(falls and found["way"] < SOLVED)


def _word(found: dict[str, Any]) -> str:
    if found["epochs"] == 1:
        return NO_WORD
    if _rises(found) or found["metric_gap"] > GAP:
        return "overfits"
    return "underfits" if found["way"] < HALF_WAY or _still_improves(found) else "fits"


def _sentence(found: dict[str, Any], metric: str, reference: float, part: str) -> str:
    return f"{_level_at_end(found, metric, reference, part)}; {_course(found, part)}"


def _course(found: dict[str, Any], part: str) -> str:
    """Describe how the losses changed."""
    if found["epochs"] == 1:
        return "one epoch shows neither over- nor underfitting"
    rise, change = percent_text(found["rise"]), percent_text(abs(found["training_fell"]))
    way = "fell" if found["training_fell"] >= 0 else "rose"
    moved = "did not change" if change == percent_text(0) else f"{way} by {change}"
    if found["rise"] > RISE:
        also = "" if _rises(found) else ", and training loss does not fall meanwhile"
        unseen = f"{part} loss rises by {rise} from epoch {found['lowest_epoch']} on{also}"
    elif rise == percent_text(0):
        unseen = f"{part} loss does not rise again"
    else:
        unseen = f"{part} loss ends {rise} above its lowest value"
    return f"{unseen}; over the last tenth of the epochs training loss {moved}"


def _level_at_end(found: dict[str, Any], metric: str, reference: float, part: str) -> str:
    """Give metric and loss after the last epochs, on training and on held-out images."""
    metric, _, number = metric.partition("_class_")
    gap = f", {amount_text(metric, found['metric_gap'])} less" if found["metric_gap"] > GAP else ""
    epochs, tenth = found["epochs"], found["tenth"]
    name = f"{_NAMES.get(metric, metric)}{f' of class {number}' if number else ''}"
    when = (
        f"Over the last {tenth} of {epochs} epochs"
        if tenth > 1
        else f"After {epochs} epoch{'s' * (epochs != 1)}"
    )
    return (
        f"{when} {name} is {metric_text(metric, found['train_metric'])} on training"
        f"{_level(found['way'], metric, reference)} and "
        f"{metric_text(metric, found['held_out_metric'])} on {part} images{gap}, the loss "
        f"{found['train_loss']:.3g} and {found['held_out_loss']:.3g}"
    )


def _level(way: float, metric: str, reference: float) -> str:
    """Describe how far the metric is above the trivial baseline, if that is less than half way."""
    unlearnt, perfect = metric_text(metric, reference), metric_text(metric, 1)
    if way >= HALF_WAY:
        return ""
    if way < 0:
        return f" (less than {unlearnt}, the baseline without learning)"
    return f" ({percent_text(way)} of the way from {unlearnt}, the baseline, to {perfect})"
