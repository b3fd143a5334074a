"""Where a killed training goes on."""

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch

from dlia.files import write_bytes


class Checkpoint:
    """One file with the state of one trial, valid only for what it was written by.

    Args:
        path: The file; it lies outside the declared outputs, which Snakemake deletes on failure.
        key: A digest of all that the training depends on: settings, seeds, code, data, versions.
    """

    def __init__(self, path: Path, key: str) -> None:
        self.path, self.key = path, key

    def save(self, state: dict[str, Any]) -> None:
        """Write ``state`` (tensors and plain values), replacing the last one in one step."""
        content = io.BytesIO()
        torch.save({"key": self.key, **state}, content)
        write_bytes(self.path, content.getvalue())

    def load(self) -> dict[str, Any] | None:
        """Give the saved state, or None if there is none that belongs to this training."""
        if not self.path.exists():
            return None
        try:
            state = torch.load(self.path, map_location="cpu", weights_only=True)
            key = state["key"]
        except (
            RuntimeError,
            OSError,
            EOFError,
            KeyError,
            TypeError,
            ValueError,
            pickle.UnpicklingError,
            zipfile.BadZipFile,
        ):
            print(f"{self.path}: damaged; starting afresh", flush=True)
            return None
        if key != self.key:
            print(
                f"{self.path}: of other settings, code, data or versions; starting afresh",
                flush=True,
            )
            return None
        return dict(state)
