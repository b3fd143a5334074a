"""What processes share out among themselves, or hold alone, by locked files.

The system unlocks a file when the process that holds it ends, however it ends, so that a killed
process leaves nothing to clean up. What it has forked holds the file on: the trials of a killed
training, while they put their work away. The package filelock lets go of its files in what is
forked, and cannot tell whether a file is held without holding it.
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

from dlia.runtime.interruption import Interrupted, asked_to_end
from dlia.runtime.terminal import warn

_PAUSE = 0.3  # seconds between two looks
_LOOKS = 4  # places looked at each time but the first, so that hundreds can wait and cost little

# What a file system says that has none.
_NO_LOCKS = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK)

_held: list[TextIO] = []


@contextlib.contextmanager
def lease(
    folder: Path, places: Sequence[str], announce: Callable[[], None] = lambda: None
) -> Iterator[str]:
    """Hold one of ``places``, such as cores, and wait until one is free; its holder may delete it.

    Args:
        folder: Where the files are; who shares the folder shares the places.
        places: Their names; who shares some of them calls these the same.
        announce: Called before a wait.

    Yields:
        The name of the place.

    Raises:
        Interrupted: The process was asked to end while it waited.
    """
    looks, announced = len(places), False
    while True:
        for place in random.sample(places, looks):
            if file := _locked(file_of(folder, place)):
                with file:
                    yield place
                return
        if not announced:
            announce()
            looks, announced = min(_LOOKS, looks), True
        if wish := asked_to_end():
            raise Interrupted(f"ended by {wish}, before it began")
        time.sleep(_PAUSE)


def file_of(folder: Path, place: str) -> Path:
    """Give the file of one of the places."""
    return folder / place.replace("/", "_")


@contextlib.contextmanager
def alone(path: Path, announce: Callable[[], None]) -> Iterator[None]:
    """Hold the file ``path``, and wait while another process does; its holder may delete it.

    Args:
        path: The file; it is made.
        announce: Called before a wait.

    Raises:
        Interrupted: The process was asked to end while it waited.
    """
    with lease(path.parent, [path.name], announce):
        yield


def hold(path: Path, text: str) -> None:
    """Write ``text`` into the file ``path`` and hold it until this process ends.

    The file is a new one: another process may still hold the last.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}")
    file = new.open("w", encoding="utf-8")
    _lock(file)
    file.write(text)
    file.flush()
    new.replace(path)
    _held.append(file)


def held(path: Path) -> bool | None:
    """Tell whether a process holds the file ``path``; None where the file system has no locks."""
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError as error:
        return None if error.errno in _NO_LOCKS else False
    return False


def _locked(path: Path) -> TextIO | None:
    """Make, open and lock the file ``path``; give None where another process holds it."""
    while True:
        # Its holder may have just deleted it, or the folder: then there is a new one to be made.
        with contextlib.suppress(FileNotFoundError), contextlib.ExitStack() as stack:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(path.open("a"))
            if not _lock(file):
                return None
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                stack.pop_all()
                return file


def _lock(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        warn(f"{file.name}: this file system has no locks; start no two builds in this folder")
    return True
