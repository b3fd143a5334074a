"""What tests read off figures: their texts, their points, what overlaps, their bytes."""

from itertools import combinations
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from dlia.figures import style

DIGITS = [str(digit) for digit in range(10)]
NAN = float("nan")


def texts(figure: Figure) -> str:
    found = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        found += [text.get_text() for text in axes.texts]
        found += [axes.get_ylabel(), *(label.get_text() for label in axes.get_yticklabels())]
    for legend in figure.legends:
        found += [text.get_text() for text in legend.get_texts()]
    return "\n".join(found)


def points(figure: Figure, marker: str, face: str | None = None) -> list[float]:
    """Return where on the horizontal axis the figure has this marker, in this colour."""
    lines = [line for axes in figure.axes for line in axes.lines if line.get_marker() == marker]
    return sorted(
        float(x)
        for line in lines
        if face is None or line.get_markerfacecolor() == face
        for x in np.atleast_1d(line.get_xdata())
    )


def written(figure: Figure, folder: Path) -> tuple[bytes, bytes]:
    svg, pdf = folder / "figure.svg", folder / "figure.pdf"
    style.save(figure, svg, pdf)
    return svg.read_bytes(), pdf.read_bytes()


def crowded(figure: Figure) -> list[str]:
    """Return the texts that are cut off, and the pairs of texts that overlap."""
    found = []
    draw = Text.draw

    def remember(text, renderer, *args, **options):
        if text.get_visible() and text.get_text().strip():
            found.append((text.get_text(), text.get_window_extent(renderer)))
        return draw(text, renderer, *args, **options)

    # Hints move letters to whole pixels, which SVG and PDF do not have.
    with (
        style.applied(),
        matplotlib.rc_context({"text.hinting": "none"}),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(Text, "draw", remember)
        figure.set_dpi(288)
        FigureCanvasAgg(figure).draw()
    wide, high = figure.get_size_inches() * figure.dpi
    boxes = [(name, box.padded(-1)) for name, box in found]
    off = [
        name for name, box in boxes if box.x0 < 0 or box.y0 < 0 or box.x1 > wide or box.y1 > high
    ]
    return off + [f"{a} / {b}" for (a, x), (b, y) in combinations(boxes, 2) if x.overlaps(y)]
