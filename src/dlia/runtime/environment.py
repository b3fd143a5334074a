"""The environment variables that a build and its jobs run with.

What a shell, a notebook or a cluster has set must not change results or break a job: variables that
do are set or dropped here, for ``make``, ``python -m dlia``, the workflow and all jobs alike.
"""

import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

SOURCE = Path(__file__).parents[2]

_SET = {
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # as runtime/devices.py says
    "MPLBACKEND": "Agg",  # a notebook sets one that only works inside it
    "PYTHONNOUSERSITE": "1",  # packages in ~/.local are not those of requirements.txt
    "PYTHONUTF8": "1",
}
# How libraries compute, and how many threads they start and where (Snakemake sets OMP_NUM_THREADS).
_DROPPED = (
    *("ATEN_", "BLIS_", "CUBLAS_", "CUDNN_", "DNNL_", "GOMP_", "GOTO_", "KMP_", "MKL_", "NPY_"),
    *("NUMEXPR_", "NVIDIA_TF32_OVERRIDE", "OMP_", "ONEDNN_", "OPENBLAS_", "TORCH_", "VECLIB_"),
    *("MATPLOTLIBRC", "PYTHON"),
)
_KEPT = (
    *("PYTHONDONTWRITEBYTECODE", "PYTHONFAULTHANDLER", "PYTHONPYCACHEPREFIX", "PYTHONUNBUFFERED"),
    "OMP_NUM_THREADS",
)


def cleaned(variables: Mapping[str, str], shared: bool = False) -> dict[str, str]:
    """Return ``variables`` as jobs need them, with this package as the first on the search path.

    Other entries of PYTHONPATH are dropped, unless Snakemake itself comes from one of them (a
    module system may provide it so).

    Args:
        variables: The variables of the surroundings.
        shared: Whether jobs of another workflow get them, too; then nothing is dropped.
    """
    kept = {k: v for k, v in variables.items() if k in _KEPT or not k.startswith(_DROPPED)}
    entries = _entries(variables) if shared else _needed(variables)
    path = os.pathsep.join(dict.fromkeys([str(SOURCE), *entries]))
    return {**(variables if shared else kept), **_SET, "PYTHONPATH": path}


def clean(caches: Path, shared: bool = False) -> None:
    """Clean the variables and the search path of this process, and so those of its children.

    Args:
        caches: A folder for what cannot be cached in the home folder.
        shared: Whether jobs of another workflow get the variables, too; then none is dropped.
    """
    variables = cleaned(os.environ, shared)
    kept = {SOURCE, *map(Path, _entries(variables))}
    foreign = {Path(entry) for entry in _entries(os.environ)} - kept
    if not sys.flags.ignore_environment:
        sys.path[:] = [entry for entry in sys.path if Path(entry) not in foreign]
    os.environ.clear()
    os.environ.update(variables)
    usual = {"XDG_CACHE_HOME": "~/.cache", "MPLCONFIGDIR": "~/.config/matplotlib"}
    for name, place in usual.items():
        if not _takes_files(Path(os.environ.get(name) or place)):
            os.environ[name] = str(caches.absolute() / name.lower())


def _entries(variables: Mapping[str, str]) -> list[str]:
    return [entry for entry in variables.get("PYTHONPATH", "").split(os.pathsep) if entry]


def _needed(variables: Mapping[str, str]) -> list[str]:
    """Return the entries of PYTHONPATH if Snakemake comes from one of them, otherwise nothing."""
    entries = _entries(variables)
    found = find_spec("snakemake") if entries else None
    home = Path(found.origin).parents[1] if found and found.origin else Path()
    return entries if home in [Path(entry) for entry in entries] else []


def _takes_files(folder: Path) -> bool:
    try:
        folder = folder.expanduser()
        folder.mkdir(parents=True, exist_ok=True)
        # A build or a notebook that ran as root may have left folders that only root can write.
        below = [folder / name for name in ("snakemake", "matplotlib") if (folder / name).exists()]
    except (OSError, RuntimeError):  # RuntimeError: there is no home folder
        return False
    return all(os.access(place, os.W_OK | os.X_OK) for place in (folder, *below))
