"""Dropout whose masks come from a stream of the trial's own, whatever trains it."""

from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor, nn


class _OwnStream(nn.Module):
    """What both layers add to torch's: where their masks come from.

    torch draws from the one global stream of the device, which trials that are trained as one
    network would share.

    Attributes:
        stream: Draws the masks, on the device of the values; None is torch's global stream.
        mask: A mask that was drawn before, and is taken instead of drawing one.
    """

    p: float
    mask: Tensor | None
    stream: torch.Generator | None = None

    def forward(self, values: Tensor) -> Tensor:
        """Drop values while training, and enlarge the others so that the mean stays."""
        if not self.training:
            return values
        drawn = self.mask
        if drawn is None:
            drawn = self.draw(empty_mask(self.shape_of(values), values.device), self.stream)
        return values * drawn

    def shape_of(self, values: Tensor) -> tuple[int, ...]:
        """Give the shape of the mask for ``values``."""
        return tuple(values.shape)

    def draw(self, mask: Tensor, stream: torch.Generator | None) -> Tensor:
        """Fill ``mask`` in place: 0 with probability ``p``, else 1 / (1 - p)."""
        return mask.bernoulli_(1 - self.p, generator=stream).div_(1 - self.p)


class Dropout(_OwnStream, nn.Dropout):
    """Drops every value by itself (Srivastava et al. 2014)."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__(p)
        self.register_buffer("mask", None, persistent=False)


class Dropout2d(_OwnStream, nn.Dropout2d):
    """Drops whole channels of an image (Tompson et al. 2015)."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__(p)
        self.register_buffer("mask", None, persistent=False)

    def shape_of(self, values: Tensor) -> tuple[int, ...]:
        """Give (N, C, 1, 1)."""
        return (*values.shape[:2], 1, 1)


def empty_mask(shape: tuple[int, ...], device: torch.device) -> Tensor:
    """Give memory for a mask, laid out as the values of these networks are: channels last."""
    layout = torch.channels_last if len(shape) == 4 else torch.contiguous_format
    return torch.empty(shape, device=device, memory_format=layout)


def dropouts(network: nn.Module) -> Iterator[tuple[str, Dropout | Dropout2d]]:
    """Walk the dropout layers of ``network`` and their names, in the order of the layers."""
    for name, layer in network.named_modules():
        if isinstance(layer, Dropout | Dropout2d):
            yield name, layer


def draw_from(network: nn.Module, stream: torch.Generator) -> None:
    """Let all dropout layers of ``network`` draw their masks from ``stream``."""
    for _, layer in dropouts(network):
        layer.stream = stream


class Masks:
    """The dropout masks of several trials of a network, each drawn from its trial's stream.

    Args:
        network: That of one trial, on the device.
        image: One image as it takes it, (1, C, H, W); being shown it tells the masks' shapes.
        streams: Of each of the K trials.
    """

    def __init__(self, network: nn.Module, image: Tensor, streams: list[torch.Generator]) -> None:
        self.layers = dict(dropouts(network))
        self.device, self.streams = image.device, streams
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.drawn: dict[int, dict[str, Tensor]] = {}
        hooks = [
            layer.register_forward_pre_hook(partial(self._note, name))
            for name, layer in self.layers.items()
        ]
        with torch.no_grad():
            network.eval()(image)
        for hook in hooks:
            hook.remove()

    def _note(self, name: str, layer: Dropout | Dropout2d, inputs: tuple[Tensor]) -> None:
        self.shapes[name] = layer.shape_of(inputs[0])[1:]

    def draw(self, count: int) -> dict[str, Tensor]:
        """Draw the masks of ``count`` images of each trial.

        They are written where those of as many images were before, so that what was recorded with
        them finds them there.

        Returns:
            Masks of shape (K, count, ...), by the names of the buffers that take them.
        """
        trials = len(self.streams)
        if count not in self.drawn:
            self.drawn[count] = {
                name: empty_mask((trials * count, *shape), self.device).unflatten(
                    0, (trials, count)
                )
                for name, shape in self.shapes.items()
            }
        for name, masks in self.drawn[count].items():
            for mask, stream in zip(masks, self.streams, strict=True):
                self.layers[name].draw(mask, stream)
        return {f"{name}.mask": masks for name, masks in self.drawn[count].items()}
