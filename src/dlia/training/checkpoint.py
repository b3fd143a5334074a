"""Checkpoints, from which an interrupted training resumes."""

import hashlib
import io
from pathlib import Path
from typing import cast

import torch

from dlia.runtime.files import write_bytes
from dlia.runtime.terminal import warn
from dlia.training.record_types import TrainingState

_FORM = b"dlia checkpoint 1"


class Checkpoint:
    """A file with the state of a training, valid only for the same settings, code and data.

    Its first line contains the key and a digest of the rest. A damaged file, or one of another
    training, is rejected before it is deserialised.

    Args:
        path: The file; it lies outside the declared outputs, which Snakemake deletes on failure.
        key: A digest of all that the training depends on: settings, seeds, code, data, versions.
    """

    def __init__(self, path: Path, key: str) -> None:
        self.path, self.key = path, key

    def save(self, state: TrainingState) -> None:
        """Write ``state`` (tensors and plain values), replacing the last one in one step."""
        content = io.BytesIO()
        torch.save(state, content)
        body = content.getvalue()
        write_bytes(self.path, b"\n".join([self._head(body), body]))

    def load(self) -> TrainingState | None:
        """Give the saved state, or None if there is none that belongs to this training."""
        try:
            head, _, body = self.path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        if not head.endswith(_digest(body)):
            warn(f"{self.path}: the checkpoint is damaged; the training starts afresh")
            return None
        if head != self._head(body):
            warn(
                f"{self.path}: the checkpoint is of other settings, code, data, device or "
                "versions; the training starts afresh"
            )
            return None
        print(f"{self.path}: the training goes on from this checkpoint", flush=True)
        state = torch.load(io.BytesIO(body), map_location="cpu", weights_only=True)
        return cast(TrainingState, state)

    def _head(self, body: bytes) -> bytes:
        return b" ".join([_FORM, self.key.encode(), _digest(body)])


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest().encode()
