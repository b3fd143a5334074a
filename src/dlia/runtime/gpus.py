"""The available GPUs, and their assignment to jobs."""

import contextlib
import itertools
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dlia.errors import UserError
from dlia.runtime.locks import file_of, lease
from dlia.runtime.terminal import warn

# Device files of NVIDIA's driver, AMD's, and WSL's. Asking PyTorch would take seconds.
_NODES = ("nvidia[0-9]*", "kfd", "dxg")


def has_gpu() -> bool:
    """Return whether this machine has a GPU that CUDA_VISIBLE_DEVICES does not hide."""
    return bool(_nodes() and gpus())


def gpus() -> list[str]:
    """Return the GPUs that are visible to this process, as CUDA_VISIBLE_DEVICES names them."""
    shown = os.environ.get("CUDA_VISIBLE_DEVICES")
    if shown is None:
        return [str(number) for number in range(_nodes())]
    names = (name.strip() for name in shown.split(","))
    # CUDA, too, ignores all entries after an invalid one.
    return list(itertools.takewhile(lambda name: name not in ("", "-1"), names))


@contextlib.contextmanager
def own_gpu(wanted: int) -> Iterator[None]:
    """Reserve a GPU that no other job of this user holds, and hide all others from PyTorch.

    This also works across builds on one machine, if they name the GPUs in the same way (numbers
    or UUIDs) and use the same folder for temporary files. Within a Slurm job, the GPUs of that job
    are distributed among its processes.

    Args:
        wanted: 0, or 1 for a job that asked Snakemake for a GPU.

    Raises:
        Interrupted: The process was asked to end while it waited for a GPU.
        UserError: The folder for the locks belongs to another user.
    """
    names = gpus()
    allocation = os.environ.get("SLURM_JOB_ID", "")
    # Slurm may hide other GPUs without setting CUDA_VISIBLE_DEVICES; choose none then.
    if not wanted or not names or (allocation and "CUDA_VISIBLE_DEVICES" not in os.environ):
        yield
        return

    def wait() -> None:
        warn(f"GPU {', '.join(names)}: in use by other trainings; this training waits")

    folder = _folder(allocation)
    where = f", of Slurm's job {allocation}" if allocation else f", of {', '.join(names)}"
    with lease(folder, names, wait) as name, _shown(name):
        print(f"GPU: {name}{where}", flush=True)
        try:
            yield
        finally:
            if allocation:  # no later process has this Slurm job id
                with contextlib.suppress(OSError):
                    file_of(folder, name).unlink()
                    folder.rmdir()


def _folder(allocation: str) -> Path:
    """Create the folder for the locks, writable for this user only."""
    own = Path(tempfile.gettempdir()) / f"dlia-gpus-{os.getuid()}"
    with contextlib.suppress(FileExistsError):
        own.mkdir(mode=0o700)
    found = own.lstat()
    if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode):
        raise UserError(f"{own}: belongs to another user; set TMPDIR to a folder of your own")
    return own / (f"slurm-{allocation}" if allocation else "here")


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
    """Count the GPUs by their device files; for AMD and WSL, return only whether there is one (1).

    Several AMD GPUs are used if CUDA_VISIBLE_DEVICES names them; PyTorch reads it for AMD, too.
    """
    return next((len(found) for node in _NODES if (found := list(Path("/dev").glob(node)))), 0)
