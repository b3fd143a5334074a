"""Maps of where two variants differ on a test image."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from dlia.figures import style
from dlia.tasks.segmentation.boundary import WIDTHS, contour_distance

NEAR = max(WIDTHS)  # pixels
_COLUMNS = ("image and true contour", "who is right", "detail")
LEFT, WIDTH, GAP = 1.05, 1.15, 0.07  # inches; three square images leave room for the curves
BESIDE = LEFT + len(_COLUMNS) * (WIDTH + GAP) + 0.03  # inches: left edge of a legend
DETAIL = 0.375  # share of either side of an image
_HANDLE = 0.4  # inches of a legend's entry beside its words

# Index: 2 * (reference wrong) + (compared wrong). All four also differ in greyscale.
COLOURS = ("#FFFFFF", style.ORANGE, style.BLUE, style.BLACK)
PALETTE = np.array(
    [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in COLOURS], dtype=np.uint8
)
# On an image, a light line on a dark one is visible on every stain. On the map a pixel is hardly
# wider than the line, and a second line would hide the errors beside the contour.
CONTOURS = (
    ((2.2, style.BLACK), (1.1, "white")),
    ((0.5, style.GREY),),
    ((1.6, "white"), (0.8, style.GREY)),
)
FRAME: tuple[dict[str, Any], ...] = (
    {"ec": "white", "lw": 1.4}, {"ec": style.BLACK, "lw": 0.8, "ls": (0, (3, 1.5))}
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One test image with the predictions of both variants.

    Attributes:
        label: The reason why it is shown, such as "largest gain".
        image_id: The name of the image in the data set.
        image: (H, W) or (H, W, 3), uint8.
        truth: (H, W), boolean.
        predicted: Of the reference and of the compared variant, (H, W), boolean.
        difference: In Dice near the contours, compared - reference, mean of the trials.
        trial: The trial that is shown.
        shown: The difference in this trial.
    """

    label: str
    image_id: str
    image: np.ndarray
    truth: np.ndarray
    predicted: tuple[np.ndarray, np.ndarray]
    difference: float
    trial: int
    shown: float

    @property
    def height(self) -> float:
        """The height of its pictures, inches."""
        return WIDTH * self.truth.shape[0] / self.truth.shape[1]


