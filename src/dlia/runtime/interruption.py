"""The wish that a process ends: a signal, or the end of the Snakemake that it works for."""

import contextlib
import multiprocessing
import os
import select
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_PAUSE = 1.0  # seconds between two looks at a process, where the system does not tell of its end

_wishes: list[str] = []


class Interrupted(Exception):  # noqa: N818 (it is no error)
    """A process that was asked to end has put its work away."""


def asked_to_end() -> str:
    """Give what asks for the end, such as "SIGTERM", or nothing."""
    return _wishes[0] if _wishes else ""


@contextlib.contextmanager
def postponed(grace: int = 0) -> Iterator[None]:
    """Let no signal end this process until the block does: it looks at ``asked_to_end`` itself.

    What is ignored, as a hangup after ``nohup``, stays so; SIGTERM is always heard.

    Args:
        grace: After so many seconds from the first signal the process is ended all the same; 0
            for never.
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
    """Send SIGTERM to the processes that this one has started."""
    for child in multiprocessing.active_children():
        child.terminate()


def end_with(process: int) -> None:
    """Have this process asked to end when ``process`` has ended, however it did.

    Snakemake that is killed tells its jobs nothing, and a shell may stand between it and them, so
    that they cannot ask the system for a signal at the end of their parent.
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
        # Another user's process has taken the number, if this one may not be signalled.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            while True:
                os.kill(process, 0)
                time.sleep(_PAUSE)
