"""Jobs in forks of a process that has imported what they need, instead of in new interpreters."""

import atexit
import ctypes
import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import connection, forkserver
from pathlib import Path
from threading import Lock

from dlia.runtime.interruption import end_with_parent

# Libraries read these when they are imported, which the server does for all jobs.
ONE_THREAD = {
    f"{library}_THREADS": "1"
    for library in (
        "OMP_NUM",
        "GOTO_NUM",
        "OPENBLAS_NUM",
        "MKL_NUM",
        "VECLIB_MAXIMUM",
        "NUMEXPR_NUM",
    )
}
# Elsewhere, a process cannot simply be forked once PyTorch is imported.
FORKING = sys.platform == "linux"
# What a process that is being started or has ended leaves, another thread must not clear away.
_one_at_a_time = Lock()


def possible() -> bool:
    """Return whether this process can have jobs in forks.

    A fork imports the program of this process again, which must do nothing by that.
    """
    main = sys.modules["__main__"]
    name = main.__spec__.name if main.__spec__ else Path(getattr(main, "__file__", "")).name
    return FORKING and name in ("snakemake", "snakemake.__main__")


def start_server() -> None:
    """Start the process that is forked; it imports what the jobs of the recorded build need."""
    multiprocessing.set_forkserver_preload(["dlia.runtime.preloaded", "snakemake.cli"])
    # PYTHONSAFEPATH: a file in this folder, such as random.py, must not replace a module.
    with _variables({**ONE_THREAD, "PYTHONSAFEPATH": "1"}):
        forkserver.ensure_running()
    # Otherwise it ends after the build, and what it takes does not count as a part of it.
    atexit.register(forkserver._forkserver._stop)  # type: ignore[attr-defined]


class Fork:
    """A Python script that runs in a fork.

    Attributes:
        pid: The number of its process.
    """

    def __init__(self, name: str, script: str, variables: Mapping[str, str]) -> None:
        """Have a fork ready for ``script``.

        Args:
            name: What tools such as ``top`` are to show; they cut it off after 15 characters.
            script: The path of the script.
            variables: Environment variables beside the usual.
        """
        context = multiprocessing.get_context("forkserver")
        told, self._tell = context.Pipe(duplex=False)
        usual = {**os.environ, **ONE_THREAD, **variables}
        self._process = context.Process(target=_run, args=(told, name, script, usual))
        with _one_at_a_time:
            self._process.start()
        self.pid = self._process.pid

    def run(self) -> int:
        """Run the script to its end; return the exit status, or minus the number of a signal.

        It does not begin before, so that all it takes can be measured.
        """
        self._tell.close()
        connection.wait([self._process.sentinel])
        with _one_at_a_time:
            self._process.join()
        assert self._process.exitcode is not None
        return self._process.exitcode


def _run(told: connection.Connection, name: str, script: str, variables: dict[str, str]) -> None:
    from dlia.runtime.preloaded import HANDLERS  # imported by the server

    pr_set_name = 15
    ctypes.CDLL(None).prctl(pr_set_name, name.encode())
    end_with_parent(os.getppid())
    for number, handler in HANDLERS.items():
        signal.signal(number, handler)
    os.environ.clear()
    os.environ.update(variables)
    sys.argv = [script]
    told.poll(None)
    runpy.run_path(script, run_name="__main__")


@contextmanager
def _variables(others: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(others)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
