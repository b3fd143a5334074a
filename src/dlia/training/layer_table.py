"""The layers of a network, without training it."""

import pandas as pd
import torch

from dlia.models import build
from dlia.study.settings import Settings
from dlia.training.introspection import layers_of
from dlia.training.losses import outputs_of


def layer_table(
    settings: Settings, image_shape: tuple[int, int, int], classes: int
) -> pd.DataFrame:
    """List the layers in the order in which an image passes them.

    Args:
        settings: Of the variant whose network it is.
        image_shape: Channels, height and width.
        classes: How many there are.

    Returns:
        A row for each layer: name, layer (its class), output (its shape, "8x28x28"), parameters;
        and a last one with the sum and with the multiply-accumulates of one image.
    """
    network = build(settings.model, image_shape, outputs_of(settings.loss, classes))
    layers, multiply_adds = layers_of(network, torch.zeros(1, *image_shape))
    rows = [
        {
            "name": layer["name"],
            "layer": layer["layer"],
            "output": "x".join(map(str, layer["output"])),
            "parameters": layer["parameters"],
        }
        for layer in layers
    ]
    total = sum(layer["parameters"] for layer in layers)
    rows.append(
        {
            "name": "in all",
            "layer": f"{multiply_adds:,} multiply-accumulates",
            "output": "",
            "parameters": total,
        }
    )
    return pd.DataFrame(rows)
