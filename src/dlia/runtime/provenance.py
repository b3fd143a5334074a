"""Provenance: versions of libraries, and digests of files."""

import hashlib
import importlib.metadata
import platform
from collections.abc import Iterable
from pathlib import Path

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


def other_digest(path: str | Path, sha256: str) -> str:
    """Say that a file has another SHA-256 than ``sha256``, or how that begins; "" if it has not."""
    found = sha256_of(path)
    if found.startswith(sha256):
        return ""
    return (
        f"{path}: its SHA-256 begins with {found[: len(sha256)]}, and the study asks for "
        f"{sha256}\nIt is another file, or was not completely downloaded: replace it."
    )


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that the results depend on."""
    found = {name: importlib.metadata.version(name) for name in PACKAGES}
    return {"python": platform.python_version(), **found}


def numeric_versions() -> dict[str, str]:
    """Return the versions that trainings and predictions depend on: Python (3.x) and libraries."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, **{name: importlib.metadata.version(name) for name in NUMERICS}}


def versions_of(names: Iterable[str]) -> dict[str, str]:
    """Return the versions of packages, "missing" for those that are not installed."""
    found = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "missing"
    return found
