"""The terminal: messages from a job whose output goes to its log, and its width."""

import contextlib
import os
import shutil
import textwrap

# Set in the environment of jobs whose failures Snakemake's process shows, by reading their logs.
FAILURES_SHOWN = "DLIA_FAILURES_SHOWN"

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


def columns(otherwise: int) -> int:
    """Return the width of the terminal; ``otherwise`` where the output is a file or a pipe."""
    return shutil.get_terminal_size((otherwise, 24)).columns


def wrapped(text: str, indent: str = "  ") -> str:
    """Wrap the long lines of ``text`` to the terminal, between words; not for a file or a pipe.

    Args:
        text: One or more lines.
        indent: What the rest of a line is indented by, beyond the line's own indentation.
    """
    width = columns(otherwise=0)
    if not width:
        return text
    return "\n".join(
        _filled(line, width, indent) if len(line) > width else line for line in text.splitlines()
    )


def _filled(line: str, width: int, indent: str) -> str:
    own = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(
        line,
        width,
        subsequent_indent=own + indent,
        break_on_hyphens=False,
        break_long_words=False,
    )
