"""The trial of a variant whose predictions figures show."""

import pandas as pd

from dlia.study.part_names import TRAIN, VALIDATION


def shown_trial(history: pd.DataFrame, epochs: pd.Series, metric: str) -> int:
    """Return the trial whose predictions are drawn.

    It is the best one on validation at the kept epoch. Where there are no validation images, it is
    the one with the median training loss at that epoch (of an even number, the lower median). Test
    images never decide.

    Args:
        history: Columns trial, epoch, part, metric, value.
        epochs: The epoch that was kept, by trial.
        metric: accuracy or dice.
    """
    kept = history[history["epoch"] == history["trial"].map(epochs)]
    validation = kept[(kept["part"] == VALIDATION) & (kept["metric"] == metric)]
    if not validation.empty:
        return int(validation["trial"].to_numpy()[validation["value"].to_numpy().argmax()])
    losses = kept[(kept["part"] == TRAIN) & (kept["metric"] == "loss")]
    ranked = losses.sort_values("value", kind="stable", na_position="last")["trial"].to_numpy()
    return int(ranked[(len(ranked) - 1) // 2])
