"""Which GPUs there are, and one of them for each job that asks for one."""

import contextlib
import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dlia.jobs import warn
from dlia.leases import lease

# Made by NVIDIA's driver, AMD's, and that of Windows' Linux. To ask PyTorch would take seconds.
_NODES = ("nvidia[0-9]*", "kfd", "dxg")


def has_gpu() -> bool:
    """Tell whether this machine has a GPU that is not hidden by CUDA_VISIBLE_DEVICES."""
    return bool(_nodes() and gpus())


def gpus() -> list[str]:
    """Name the GPUs that are shown to this process, as CUDA_VISIBLE_DEVICES names them."""
    shown = os.environ.get("CUDA_VISIBLE_DEVICES")
    if shown is None:
        return [str(number) for number in range(_nodes())]
    names = (name.strip() for name in shown.split(","))
    # CUDA itself takes no notice of what follows a name that names nothing.
    return list(itertools.takewhile(lambda name: name not in ("", "-1"), names))


@contextlib.contextmanager
def own_gpu(wanted: int) -> Iterator[None]:
    """Hold a GPU that no other job of this user holds on this machine, and show PyTorch no other.

    The jobs may be of several builds. What a cluster has given to a job is for this job to share
    out, and nothing is to be shared out if it is one.

    Args:
        wanted: 0, or 1 for a job that asked Snakemake for a GPU.

    Raises:
        Interrupted: The process was asked to end while it waited for one.
    """
    names = gpus()
    allocation = os.environ.get("SLURM_JOB_ID", "")
    if not wanted or not names:
        yield
    elif allocation and len(names) == 1:
        print(f"GPU: {names[0]}, of Slurm's job {allocation}", flush=True)
        yield
    else:
        folder = Path(tempfile.gettempdir()) / f"dlia-gpus-{os.getuid()}" / allocation

        def wait() -> None:
            warn(f"GPU {', '.join(names)}: taken by other trainings; this one waits for a free one")

        with lease(folder, names, wait) as name, _shown(name):
            print(f"GPU: {name}, of {', '.join(names)}", flush=True)
            yield


@contextlib.contextmanager
def _shown(name: str) -> Iterator[None]:
    before = os.environ.get("CUDA_VISIBLE_DEVICES")
    os.environ["CUDA_VISIBLE_DEVICES"] = name
    try:
        yield
    finally:
        if before is None:
            del os.environ["CUDA_VISIBLE_DEVICES"]
        else:
            os.environ["CUDA_VISIBLE_DEVICES"] = before


def _nodes() -> int:
    """Count the devices of the drivers; of AMD's and Windows', only whether there is one."""
    return next((len(found) for node in _NODES if (found := list(Path("/dev").glob(node)))), 0)
