"""Test-time augmentation: a network sees an image in several views, its answers are averaged."""

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812 (the name that everybody knows)
from torch import Tensor, nn

from dlia.training.device_data import Part
from dlia.training.measures import predict_logits

Move = Callable[[Tensor], Tensor]


class View(NamedTuple):
    """How an image is shown, (N, C, H, W), and how a pixel map of it goes back to its place."""

    show: Move
    undo: Move | None


def _turn(quarters: int, mirrored: bool = False) -> View:
    """Give the view that is first turned counter-clockwise, then mirrored left to right."""

    def show(images: Tensor) -> Tensor:
        turned = images.rot90(quarters, dims=(-2, -1))
        return turned.flip(-1) if mirrored else turned

    def undo(maps: Tensor) -> Tensor:
        return (maps.flip(-1) if mirrored else maps).rot90(-quarters, dims=(-2, -1))

    return View(show, undo)


def _shift(right: int, down: int) -> View:
    """Give the moved view; zeros enter, and no map of it can be complete."""
    return View(partial(F.pad, pad=(right, -right, down, -down)), None)


# The image itself is always the first view. Flips from top to bottom are mirrored half turns.
VIEWS: dict[str, tuple[View, ...]] = {
    "none": (_turn(0),),
    "horizontal_flip": (_turn(0), _turn(0, mirrored=True)),
    "flips": tuple(_turn(quarters, mirrored) for mirrored in (False, True) for quarters in (0, 2)),
    "dihedral": tuple(
        _turn(quarters, mirrored) for mirrored in (False, True) for quarters in range(4)
    ),
    "shifts": (_turn(0), *(_shift(*to) for to in ((1, 0), (-1, 0), (0, 1), (0, -1)))),
}


def predict_views(network: nn.Module, part: Part, views: str) -> Tensor:
    """Give logits of the mean probabilities over the views of each image, in eval mode.

    Args:
        network: On the device of ``part``.
        part: The images.
        views: A name in ``VIEWS``. dihedral needs square images unless ``network`` takes any
            size; shifts is for classifications only.

    Returns:
        (n, outputs[, H, W]), as ``measures.predict_logits`` gives them, to which "none" is
        identical. Several outputs are the logarithms of probabilities; a single output is the
        logit of one.
    """
    if views == "none":
        return predict_logits(network, part)
    return predict_logits(_Averaged(network, VIEWS[views]), part)


class _Averaged(nn.Module):
    """A network whose probabilities are means over views."""

    def __init__(self, network: nn.Module, views: tuple[View, ...]) -> None:
        super().__init__()
        self.network = network
        self.views = views

    def forward(self, images: Tensor) -> Tensor:
        return mean_logits(torch.stack([self._logits(images, view) for view in self.views]))

    def _logits(self, images: Tensor, view: View) -> Tensor:
        logits: Tensor = self.network(view.show(images))
        if logits.ndim == 2:
            return logits
        if view.undo is None:
            raise ValueError("the maps of shifted images lack an edge: take other views")
        return view.undo(logits)


def mean_logits(logits: Tensor) -> Tensor:
    """Give the logits of mean probabilities, computed from logarithms throughout.

    Args:
        logits: (views, N, outputs[, H, W]).

    Returns:
        (N, outputs[, H, W]): the logarithm of the mean softmax, or the logit of the mean sigmoid
        if there is a single output.
    """
    if logits.shape[2] == 1:
        # The number of views divides both probabilities and cancels in the logit.
        return F.logsigmoid(logits).logsumexp(0) - F.logsigmoid(-logits).logsumexp(0)
    return F.log_softmax(logits, dim=2).logsumexp(0) - math.log(len(logits))
