"""Trained networks on disk: the weights of all trials in one safetensors file."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor, nn

from dlia.models import build
from dlia.runtime.files import write_bytes
from dlia.study.settings import AnyNetwork, NetworkBlock


@dataclasses.dataclass(frozen=True)
class Description:
    """What is needed to run a stored network, and what each trial came to.

    Attributes:
        model: The variant's ``model`` block.
        divide_by: What pixels are divided by.
        image_shape: Channels, height and width that the network sees.
        outputs: Numbers that the network gives for an image or pixel.
        trials: For each trial: trial, seed, epoch (that was kept), status.
        classes: The names of the classes, of networks that are applied to new images.
    """

    model: NetworkBlock
    divide_by: float
    image_shape: tuple[int, int, int]
    outputs: int
    trials: list[dict[str, Any]]
    classes: list[str] = dataclasses.field(default_factory=list)


def save_models(
    path: str | Path, weights: list[dict[str, Tensor]], description: Description
) -> None:
    """Write the weights of all trials, named "trial.layer.weight", and their description."""
    tensors = {
        f"{trial}.{name}": tensor.cpu().contiguous()
        for trial, state in enumerate(weights)
        for name, tensor in state.items()
    }
    # One metadata key only: several are written in an order that changes from run to run.
    stated = {key: value for key, value in vars(description).items() if value != []}
    fields = {**stated, "model": description.model.plain()}
    text = json.dumps(fields, sort_keys=True)
    write_bytes(path, save(tensors, metadata={"dlia": text}))


def read_description(path: str | Path) -> Description:
    """Read what ``save_models`` wrote beside the weights."""
    with safe_open(path, framework="pt") as file:
        fields = json.loads(file.metadata()["dlia"])
    model = TypeAdapter(AnyNetwork).validate_python(fields["model"])
    return Description(**{**fields, "model": model, "image_shape": tuple(fields["image_shape"])})


def load_models(path: str | Path) -> Iterator[nn.Module]:
    """Give the network of each trial, on the CPU; one module serves all, one after another."""
    description = read_description(path)
    network = build(description.model, description.image_shape, description.outputs)
    with safe_open(path, framework="pt") as file:
        for number in range(len(description.trials)):
            prefix = f"{number}."
            names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118
            state = {name.removeprefix(prefix): file.get_tensor(name) for name in names}
            network.load_state_dict(state)
            yield network
