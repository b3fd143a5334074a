"""How gradients flow back through a network, from the norms that a training records."""

import numpy as np
import pandas as pd

NORM, SPREAD = "gradient_norm.", "gradient_spread."
# Gradients of units that are equal but for the rounding of their sums differ by less of their norm.
EVEN = 1e-4


def flow_of(history: pd.DataFrame) -> str:
    """Say what is special about the gradients of a training, or give "".

    Args:
        history: Columns trial, epoch, metric and value, of trials with gradient norms: the norm of
            each layer's gradient (``gradient_norm.<layer>``), and that of the differences between
            its units' gradients (``gradient_spread.<layer>``), in the order of the layers.
    """
    values = history.assign(value=pd.to_numeric(history["value"], errors="coerce"))
    names = [name for name in values["metric"].unique() if name.startswith(NORM)]
    before = [name.removeprefix(NORM) for name in names[:-1]]
    if not before:
        return ""

    def measured(measure: str, layer: str) -> np.ndarray:
        rows = values[values["metric"] == measure + layer].sort_values(["trial", "epoch"])
        return rows["value"].to_numpy(dtype=float)

    norms = [measured(NORM, layer) for layer in before]
    if not any(np.nan_to_num(norm, nan=1.0).any() for norm in norms):
        last = measured(NORM, names[-1].removeprefix(NORM))
        these = "all layers but the last" if last.any() else "all layers"
        return f"the weights of {these} have a gradient of exactly 0"
    spreads = [measured(SPREAD, layer) for layer in before]
    pairs = zip(norms, spreads, strict=True)
    if all(len(spread) == len(norm) and (spread <= EVEN * norm).all() for norm, spread in pairs):
        return "all units of a layer before the last have the same gradient, and so stay equal"
    return ""
