"""Class balance of each part of a data set."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from dlia.evaluation.balance import PARTS
from dlia.figures import style

HEAD, FOOT = 0.3, 0.4  # inches
# Inches; the lines of many classes are lower, to fit into LINES, but as high as their names.
LINE, LOW_LINE, LINES = 0.32, 0.12, 6.0
LEFT, WIDTH = 1.6, 4.3
_COLOURS = dict(zip(PARTS, (style.VERMILLION, style.BLUE, style.GREY), strict=True))


@style.applied()
def picture(table: pd.DataFrame) -> Figure:
    """Draw a bar for each class and part.

    Args:
        table: Columns part, class and share.
    """
    names = list(dict.fromkeys(table["class"]))
    height = len(names) * min(LINE, max(LOW_LINE, LINES / len(names)))
    figure = style.blank(HEAD + height + FOOT)
    axes = style.place(figure, LEFT, HEAD, WIDTH, height)
    places = np.arange(len(names))
    for number, part in enumerate(PARTS):
        shares = table[table["part"] == part].set_index("class")["share"].reindex(names)
        axes.barh(
            places + 0.27 * (number - 1), 100 * shares, 0.25, color=_COLOURS[part], label=part
        )
    axes.set_yticks(places, names)
    axes.set(ylim=(len(names) - 0.5, -0.5), xlabel="share of the part (%)")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, handlelength=1)
    return figure
