"""The classifier of the assignment: convolutions and pooling, then fully connected layers."""

from collections import OrderedDict

from torch import nn

from dlia.models import ACTIVATIONS
from dlia.models.encoder import dropout, encoder
from dlia.study.settings import Cnn

STACKABLE = True


def build(settings: Cnn, inputs: tuple[int, int, int], outputs: int) -> nn.Module:
    """Build the network of the assignment sheet, exercise 1.2, and its variations.

    With channels 8-16-32 on 28x28x1 it has 21,578 parameters.

    Returns:
        A module that maps (N, channels, H, W) to logits (N, outputs).
    """
    depth, height, width = inputs
    _, rows = settings.sides(height)[-1]
    _, columns = settings.sides(width)[-1]
    features = settings.channels[-1] * rows * columns
    layers: OrderedDict[str, nn.Module] = OrderedDict(encoder=encoder(settings, depth))
    last = dropout(settings, "output", "dropout")
    # Channels can be told apart only before they are flattened.
    if settings.dropout.of == "channels":
        layers |= last
        last = {}
    layers["flatten"] = nn.Flatten()
    for number, units in enumerate(settings.hidden or (), start=1):
        layers[f"linear{number}"] = nn.Linear(features, units)
        layers[f"activation{number}"] = ACTIVATIONS[settings.activation]()
        layers |= dropout(settings, "hidden", f"dropout{number}")
        features = units
    layers |= last
    layers["output"] = nn.Linear(features, outputs)
    return nn.Sequential(layers)


def pooling_first(network: nn.Module) -> list[nn.Module]:
    """Give the encoder."""
    return [network.get_submodule("encoder")]
