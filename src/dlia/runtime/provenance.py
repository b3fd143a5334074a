"""What ran, where, and with what."""

import hashlib
import importlib.metadata
import platform
import subprocess
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parents[2]
# The libraries that compute in trainings and predictions.
NUMERICS = ("torch", "torchvision", "numpy")
PACKAGES = (
    "torch",
    "numpy",
    "scipy",
    "scikit-learn",
    "pandas",
    "pillow",
    "matplotlib",
    "safetensors",
    "snakemake",
)


def sha256_of(path: str | Path) -> str:
    """Give the SHA-256 of a file's bytes."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """Give the versions of Python and of the libraries that the numbers depend on."""
    found = {name: importlib.metadata.version(name) for name in PACKAGES}
    return {"python": platform.python_version(), **found}


def numeric_versions() -> dict[str, str]:
    """Give the versions of what trains and predicts: Python's minor one, and of libraries."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, **{name: importlib.metadata.version(name) for name in NUMERICS}}


def git_state() -> dict[str, Any]:
    """Give the commit of the checkout and whether files differ from it; "unknown" outside git."""
    try:
        commit = _git("rev-parse", "HEAD")
        return {
            "commit": commit,
            "dirty": bool(_git("--no-optional-locks", "status", "--porcelain")),
        }
    except (OSError, subprocess.CalledProcessError):
        return {"commit": "unknown", "dirty": "unknown"}


def _git(*words: str) -> str:
    command = ["git", "-C", str(SOURCE), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
