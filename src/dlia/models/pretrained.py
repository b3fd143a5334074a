"""Pre-trained weights: a file that is checked before a network takes them over."""

import pickle
import struct
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor, nn

from dlia.errors import UserError
from dlia.runtime.files import write_bytes
from dlia.runtime.provenance import other_digest
from dlia.study.origins import STANDIN_WEIGHTS
from dlia.study.settings import Detector

# Ends the name of weights that were trained here on drawn shapes.
STANDIN_SUFFIX = ".safetensors"
# What torch.load raises if a file is damaged or holds more than tensors.
_UNREADABLE = (
    pickle.UnpicklingError,
    AttributeError,
    EOFError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
)
_REPLACE = "Put the file there that model.weights in the study describes."


def load(network: nn.Module, settings: Detector, path: str) -> None:
    """Let ``network`` take over the weights in a file, and note which of its tensors they are.

    Args:
        network: A network with ``adopt``.
        settings: Its ``model`` block.
        path: The file that ``settings.weights`` names, or its stand-in.

    Raises:
        UserError: It is another file, or holds the weights of another network.
    """
    said = settings.weights
    assert said is not None
    drawn = path.endswith(STANDIN_SUFFIX)
    weights = read_standin(path) if drawn else read_weights(path, said.sha256)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    try:
        network.adopt(weights)  # type: ignore[operator]
    except (RuntimeError, KeyError) as error:
        # The first line of PyTorch's text only names the network.
        lines = str(error).splitlines()
        first = (lines[1:] or lines or [""])[0].strip()[:200]
        raise UserError(
            f"{path}: holds the weights of another network than {settings.name}: {first}\n"
            "Correct model.weights in the study, or put the file there that it describes."
        ) from None
    words = f"{STANDIN_WEIGHTS}, trained on drawn shapes" if drawn else f"pre-trained: {said.file}"
    after = network.state_dict()
    changed = {name: words for name in before if not torch.equal(before[name], after[name])}
    network.pretrained = changed  # type: ignore[assignment]


def weights_in_words(path: str) -> str:
    """Say what the weights in a file are: its name, or that they stand in for others."""
    return STANDIN_WEIGHTS if path.endswith(STANDIN_SUFFIX) else Path(path).name


def read_weights(path: str | Path, sha256: str) -> dict[str, Tensor]:
    """Read weights that torch.save wrote, without unpickling anything else.

    Args:
        path: The file.
        sha256: Its digest, or how that begins.

    Raises:
        UserError: It has another digest, or holds something else.
    """
    if fault := other_digest(path, sha256):
        raise UserError(fault)
    try:
        weights = torch.load(path, map_location="cpu", weights_only=True)
    except _UNREADABLE:  # whose texts advise to load it with weights_only=False
        raise UserError(
            f"{path}: cannot be read as weights: it is damaged, or holds more than tensors "
            f"(nothing in it was run)\n{_REPLACE}"
        ) from None
    if not isinstance(weights, dict) or not all(
        isinstance(key, str) and isinstance(value, Tensor) for key, value in weights.items()
    ):
        text = f"{path}: holds something else than the weights of a network"
        raise UserError(f"{text}\n{_REPLACE}")
    return dict(weights)


def write_standin(path: str | Path, weights: dict[str, Tensor]) -> None:
    """Write weights that were trained on drawn shapes."""
    tensors = {name: value.cpu().contiguous() for name, value in weights.items()}
    write_bytes(path, save(tensors, metadata={"dlia": "stand-in"}))


def read_standin(path: str | Path) -> dict[str, Tensor]:
    """Read what ``write_standin`` wrote."""
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
