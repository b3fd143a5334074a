"""What is measured of a regression while it is trained."""

from dlia.tasks.regression.numbers import expected, r2
from torch import Tensor

from dlia.training.measures import Curves


def metrics(logits: Tensor, targets: Tensor) -> dict[str, float]:
    """Give the coefficient of determination."""
    return {"r2": r2(expected(logits.double().cpu().numpy()), targets.cpu().numpy())}


def is_collapsed(logits: Tensor, targets: Tensor) -> bool:
    """Tell whether the mean would be as near."""
    return metrics(logits, targets)["r2"] <= 0


CURVES = Curves(metrics, is_collapsed)
