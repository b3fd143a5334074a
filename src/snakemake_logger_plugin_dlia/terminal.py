"""A terminal on which a screen is redrawn in place, and what else would be written to it."""

import contextlib
import os
import sys
from collections.abc import Mapping
from io import BytesIO, TextIOWrapper

from rich.console import Console

_IN_ASCII = str.maketrans({"…": "~", "±": "+-", "─": "-"})
_SMALLEST = (20, 5)  # columns and rows


def is_suitable() -> bool:
    """Tell whether standard error is a terminal whose cursor can be moved, and this build's own."""
    movable = os.environ.get("TERM", "dumb") not in ("dumb", "unknown")
    return os.isatty(2) and movable and _in_front(2)


def _in_front(terminal: int) -> bool:
    """Tell whether the terminal is not a shell's, while this process runs in the background."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:  # not the terminal that controls this process
        return True


class Terminal:
    """Draws a screen in place, and collects everything else that is written meanwhile.

    Jobs, libraries and Snakemake's hooks write to a pipe while the screen is shown, so that they
    cannot tear it. The cursor is not hidden and no mode of the terminal is changed: a build that is
    killed leaves nothing to repair.
    """

    def __init__(self, colours: bool) -> None:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        self._saved = {number: os.dup(number) for number in (1, 2) if os.isatty(number)}
        self._pipe, end = os.pipe()
        os.set_blocking(self._pipe, False)
        for number in self._saved:
            os.dup2(end, number)
        os.close(end)
        self._colours, self._encoding = colours, encoding(os.environ, sys.stderr.encoding)
        self._drawn, self._size = 0, self.size
        self._rest = b""

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows; 80 and 24 if the terminal does not know."""
        try:
            columns, rows = os.get_terminal_size(self._saved[2])
        except OSError:
            columns, rows = 0, 0
        return max(columns or 80, _SMALLEST[0]), max(rows or 24, _SMALLEST[1])

    @property
    def in_front(self) -> bool:
        """Whether a screen can be drawn: not after Ctrl-Z and bg."""
        return _in_front(self._saved[2])

    def console(self) -> Console:
        """Return a console that renders for this terminal; its output goes nowhere."""
        columns, rows = self.size
        return Console(
            file=TextIOWrapper(BytesIO(), self._encoding),
            force_terminal=True,
            no_color=not self._colours or bool(os.environ.get("NO_COLOR")),
            highlight=False,
            markup=False,
            emoji=False,
            width=columns - 1,  # the last column would wrap in some terminals
            height=rows,
        )

    def heard(self) -> list[str]:
        """Return the lines that were written instead of shown, and forget them."""
        with contextlib.suppress(BlockingIOError):
            while added := os.read(self._pipe, 65536):
                self._rest += added
        *lines, self._rest = self._rest.split(b"\n")
        return [line.decode("utf-8", "replace") for line in lines]

    def draw(self, lines: list[str]) -> None:
        """Replace the screen by ``lines``."""
        start = f"\r\x1b[{self._drawn}A" if self._drawn else "\r"
        if self.size != self._size:  # the terminal has moved the lines somewhere
            start, self._size = "\x1b[H", self.size
        # Overwritten, not cleared: some terminals keep what is cleared in their history.
        self._write(start + "".join(f"{line}\x1b[K\n" for line in lines) + "\x1b[J")
        self._drawn = len(lines)

    def write(self, lines: list[str]) -> None:
        """Write lines that stay, in place of the screen."""
        if lines:
            self.draw(lines)
            self._drawn = 0

    def lost(self) -> None:
        """Draw the next screen anew, because a shell has written below this one."""
        self._drawn = 0

    def release(self) -> list[str]:
        """Stop collecting what is written; return the lines that were not heard yet."""
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        for number, terminal in self._saved.items():
            os.dup2(terminal, number)
        lines = self.heard()
        if self._rest:
            lines.append(self._rest.decode("utf-8", "replace"))
        os.close(self._pipe)
        return lines

    def _write(self, text: str) -> None:
        if self._encoding == "ascii":
            text = text.translate(_IN_ASCII)
        data = memoryview(text.encode(self._encoding, "replace"))
        with contextlib.suppress(OSError):  # the terminal is gone
            while data:
                data = data[os.write(self._saved[2], data) :]


def encoding(variables: Mapping[str, str], of_stream: str) -> str:
    """Return "utf-8", or "ascii" if the terminal may not show anything else.

    Python's own choice does not tell: it takes UTF-8 in the C locale, too, and sets LC_CTYPE.

    Args:
        variables: The environment.
        of_stream: The encoding of standard error.
    """
    names = [variables.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    if names[1] == "C.UTF-8" and not names[0]:
        names[1] = ""  # perhaps set by Python
    first = next(filter(None, names), "")
    both = [name.lower().replace("-", "") for name in (first, of_stream)]
    return "utf-8" if all("utf8" in name for name in both) else "ascii"
