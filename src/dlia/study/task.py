"""What other parts of dlia ask about a task: light, so that reading a study imports no numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dlia.study.document import Document
from dlia.study.messages import Problem
from dlia.study.quantities import SHARED, Quantity
from dlia.study.settings import Settings


def _nothing(*_: object) -> list[Problem]:
    return []


@dataclass(frozen=True)
class Task:
    """What is learnt, and how it is looked at.

    Attributes:
        name: As studies state it.
        package: Where its heavy modules are: ``curves``, ``tables`` and its own figures.
        metric: What it is judged by; the column of this name in the table of this name.
        targets: The file of the targets, without its suffix: labels or masks.
        per_pixel: Whether a network answers for every pixel, and not once for the image.
        tables: What ``tables`` gives of an exercise; the first has the metric.
        per_trial: The table that has what every trial reached.
        described: What is compared besides the metric; described, never tested.
        measures: What the report lists besides the metric, by the metrics of ``per_trial``.
        mistakes: Whether there is a table of the images that a network has wrong.
        reported: The metrics that a source may report.
        quantities: What claims may be about, besides what every task has.
        pictures: Its figures of what one network makes of test images, with their captions.
        picture_of_best_only: Whether the report shows them of the best variant alone.
        pair_figures: Whether ``boundary_figure`` draws two variants side by side.
        layouts: The layouts that give its targets, each with the stand-in that is drawn in it.
        balance_caption: What balance.csv counts.
        samples_caption: What the figure of images shows.
        faults: Finds settings that do not go with the task.
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
    described: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    mistakes: bool = False
    reported: tuple[str, ...] = ()
    quantities: Mapping[str, Quantity] = field(default_factory=dict)
    picture_of_best_only: bool = False
    pair_figures: bool = False
    faults: Callable[[Settings, Document], list[Problem]] = _nothing

    def __str__(self) -> str:
        return self.name

    @property
    def known(self) -> dict[str, Quantity]:
        """All quantities that claims may be about."""
        return {**self.quantities, **SHARED}
