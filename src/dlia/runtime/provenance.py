"""Provenance: versions of libraries, the state of the Git checkout, and file digests."""

import hashlib
import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[3]
# What a build reads from the checkout.
READ = ("Snakefile", "config.yaml", "profiles", "report", "src", "studies", "workflow")
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
    """Return the commit, and whether files that a build reads differ from it.

    Both are "unknown" if no Git repository contains the checkout. A repository around it that does
    not track its files does not count.
    """
    try:
        _git("ls-files", "--error-unmatch", "Snakefile")
        changed = _git("--no-optional-locks", "status", "--porcelain", "--", *READ)
        return {"commit": _git("rev-parse", "HEAD"), "dirty": bool(changed)}
    except (OSError, subprocess.CalledProcessError):
        return {"commit": "unknown", "dirty": "unknown"}


def _git(*words: str) -> str:
    # The variables that Git sets for its hooks name another repository. The checkout may belong to
    # another user; its code runs already, so that Git need not distrust it.
    command = ["git", "-c", "safe.directory=*", "-C", str(CHECKOUT), *words]
    variables = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    return subprocess.run(  # noqa: S603
        command, check=True, capture_output=True, text=True, env=variables
    ).stdout.strip()
