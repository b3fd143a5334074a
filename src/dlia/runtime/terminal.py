"""What a job tells the user on the terminal, while all that it prints goes to its log."""

import contextlib
import os

_terminals: list[int] = []


def keep() -> None:
    """Remember where errors go now as the terminal."""
    _terminals.append(os.dup(2))


def tell(text: str) -> None:
    """Write ``text`` on the terminal, if this is a job."""
    for terminal in _terminals:
        with contextlib.suppress(OSError):  # it may have been closed
            os.write(terminal, text.encode())


def warn(message: str) -> None:
    """Tell the user something that is no error: on the terminal, and in the log."""
    print(f"dlia: {message}", flush=True)
    tell(f"dlia: {message}\n")
