"""Places that processes share out among themselves, such as cores, each held by one at a time."""

import contextlib
import fcntl
import random
import time
from collections.abc import Iterator
from pathlib import Path

_PAUSE = 0.3  # seconds between two looks for a free place
_LOOKS = 4  # places that are looked at each time, so that hundreds can wait and cost little


@contextlib.contextmanager
def lease(folder: Path, places: int) -> Iterator[int]:
    """Hold one of ``places``, and wait until one is free.

    A place is a locked file. The system unlocks it when the process that holds it ends, however it
    ends, so that a killed process leaves nothing to clean up.

    Args:
        folder: Where the files are; who shares the folder shares the places.
        places: How many there are; all who share them give the same number.

    Yields:
        The number of the place, from 0.
    """
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        for place in random.sample(range(places), min(_LOOKS, places)):
            with (folder / str(place)).open("w") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield place
                return
        time.sleep(_PAUSE)
