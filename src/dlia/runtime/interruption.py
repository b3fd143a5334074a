"""Requests to end a process: a signal, or the end of its parent Snakemake."""

import contextlib
import ctypes
import multiprocessing
import os
import select
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_PAUSE = 1.0  # seconds between two checks of a process, if the system cannot notify of its end

_wishes: list[str] = []


class Interrupted(Exception):  # noqa: N818 (it is no error)
    """The process was asked to end and has saved its work."""


def asked_to_end() -> str:
    """Return the reason to end, such as "SIGTERM"; "" if there is none."""
    return _wishes[0] if _wishes else ""


@contextlib.contextmanager
def postponed(grace: int = 0) -> Iterator[None]:
    """Defer signals until the block ends; the code in it has to check ``asked_to_end``.

    Signals that were ignored before, such as SIGHUP under ``nohup``, stay ignored; SIGTERM never.

    Args:
        grace: Seconds after the first signal at which the process is ended anyway; 0 for never.
    """

    def note(number: int, _frame: FrameType | None) -> None:
        if grace and not _wishes:
            signal.alarm(grace)
        _wishes.append(signal.Signals(number).name)
        ask_children_to_end()

    before = {number: signal.getsignal(number) for number in SIGNALS}
    heard = {
        number: how
        for number, how in before.items()
        if how is not None and (number == signal.SIGTERM or how != signal.SIG_IGN)
    }
    for number in heard:
        signal.signal(number, note)
    try:
        yield
    finally:
        for number, how in heard.items():
            signal.signal(number, how)
        if grace:
            signal.alarm(0)
        _wishes.clear()


def ask_children_to_end() -> None:
    """Send SIGTERM to all child processes."""
    for child in multiprocessing.active_children():
        child.terminate()


def usual_signals() -> None:
    """Let signals end this process again, which a forked process takes as its parent did."""
    for number in SIGNALS:
        if number == signal.SIGTERM or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def end_with_parent(parent: int) -> None:
    """Have the system send SIGTERM to this process when its ``parent`` ends; only on Linux."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
    if os.getppid() != parent:  # it was gone before
        os.kill(os.getpid(), signal.SIGTERM)


def end_with(process: int) -> None:
    """Send SIGTERM to this process as soon as ``process`` (a process id) has ended.

    A killed Snakemake does not notify its jobs. The system's signal at the end of a parent is no
    substitute, because a shell may be the parent of the job.
    """

    def watch() -> None:
        _wait_for_end(process)
        _wishes.append("the end of its Snakemake")
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def _wait_for_end(process: int) -> None:
    try:
        poll = select.poll()
        poll.register(os.pidfd_open(process), select.POLLIN)
        poll.poll()
    except ProcessLookupError:
        return
    except (AttributeError, OSError):  # not on Linux, or an old one
        # PermissionError: the process id has been reused by another user's process.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            while True:
                os.kill(process, 0)
                time.sleep(_PAUSE)
