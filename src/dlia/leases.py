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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from dlia.interruption import Interrupted, asked_to_end
from dlia.jobs import warn

_PAUSE = 0.3  # seconds between two looks
_LOOKS = 4  # places that are looked at each time, so that hundreds can wait and cost little


@contextlib.contextmanager
def lease(folder: Path, places: int) -> Iterator[int]:
    """Hold one of ``places``, such as cores, and wait until one is free.

    Args:
        folder: Where the files are; who shares the folder shares the places.
        places: How many there are; all who share them give the same number.

    Yields:
        The number of the place, from 0.

    Raises:
        Interrupted: The process was asked to end while it waited.
    """
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        for place in random.sample(range(places), min(_LOOKS, places)):
            with (folder / str(place)).open("w") as file:
                if _lock(file):
                    yield place
                    return
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
