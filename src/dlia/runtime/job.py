"""The frame of every job: its log, and how it reports errors."""

import contextlib
import errno
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from dlia.errors import UserError
from dlia.runtime import terminal
from dlia.runtime.garbage import little_collection
from dlia.runtime.interruption import Interrupted
from dlia.runtime.log_lines import FAULT, INTERRUPTION, last_lines
from dlia.runtime.planned_code import check_code


@contextlib.contextmanager
def job(log: str) -> Iterator[None]:
    """Redirect all output of the job to its log, and report errors on the terminal.

    The output of native libraries is redirected, too. For an error that the user can fix, the
    terminal shows the message without a traceback. For any other error, it shows the message and
    the path of the log, which contains the traceback.

    Args:
        log: The path of the log.
    """
    terminal.keep()
    try:
        _open_log(log)
        check_code(log)
        with little_collection():
            yield
    except UserError as error:
        _fail(str(error))
    except Interrupted as interrupted:
        _fail(str(interrupted), INTERRUPTION)
    except KeyboardInterrupt:
        _fail("ended by SIGINT", INTERRUPTION)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _fail(f"{where}{error.strerror or error}{_remedy(error)}")
    except Exception as error:
        if _is_lack_of_memory(error):
            _fail(f"there is too little memory ({log} has the details): {_ROOM}")
        with contextlib.suppress(OSError):
            traceback.print_exc()
        _fail(f"{type(error).__name__}: {error} (the traceback is in {log})")


def _open_log(log: str) -> None:
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o666)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
    for stream in (sys.stdout, sys.stderr):
        # Lines are written as a whole, even with PYTHONUNBUFFERED, because trials share the log.
        stream.reconfigure(  # type: ignore[union-attr]
            line_buffering=True, write_through=False, encoding="utf-8"
        )


def _fail(message: str, how: str = FAULT) -> None:
    shown = terminal.FAILURES_SHOWN in os.environ
    try:
        print(last_lines(how, message), file=sys.stderr, flush=True)
    except OSError:  # the disk of the log may be full
        shown = False
    if not shown:
        terminal.tell(f"\ndlia: {message}\n\n")
    # Not SystemExit: for that, Snakemake's wrapper of the script would print a traceback.
    os._exit(1)


_ROOM = "close other programs, or run with fewer --cores; then run the same command again"


def _is_lack_of_memory(error: Exception) -> bool:
    """Return whether an error of NumPy or PyTorch (CPU or GPU) means that memory ran out."""
    kinds = ("MemoryError", "_ArrayMemoryError", "OutOfMemoryError")
    return type(error).__name__ in kinds or "can't allocate memory" in str(error)


def _remedy(error: OSError) -> str:
    return {
        errno.EFBIG: ": your limit on the size of a file (ulimit -f) is too low; raise it",
        errno.ENOSPC: ": free some space, then run the same command again",
        errno.EDQUOT: ": your quota is used up; free some space, then run the same command again",
        errno.EACCES: ": check the permissions, then run the same command again",
        errno.EROFS: ": the folder is read-only; run the build in a writable copy of the project",
        errno.ENOMEM: f": {_ROOM}",
    }.get(error.errno or 0, "")
