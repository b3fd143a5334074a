"""What the check ran on: GPU, versions, commit, date, and the packages that are missing.

Prints them as JSON. The commit may be given, where there is no git to ask.
"""

import importlib.metadata
import json
import os
import platform
import re
import sys
import tomllib
from datetime import UTC, datetime
from typing import Any

import torch
from lines import ROOT

from dlia.runtime.checkout import git_state

NAMES = ("torch", "torchvision", "numpy", "snakemake", "lightning")


def facts(commit: str) -> dict[str, Any]:
    """Describe machine, software and code.

    Args:
        commit: The commit, where the caller knows it; "" to ask git.
    """
    available = torch.cuda.is_available()
    free, total = torch.cuda.mem_get_info() if available else (0, 0)
    return {
        "gpu": torch.cuda.get_device_name() if available else None,
        "gpu_memory_mib": {"free": free >> 20, "total": total >> 20},
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version() if available else None,
        "python": platform.python_version(),
        "versions": {name: version_of(name) for name in NAMES},
        "missing": missing(),
        "system": platform.platform(),
        "cores": len(os.sched_getaffinity(0)),
        "commit": commit or git_state()["commit"],
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def version_of(name: str) -> str:
    """Give the version of a package, or "not installed"."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def missing() -> list[str]:
    """Name the packages that dlia and its benchmark need and that are not installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = [*project["project"]["dependencies"], *project["dependency-groups"]["benchmark"]]
    names = [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in [*needed, "pytest", "filelock"]]
    return [name for name in dict.fromkeys(names) if version_of(name) == "not installed"]


if __name__ == "__main__":
    print(json.dumps(facts("".join(sys.argv[1:]))))
