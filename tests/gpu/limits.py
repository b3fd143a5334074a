"""A process that is given so many seconds, and ended with all that it started after that."""

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import TextIO

# Seconds from the interrupt, after which a benchmark or a build ends what it started, to the kill.
GRACE = 4.0


def run_within(command: list[str], seconds: float, log: TextIO, folder: Path) -> int | None:
    """Run a command, its words going to ``log``; give its exit status, or None if it was cut.

    Args:
        command: The program and its arguments.
        seconds: After these it is interrupted, and killed if that does not end it.
        log: What it prints goes here.
        folder: Where it runs.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=folder,
        start_new_session=True,
    )
    try:
        return process.wait(max(seconds, 0.1))
    except subprocess.TimeoutExpired:
        return None
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a process and its descendants, those in sessions of their own included."""
    family = descendants(process.pid)
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
    family |= descendants(process.pid)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for number, began in family.items():
        with contextlib.suppress(ProcessLookupError):
            if _parent_and_start(number)[1] == began:  # no other process has taken its number
                os.kill(number, signal.SIGKILL)
    process.wait()


def descendants(process: int) -> dict[int, int]:
    """Give the processes that ``process`` started, and that they did: numbers and start times."""
    numbers = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    known = {number: _parent_and_start(number) for number in numbers}
    family = [process]
    for number in family:
        family += [child for child, (parent, _) in known.items() if parent == number]
    return {number: known[number][1] for number in family[1:]}


def _parent_and_start(number: int) -> tuple[int, int]:
    """Give the parent of a process and when it began, in ticks; zeros if it has ended."""
    try:
        text = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0, 0
    fields = text.rpartition(")")[2].split()  # the name, in brackets, may hold anything
    return int(fields[1]), int(fields[19])
