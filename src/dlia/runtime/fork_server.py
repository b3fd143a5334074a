"""The process that jobs are forks of: it imports what they need, and starts them.

PyTorch and pandas take seconds to import, and a variant has two jobs that need them. Run as a
module, this reads what to import and then requests from its standard input, a socket. With each
request comes a socket for its job alone: it sends the number of the job's process, and in the end
the exit status. The job begins when it receives ``BEGIN``. Files that come with a request, too, are
the standard input, output and error of the job.
"""

import contextlib
import ctypes
import gc
import json
import multiprocessing
import os
import runpy
import signal
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from multiprocessing import connection
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

from dlia.runtime.code_digest import imported_by
from dlia.runtime.interruption import SIGNALS, end_with_parent

BEGIN = b"begin"
_NUMBER = struct.Struct("i")
_LONGEST = 1_000_000  # bytes of a message
_SAID = Path(".snakemake/imports.log")
_GRACE = 1.0  # seconds in which jobs may notice by themselves that their Snakemake has ended


def read_number(channel: socket.socket) -> int | None:
    """Receive a number of the server; None if it is gone."""
    try:
        message = channel.recv(_NUMBER.size)
    except ConnectionError:
        return None
    return int(_NUMBER.unpack(message)[0]) if message else None


class _Server:
    def __init__(self, control: socket.socket, handlers: Mapping[signal.Signals, Any]) -> None:
        self.control, self.handlers, self.pid = control, handlers, os.getpid()
        self.jobs: dict[ForkProcess, socket.socket] = {}
        # A job that ends wakes up this process by a byte through these.
        self.woken, self.waking = socket.socketpair()
        for end in (self.woken, self.waking):
            end.setblocking(False)

    def serve(self) -> None:
        """Start what is requested, until there is nobody left to request it."""
        # A signal to all processes of the build is for its jobs.
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.waking.fileno(), warn_on_full_buffer=False)
        while True:
            ready = connection.wait([self.control, self.woken])
            if self.woken in ready:
                self.woken.recv(_LONGEST)
                self.report()
            if self.control in ready:
                message, received, *_ = socket.recv_fds(self.control, _LONGEST, 4)
                if not message:
                    break
                channel, *files = received
                self.start(socket.socket(fileno=channel), files, *json.loads(message))
                for file in files:
                    os.close(file)
        if self.jobs:
            time.sleep(_GRACE)

    def start(self, channel: socket.socket, files: list[int], *request: Any) -> None:
        """Fork a process that is ready to run a script."""
        process = multiprocessing.get_context("fork").Process(
            target=self.run, args=(channel, files, *request)
        )
        process.start()
        assert process.pid is not None
        self.jobs[process] = channel
        _send_number(channel, process.pid)

    def report(self) -> None:
        """Send the exit statuses of the jobs that have ended."""
        for process, channel in list(self.jobs.items()):
            if process.exitcode is not None:
                _send_number(channel, process.exitcode)
                channel.close()
                del self.jobs[process]

    def run(
        self,
        channel: socket.socket,
        files: list[int],
        name: str,
        script: str,
        variables: dict[str, str],
    ) -> None:
        """Run a script in this process, a fork, as a new interpreter would."""
        signal.set_wakeup_fd(-1)
        for number, handler in self.handlers.items():
            signal.signal(number, handler)
        for inherited in (self.control, self.woken, self.waking, *self.jobs.values()):
            inherited.close()
        for standard, file in enumerate(files):
            os.dup2(file, standard)
            os.close(file)
        if files:  # multiprocessing has closed it
            sys.stdin = os.fdopen(0, closefd=False)
        end_with_parent(self.pid)
        pr_set_name = 15
        ctypes.CDLL(None).prctl(pr_set_name, name.encode())
        os.environ.update(variables)
        tempfile.tempdir = None  # a library may have asked for it already
        sys.argv = [script]
        with channel:
            begins = channel.recv(len(BEGIN))
        if not begins:  # the build is gone
            sys.exit(1)
        runpy.run_path(script, run_name="__main__")


def _send_number(channel: socket.socket, number: int) -> None:
    with contextlib.suppress(OSError):  # nobody waits for it any more
        channel.send(_NUMBER.pack(number))


def _import(scripts: list[str], modules: list[str]) -> None:
    """Import what jobs need; whatever is wrong with a module, the job that needs it will report."""
    names = ["snakemake.script", *modules]
    for script in scripts:
        with contextlib.suppress(Exception):
            names += imported_by(Path(script))
    for name in names:
        with contextlib.suppress(Exception, SystemExit):
            __import__(name)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep from the terminal what is printed, also by native libraries; put it into ``_SAID``."""
    kept = [os.dup(number) for number in (1, 2)]
    try:
        said = os.open(_SAID, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    except OSError:
        said = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(said, number)
    os.close(said)
    yield
    sys.stdout.flush()
    sys.stderr.flush()
    for number, terminal in zip((1, 2), kept, strict=True):
        os.dup2(terminal, number)
        os.close(terminal)


def import_and_serve() -> None:
    """Import what the first message names, then serve until the build is gone."""
    control = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    handlers = {number: signal.getsignal(number) for number in (*SIGNALS, signal.SIGCHLD)}
    if handlers[signal.SIGINT] != signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # ends this process without a traceback
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    with _quiet():
        _import(*json.loads(control.recv(_LONGEST)))
    gc.collect()
    gc.freeze()
    _Server(control, handlers).serve()
    # Some libraries complain if what they made is cleared up in the end.
    os._exit(0)


if __name__ == "__main__":
    import_and_serve()
