"""Compares the installed versions of packages with those that requirements.txt pins."""

import importlib.metadata
import re
from collections.abc import Iterable
from pathlib import Path

from packaging.markers import Marker

_PIN = re.compile(r"^([\w.-]+)==([^\s;]+)(?: ; (.*?))? \\$", re.MULTILINE)


def pinned(requirements: Path) -> dict[str, str]:
    """Return the version of every package that a requirements file pins for this Python."""
    text = requirements.read_text(encoding="utf-8")
    return {
        name: version
        for name, version, marker in _PIN.findall(text)
        if not marker or Marker(marker).evaluate()
    }


def other_versions(names: Iterable[str], requirements: Path) -> list[str]:
    """Return which of the packages ``names`` are missing or not in the pinned version.

    Returns:
        Texts such as "numpy 1.26.4 (pinned: 2.5.5)" or "numpy missing (pinned: 2.5.5)"; none if
        there is no requirements file.
    """
    if not requirements.is_file():
        return []
    wanted = pinned(requirements)
    found = {name: _installed(name) for name in names if name in wanted}
    return [
        f"{name} {version} (pinned: {wanted[name]})"
        for name, version in found.items()
        if version.partition("+")[0] != wanted[name]
    ]


def _installed(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "missing"
