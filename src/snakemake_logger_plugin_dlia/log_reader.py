"""The log of a running job, read as it grows."""

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from dlia.runtime.log_lines import EpochLine

_KEPT = 40  # lines, more than a message has


class LogReader:
    """Reads what a job adds to its log.

    Attributes:
        began: Whether the job has written to its log. The log of an earlier run does not count.
        heard: Time of the last new line, by ``clock``.
    """

    def __init__(self, path: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.path, self.began, self.heard = path, False, clock()
        self._clock, self._offset, self._rest = clock, 0, ""
        self._before = self._signature()
        self._latest: dict[str, str] = {}
        self._ends: deque[str] = deque(maxlen=_KEPT)

    @property
    def lines(self) -> list[str]:
        """The last progress line of each trial, and the last line of all."""
        latest = list(self._latest.values())
        return [*latest, *(line for line in self.last[-1:] if line not in latest)]

    @property
    def last(self) -> list[str]:
        """The last lines, without empty ones."""
        return list(self._ends)

    def read(self) -> None:
        """Read the new lines."""
        now = self._signature()
        if not now or not (self.began or now != self._before):
            return
        self.began = True
        if now[1] < self._offset:
            self._offset, self._rest = 0, ""
        try:
            with Path(self.path).open("rb") as file:
                file.seek(self._offset)
                added = file.read()
        except OSError:  # it is gone, or the file system does not answer: perhaps next time
            return
        self._offset += len(added)
        *lines, self._rest = (self._rest + added.decode("utf-8", "replace")).split("\n")
        for line in lines:
            self.heard = self._clock()
            if line:
                self._ends.append(line)
            if said := EpochLine.parse(line):
                # Taken out first, so that the order is that of the log.
                self._latest.pop(said.who, None)
                self._latest[said.who] = line

    def _signature(self) -> tuple[int, int] | None:
        try:
            state = Path(self.path).stat()
        except OSError:
            return None
        return state.st_mtime_ns, state.st_size
