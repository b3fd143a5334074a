"""Places that processes share out among themselves, such as cores, each held by one at a time."""

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_PAUSE = 0.2  # seconds between two looks for a free place


@contextlib.contextmanager
def lease(name: str, places: int) -> Iterator[int]:
    """Hold one of the ``places`` that go under ``name``, and wait until one is free.

    A place is a locked file. The system unlocks it when the process that holds it ends, however it
    ends, so that a killed process leaves nothing to clean up.

    Args:
        name: Who shares the places: the same name, the same places, on this machine and for this
            user.
        places: How many there are; all who share them give the same number.

    Yields:
        The number of the place, from 0.
    """
    folder = Path(tempfile.gettempdir()) / f"dlia-{os.getuid()}" / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        for place in range(places):
            with (folder / str(place)).open("w") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield place
                return
        time.sleep(_PAUSE)
