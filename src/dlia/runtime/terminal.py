"""Messages to the terminal from a job whose output goes to its log."""

import contextlib
import os

_terminals: list[int] = []


def keep() -> None:
    """Save the current standard error as the terminal."""
    _terminals.append(os.dup(2))


def tell(text: str) -> None:
    """Write ``text`` to the terminal; outside a job, do nothing."""
    for terminal in _terminals:
        with contextlib.suppress(OSError):  # it may have been closed
            os.write(terminal, text.encode())


def warn(message: str) -> None:
    """Show a warning on the terminal and in the log."""
    print(f"dlia: {message}", flush=True)
    tell(f"dlia: {message}\n")
