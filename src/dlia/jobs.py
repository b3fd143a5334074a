"""How a job runs: where its words go, how it fails, and on which device."""

import contextlib
import errno
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

from dlia.errors import UserError


@contextlib.contextmanager
def job(log: str) -> Iterator[None]:
    """Send all that the job prints to its log, native libraries included, and end it cleanly.

    A fault that the user can mend is shown on the terminal in its own words, without a traceback;
    any other error points to the log, which has the traceback.
    """
    terminal = os.fdopen(os.dup(2), "w", buffering=1)
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    with Path(log).open("w", buffering=1, encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        try:
            yield
        except UserError as error:
            _fail(terminal, str(error))
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            _fail(terminal, f"{where}{error.strerror or error}{_remedy(error)}")
        except Exception as error:
            traceback.print_exc()
            _fail(terminal, f"{type(error).__name__}: {error} (the traceback is in {log})")


def _fail(terminal: object, message: str) -> None:
    print(f"\ndlia: {message}\n", file=terminal, flush=True)  # type: ignore[call-overload]
    print(f"dlia: {message}", file=sys.stderr, flush=True)
    # Not SystemExit: Snakemake's wrapper of the script would print a traceback of that.
    os._exit(1)


def _remedy(error: OSError) -> str:
    return {
        errno.EFBIG: ": your limit on the size of a file (ulimit -f) is too low; raise it",
        errno.ENOSPC: ": free some space, then run the same command again",
        errno.EDQUOT: ": your quota is used up; free some space, then run the same command again",
        errno.EACCES: ": check the permissions, then run the same command again",
        errno.EROFS: ": the folder cannot be written; work in a copy that can",
    }.get(error.errno or 0, "")
