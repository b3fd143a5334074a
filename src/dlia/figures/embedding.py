"""Two-dimensional map of images, coloured by class."""

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from dlia.figures import style

SIDE, LEGEND = 4.2, 1.9  # inches


@style.applied()
def picture(table: pd.DataFrame, mapped: str = "pixels") -> Figure:
    """Draw a point for each image.

    Args:
        table: Columns class, x and y.
        mapped: What the map is of, in words.
    """
    names = sorted(table["class"].unique())
    linear = table["linear"].iloc[0] if "linear" in table else ""
    note = f"Of {mapped}. A linear classifier of the same: {_share(linear)}" if linear != "" else ""
    colours = matplotlib.colormaps["turbo"](np.linspace(0.05, 0.95, len(names)))
    figure = style.blank(SIDE + (0.4 if note else 0.2))
    style.write(figure, 0.1, SIDE + 0.18, note, color=style.GREY)
    axes = style.place(figure, 0.1, 0.1, SIDE, SIDE)
    for name, colour in zip(names, colours, strict=True):
        own = table[table["class"] == name]
        axes.plot(own["x"], own["y"], ".", markersize=3, color=colour, label=name)
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(1.02, 1),
        ncols=1 + (len(names) - 1) // 24,
        markerscale=3,
        handletextpad=0.2,
    )
    return figure


def _share(linear: float | str) -> str:
    """Write the accuracy of a linear classifier, or why there is none."""
    return linear if isinstance(linear, str) else f"{100 * linear:.1f} % right in cross-validation"
