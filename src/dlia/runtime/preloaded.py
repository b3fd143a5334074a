"""What the jobs of a build import, imported once; Python's fork server imports this module.

PyTorch and pandas take seconds to import, and a variant has two jobs that need them.
"""

import atexit
import contextlib
import gc
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from dlia.runtime.build_record import RECORD, read_record
from dlia.runtime.code_digest import imported_by

_SAID = RECORD.with_name("imports.log")
# A signal to all processes of a build is for its jobs; the server outlives them.
HANDLERS = {each: signal.signal(each, signal.SIG_IGN) for each in (signal.SIGTERM, signal.SIGHUP)}


def _modules() -> Iterator[str]:
    """Give the modules of the jobs that the record of the build lists, each once."""
    made_of = [job["made_of"] for job in (read_record() or {"jobs": []})["jobs"]]
    yield from dict.fromkeys(module for _, *modules in made_of for module in modules)
    for script in dict.fromkeys(script for script, *_ in made_of):
        yield from imported_by(Path(script))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep from the terminal what is printed, also by native libraries; put it into ``_SAID``."""
    kept = [os.dup(number) for number in (1, 2)]
    said = os.open(_SAID, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    for number in (1, 2):
        os.dup2(said, number)
    os.close(said)
    yield
    sys.stdout.flush()
    sys.stderr.flush()
    for number, terminal in zip((1, 2), kept, strict=True):
        os.dup2(terminal, number)
        os.close(terminal)


with _quiet():
    for name in _modules():
        # Whatever is wrong with a module, the job that needs it will report.
        with contextlib.suppress(Exception):
            __import__(name)
gc.collect()
gc.freeze()


@atexit.register
def _end(server: int = os.getpid()) -> None:
    """End the server without clearing up what it imported, of which some libraries complain."""
    if os.getpid() == server:
        os._exit(0)