def extremes(differences: np.ndarray) -> dict[int, str]:
    """Choose the images with the largest, the median and the smallest of ``differences``, (n,).

    Returns:
        The reason for showing an image, by the index of the image; no image is shown twice.
    """
    if len(differences) == 1 or not differences.any():
        return {0: "only image" if len(differences) == 1 else "no difference"}
    ranked = np.argsort(-differences, kind="stable").tolist()
    gain, median, loss = ranked[0], ranked[len(ranked) // 2], ranked[-1]
    words = {
        gain: ("smallest loss", "no gain", "largest gain")[1 + int(np.sign(differences[gain]))],
        loss: ("largest loss", "no loss", "smallest gain")[1 + int(np.sign(differences[loss]))],
    }
    return {image: words.get(image, "median") for image in dict.fromkeys((gain, median, loss))}


def advantage_map(case: Case) -> np.ndarray:
    """Colour each pixel by the variant that is right there.

    Returns:
        (H, W, 3), uint8.
    """
    reference, compared = (mask != case.truth for mask in case.predicted)
    return np.asarray(PALETTE[2 * reference + compared])


def detail(case: Case) -> tuple[int, int, int, int]:
    """Find the window in which most pixels near a contour differ.

    Returns:
        First row, first column, height and width.
    """
    high, wide = (max(1, round(DETAIL * side)) for side in case.truth.shape)
    differ = (case.predicted[0] != case.predicted[1]) & _near(case)
    sums = np.pad(differ.astype(np.int64), ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    bands = sums[high:] - sums[:-high]
    found = bands[:, wide:] - bands[:, :-wide]
    row, column = np.unravel_index(found.argmax(), found.shape)
    return int(row), int(column), high, wide


def draw_row(figure: Figure, case: Case, top: float, several: bool) -> None:
    """Draw the pictures of ``case`` with their upper edge at ``top`` inches.

    Args:
        figure: The figure.
        case: The test image.
        top: Inches from the upper edge of the figure.
        several: Whether there are several trials.
    """
    _labels(figure, case, top + case.height / 2, several)
    row, column, high, wide = detail(case)
    colours = advantage_map(case)
    for number, picture in enumerate((case.image, colours, colours)):
        left = LEFT + number * (WIDTH + GAP)
        axes = style.place(figure, left, top, WIDTH, case.height)
        axes.imshow(picture, cmap="gray", vmin=0, vmax=255)  # the colours are for grey only
        if case.truth.any() and not case.truth.all():
            for thickness, colour in CONTOURS[number]:
                axes.contour(case.truth, [0.5], linewidths=thickness, colors=colour)
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_visible(True)
        if _COLUMNS[number] == "detail":
            axes.set_xlim(column - 0.5, column + wide - 0.5)
            axes.set_ylim(row + high - 0.5, row - 0.5)
        else:
            _frame(axes, (column - 0.5, row - 0.5), wide, high)


def draw_heads(figure: Figure) -> None:
    """Name the columns at the top of ``figure``."""
    for number, name in enumerate(_COLUMNS):
        middle = LEFT + number * (WIDTH + GAP) + WIDTH / 2
        style.write(figure, middle, 0.05, name, ha="center", fontsize=style.TEXT)


def handles(names: tuple[str, str]) -> list[Artist]:
    """Explain the colours of the map of ``names``, the reference and the compared variant."""
    labels = ("both right", f"only {names[0]} right", f"only {names[1]} right", "both wrong")
    patches = [
        Patch(fc=colour, ec=style.GREY, lw=0.6, label=label)
        for colour, label in zip(COLOURS, labels, strict=True)
    ]
    return [*patches, Line2D([], [], color=style.GREY, linewidth=0.8, label="true contour")]


def tiers(handles: list[Artist]) -> int:
    """Return the number of lines that a legend of ``handles`` needs."""
    return -(-len(handles) // _columns(handles))


def fits_beside(handles: list[Artist]) -> bool:
    """Tell whether the legend of ``handles`` fits into one column right of the maps."""
    return max(_widths(handles)) <= style.COLUMN - BESIDE


def draw_legend(
    figure: Figure, handles: list[Artist], left: float, top: float, columns: int = 0
) -> None:
    """Draw the legend of ``handles`` with its upper left corner at ``left`` and ``top`` inches.

    Without a number of ``columns``, it has as many as fit.
    """
    width, height = figure.get_size_inches()
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(left / width, 1 - top / height),
        ncols=columns or _columns(handles),
        handlelength=1.8,
        handletextpad=0.5,
        columnspacing=1.2,
        labelspacing=0.35,
    )


def signed(value: float, digits: int) -> str:
    """Write ``value`` with its sign and the same minus as on the axes."""
    return f"{value:+.{digits}f}".replace("-", "\N{MINUS SIGN}")


def _widths(handles: list[Artist]) -> list[float]:
    return [_HANDLE + style.text_width(str(handle.get_label())) for handle in handles]


def _columns(handles: list[Artist]) -> int:
    widths = _widths(handles)
    room = style.COLUMN - LEFT
    return len(widths) if sum(widths) <= room else max(1, int(room / max(widths)))


def _near(case: Case) -> np.ndarray:
    distances = [contour_distance(mask) for mask in (case.truth, *case.predicted)]
    return np.asarray(np.min(distances, axis=0) <= NEAR)


def _frame(axes: Axes, corner: tuple[float, float], wide: int, high: int) -> None:
    for look in FRAME:
        axes.add_patch(Rectangle(corner, wide, high, fill=False, zorder=4, **look))


def _labels(figure: Figure, case: Case, middle: float, several: bool) -> None:
    style.write(figure, 0, middle - 0.31, case.label, fontsize=style.TEXT, fontweight="bold")
    words = f"Dice {signed(case.difference, 3)}"
    style.write(figure, 0, middle - 0.14, words, fontsize=style.TEXT)
    rest = [f"trial {case.trial}: {signed(case.shown, 3)}"] if several else []
    style.write(figure, 0, middle + 0.03, "\n".join(rest))
    name = "\n".join(style.wrap(case.image_id, LEFT - 0.08))
    style.write(figure, 0, middle + 0.03 + 0.15 * len(rest), name, color=style.GREY)
