"""Updates of a detector's weights; what it gives is measured some images at a time.

Its outputs of a whole part would take gigabytes: thousands of anchors for every image.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from dlia.models.anchors import detections
from dlia.study.settings import BoxPrediction, Settings
from dlia.training import learner
from dlia.training.detection_loss import terms
from dlia.training.device_data import Part
from dlia.training.losses import Loss
from dlia.training.measures import Curves, in_chunks


class Learner(learner.Learner):
    """A detector, and all that changes its weights.

    Args:
        network: On the device, with its initial weights.
        settings: Every hyperparameter of the training.
        steps: Batches of an epoch.
    """

    def __init__(self, network: nn.Module, settings: Settings, steps: int) -> None:
        super().__init__(network, settings, steps)
        self.prediction = settings.prediction.boxes or BoxPrediction()

    def logits(self, part: Part) -> Iterable[Tensor]:
        """Give the predicted boxes of ``part``, (n, most, 6), as ``detections`` gives them."""
        return [self._measured(part)[1]]

    def measured(self, part: Part, loss: Loss, curves: Curves) -> list[dict[str, float]]:
        """Measure the loss, its terms and the metrics on a part."""
        losses, boxes = self._measured(part)
        # The loss first, then the metric that epochs are chosen by.
        first = {"loss": losses.pop("loss"), **curves.metrics(boxes, part.targets)}
        excess = losses["regression_loss"] - losses["classification_loss"]
        return [{**first, **losses, "regression_excess": excess}]

    def chance(self, loss: Loss) -> Loss:
        """Give a loss that none exceeds: a detector without a detection has collapsed."""
        return lambda outputs, targets: torch.tensor(torch.inf)

    @torch.no_grad()
    def _measured(self, part: Part) -> tuple[dict[str, float], Tensor]:
        self.judged.eval()
        totals: dict[str, float] = {}
        found = []
        for rows in in_chunks(part):
            images = part.inputs(rows)
            outputs = self.judged(images)
            for name, value in terms(outputs, part.wanted(rows), **self.loss.keywords).items():
                totals[name] = totals.get(name, 0.0) + float(value) * len(rows)
            height, width = images.shape[-2:]
            found.append(detections(outputs, (height, width), self.prediction))
        return {name: total / len(part) for name, total in totals.items()}, torch.cat(found)
