"""The description of a task. It imports no numerical library, so that reading a study is fast."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dlia.study.document import Document
from dlia.study.messages import Problem
from dlia.study.part_names import HELD_OUT, TRAIN
from dlia.study.quantities import SHARED, Quantity
from dlia.study.settings import Settings


def _nothing(*_: object) -> list[Problem]:
    return []


@dataclass(frozen=True)
class Task:
    """A task, such as classification or segmentation: its data, metrics, tables and figures.

    Attributes:
        name: The name in study files.
        package: The package with its modules ``curves``, ``tables`` and figures.
        metric: The main metric; also the name of the table and column that contain it.
        targets: The file of the targets, without its suffix: labels, masks or boxes.
        per_pixel: Whether a network predicts a class for every pixel, not for the whole image.
        metric_of_class: The metric of each class in the curves, without the class's number, if a
            figure shows it; or "".
        tables: The names of the tables that ``tables`` computes; the first has the metric.
        per_trial: The name of the table with the results of every trial.
        described: Further metrics that are compared without a significance test.
        measures: Further metrics that the report lists, by their name in ``per_trial``.
        claimed: The names of further tables that claims are judged by.
        mistakes: Whether there is a table of the misclassified images.
        reported: The metrics that a source may report.
        quantities: The quantities that claims may be about, besides those of every task.
        pictures: The figures of one network's predictions on test images, with their captions.
        charts: Those of ``pictures`` that show numbers, and no images.
        side_by_side_up_to: The number of classes up to which its ``pictures`` are drawn half as
            wide as a page.
        losses: The terms of the loss that curves record; a figure shows them beside their sum.
        picture_of_best_only: Whether the report shows these figures for the best variants only.
        pair_figures: Whether ``boundary_figure`` draws two variants side by side.
        layouts: The archive layouts that provide its targets, each with its kind of stand-in.
        balance_caption: The caption of the class frequencies (balance.csv).
        samples_caption: The caption of the figure of sample images.
        curves_of: Which training images the curves of a training are measured on.
        unit: What has a result of its own that the mean is over: image or volume.
        entry: What the data set has many of: image or slice.
        learnt_from: What a network learns from.
        strict: A measure like the metric that counts what this leaves out, too, or "".
        leaves_out: What that is, in words.
        counts: What its metric counts, as captions say it; "" if that needs no words.
        own_modules: The steps that it does in a module of its own, of this name: predict, describe.
        faults: A function that lists settings that are invalid for the task.
    """

    name: str
    package: str
    metric: str
    targets: str
    per_pixel: bool
    tables: tuple[str, ...]
    per_trial: str
    pictures: Mapping[str, str]
    layouts: Mapping[str, str]
    balance_caption: str
    samples_caption: str
    metric_of_class: str = ""
    described: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    claimed: tuple[str, ...] = ()
    mistakes: bool = False
    reported: tuple[str, ...] = ()
    quantities: Mapping[str, Quantity] = field(default_factory=dict)
    charts: tuple[str, ...] = ()
    side_by_side_up_to: int = 0
    losses: tuple[str, ...] = ()
    picture_of_best_only: bool = False
    pair_figures: bool = False
    curves_of: str = "a fixed subset"
    unit: str = "image"
    entry: str = "image"
    learnt_from: str = "images"
    counts: str = ""
    strict: str = ""
    leaves_out: str = ""
    own_modules: tuple[str, ...] = ()
    faults: Callable[[Settings, Document], list[Problem]] = _nothing

    @property
    def image_figures(self) -> set[str]:
        """The figures that show images of the data, which a study may keep out of reports."""
        own = {name for name in self.pictures if name not in self.charts}
        return own | {"samples", "random_samples", "patches", "boundary", "masks"}

    def __str__(self) -> str:
        return self.name

    def of_part(self, part: str) -> str:
        """Name what a part of the data has: training patches or slices, test images."""
        return f"training {self.learnt_from}" if part == TRAIN else f"{part} {self.unit}s"

    def said(self, text: str) -> str:
        """Return what a table says of images, with the names of what the parts have."""
        text = text.replace("training images", self.of_part(TRAIN))
        for part in HELD_OUT:
            text = text.replace(f"{part} images", self.of_part(part))
        return text

    @property
    def boxed(self) -> bool:
        """Whether its targets are boxes around objects."""
        return self.targets == "boxes"

    @property
    def known(self) -> dict[str, Quantity]:
        """All quantities that claims may be about."""
        return {**self.quantities, **SHARED}
