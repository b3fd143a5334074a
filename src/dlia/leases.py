"""What processes share out among themselves, or hold alone, by locked files.

The system unlocks a file when the process that holds it ends, however it ends, so that a killed
process leaves nothing to clean up.
"""

import contextlib
import errno
import fcntl
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from dlia.interruption import Interrupted, asked_to_end
from dlia.jobs import warn

_PAUSE = 0.3  # seconds between two looks
_LOOKS = 4  # places that are looked at each time, so that hundreds can wait and cost little

_held: list[TextIO] = []


@contextlib.contextmanager
def lease(
    folder: Path, places: Sequence[str], announce: Callable[[], None] = lambda: None
) -> Iterator[str]:
    """Hold one of ``places``, such as cores, and wait until one is free.

    Args:
        folder: Where the files are; who shares the folder shares the places.
        places: Their names; who shares some of them calls these the same.
        announce: Called before a wait.

    Yields:
        The name of the place.

    Raises:
        Interrupted: The process was asked to end while it waited.
    """
    folder.mkdir(parents=True, exist_ok=True)
    announced = False
    while True:
        for place in random.sample(places, min(_LOOKS, len(places))):
            with (folder / place.replace("/", "_")).open("w") as file:
                if _lock(file):
                    yield place
                    return
        if not announced:
            announce()
            announced = True
        _pause()


@contextlib.contextmanager
def alone(path: Path, announce: Callable[[], None]) -> Iterator[None]:
    """Hold the file ``path``, and wait while another process does; its holder may delete it.

    Args:
        path: The file; it is made.
        announce: Called before a wait.

    Raises:
        Interrupted: The process was asked to end while it waited.
    """
    told = False
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            file = path.open("w")
        except FileNotFoundError:  # its holder has just deleted the folder
            continue
        with file:
            if _lock(file):
                if _is(file, path):
                    yield
                    return
                continue
        if not told:
            announce()
            told = True
        _pause()


def hold(path: Path, text: str) -> None:
    """Write ``text`` into the file ``path`` and hold it until this process ends.

    If another process holds it, nothing is done.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a", encoding="utf-8")
    if _lock(file):
        file.truncate(0)
        file.write(text)
        file.flush()
        _held.append(file)


def held(path: Path) -> bool:
    """Tell whether a process holds the file ``path``; not where the file system has no locks."""
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _lock(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK):
            raise
        warn(f"{file.name}: this file system has no locks; start no two builds in this folder")
    return True


def _is(file: TextIO, path: Path) -> bool:
    """Tell whether an open file still has its name."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _pause() -> None:
    if wish := asked_to_end():
        raise Interrupted(f"ended by {wish}, before it began")
    time.sleep(_PAUSE)
