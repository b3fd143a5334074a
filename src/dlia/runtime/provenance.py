"""Provenance: versions of libraries, the state of the Git checkout, and file digests."""

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
    """Return the SHA-256 of a file's bytes, in hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that the results depend on."""
    found = {name: importlib.metadata.version(name) for name in PACKAGES}
    return {"python": platform.python_version(), **found}


def numeric_versions() -> dict[str, str]:
    """Return the versions that trainings and predictions depend on: Python (3.x) and libraries."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, **{name: importlib.metadata.version(name) for name in NUMERICS}}


def git_state() -> dict[str, Any]:
    """Return the commit, and whether the checkout is dirty; "unknown" outside a Git repository."""
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
