"""How a job runs: where its words go, how it fails, and on which device."""

import contextlib
import errno
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from dlia.errors import UserError
from dlia.runtime import terminal
from dlia.runtime.interruption import Interrupted
from dlia.runtime.log_lines import FAULT, INTERRUPTION
from dlia.runtime.planned_code import check_code


@contextlib.contextmanager
def job(log: str) -> Iterator[None]:
    """Send all that the job prints to its log, native libraries included, and end it cleanly.

    A fault that the user can mend is shown on the terminal in its own words, without a traceback;
    any other error points to the log, which has the traceback.
    """
    terminal.keep()
    try:
        _open_log(log)
        check_code(log)
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
            _fail(f"there is too little memory ({log} says for what): {_ROOM}")
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
        # Lines are written whole, also where Python is asked not to buffer: trials share the log.
        stream.reconfigure(  # type: ignore[union-attr]
            line_buffering=True, write_through=False, encoding="utf-8"
        )


def _fail(message: str, how: str = FAULT) -> None:
    with contextlib.suppress(OSError):  # the disk may be full that the log lies on
        print(f"{how}{' '.join(message.split())}", file=sys.stderr, flush=True)
    terminal.tell(f"\ndlia: {message}\n\n")
    # Not SystemExit: Snakemake's wrapper of the script would print a traceback of that.
    os._exit(1)


_ROOM = "close other programs, or run with fewer --cores; then the same command goes on"


def _is_lack_of_memory(error: Exception) -> bool:
    """Tell a lack of memory: NumPy's, PyTorch's on a GPU, or PyTorch's on the CPU."""
    kinds = ("MemoryError", "_ArrayMemoryError", "OutOfMemoryError")
    return type(error).__name__ in kinds or "can't allocate memory" in str(error)


def _remedy(error: OSError) -> str:
    return {
        errno.EFBIG: ": your limit on the size of a file (ulimit -f) is too low; raise it",
        errno.ENOSPC: ": free some space, then run the same command again",
        errno.EDQUOT: ": your quota is used up; free some space, then run the same command again",
        errno.EACCES: ": check the permissions, then run the same command again",
        errno.EROFS: ": the folder cannot be written; work in a copy that can",
        errno.ENOMEM: f": {_ROOM}",
    }.get(error.errno or 0, "")
