"""Two-dimensional map of images, coloured by class."""

from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from dlia.figures import style
from dlia.figures.class_colours import foreground_colours

SIDE_OF_MAP = 4.2  # inches
LEFT = 0.1  # inches


@style.applied()
def picture(table: pd.DataFrame, classes: Sequence[str], mapped: str = "pixels") -> Figure:
    """Draw a point for each image, or for each box in the colour that its class has in photographs.

    Args:
        table: Columns class, x and y; of boxes, also linear.
        classes: The names of the classes, in their order.
        mapped: What the map is of, in words.
    """
    notes, colours = [], _colours(len(classes))
    if "linear" in table:
        colours = foreground_colours(len(classes))
        told = f"Of {mapped}. A linear classifier of the same: {_share(table['linear'].iloc[0])}"
        notes = style.wrap(told, style.COLUMN - 2 * LEFT)
    figure = style.blank(SIDE_OF_MAP + 0.2 + len(notes) * style.SMALL * style.LEADING / 72)
    style.write(figure, LEFT, SIDE_OF_MAP + 0.18, "\n".join(notes), color=style.GREY)
    axes = style.place(figure, LEFT, 0.1, SIDE_OF_MAP, SIDE_OF_MAP)
    for name, colour in zip(classes, colours, strict=True):
        own = table[table["class"] == name]
        if len(own):
            axes.plot(own["x"], own["y"], ".", markersize=3, color=colour, label=name)
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(1.02, 1),
        ncols=1 + (len(classes) - 1) // 24,
        markerscale=3,
        handletextpad=0.2,
    )
    return figure


def _colours(count: int) -> list[Any]:
    """Give a colour for each of ``count`` classes of images."""
    return list(matplotlib.colormaps["turbo"](np.linspace(0.05, 0.95, count)))


def _share(linear: float | str) -> str:
    """Write the accuracy of a linear classifier, or why there is none."""
    return linear if isinstance(linear, str) else f"{100 * linear:.1f} % right in cross-validation"
