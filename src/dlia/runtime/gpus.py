"""Which GPUs there are, and one of them for each job that asks for one."""

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

    The jobs may be of several builds, if these call the GPUs alike (numbers, or UUIDs) and have one
    folder for temporary files. Within a job of Slurm, GPUs are shared out among those in that job.

    Args:
        wanted: 0, or 1 for a job that asked Snakemake for a GPU.

    Raises:
        Interrupted: The process was asked to end while it waited for one.
        UserError: The folder for the locks is another user's.
    """
    names = gpus()
    allocation = os.environ.get("SLURM_JOB_ID", "")
    # Slurm may give a job GPUs, and not say which: all others are hidden, and keep their numbers.
    if not wanted or not names or (allocation and "CUDA_VISIBLE_DEVICES" not in os.environ):
        yield
        return

    def wait() -> None:
        warn(f"GPU {', '.join(names)}: taken by other trainings; this one waits for a free one")

    folder = _folder(allocation)
    where = f", of Slurm's job {allocation}" if allocation else f", of {', '.join(names)}"
    with lease(folder, names, wait) as name, _shown(name):
        print(f"GPU: {name}{where}", flush=True)
        try:
            yield
        finally:
            if allocation:  # it will not come again
                with contextlib.suppress(OSError):
                    file_of(folder, name).unlink()
                    folder.rmdir()


def _folder(allocation: str) -> Path:
    """Make the folder for the locks; nobody else can write there."""
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
    """Count the devices of the drivers; of AMD's and Windows', only whether there is one.

    Several of AMD's are used if CUDA_VISIBLE_DEVICES names them, which PyTorch reads there too.
    """
    return next((len(found) for node in _NODES if (found := list(Path("/dev").glob(node)))), 0)
