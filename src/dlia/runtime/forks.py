"""Jobs in forks of a process that has imported what they need, instead of in new interpreters."""

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from dlia.runtime.fork_server import BEGIN, read_number
from dlia.runtime.interruption import SIGNALS

# Elsewhere than on Linux, a process cannot simply be forked once PyTorch is imported.
FORKING = sys.platform == "linux"
# Libraries read these when they are imported, which the server does for all jobs.
_LIBRARIES = ("OMP_NUM", "GOTO_NUM", "OPENBLAS_NUM", "MKL_NUM", "VECLIB_MAXIMUM", "NUMEXPR_NUM")
ONE_THREAD = {f"{library}_THREADS": "1" for library in _LIBRARIES}


class Fork:
    """A process that is ready to run a Python script.

    Attributes:
        pid: Its number.
    """

    def __init__(self, channel: socket.socket, pid: int) -> None:
        self.pid, self._channel = pid, channel

    def run(self) -> int:
        """Run the script to its end; return the exit status, or minus the number of a signal.

        It does not begin before, so that all it takes can be measured.
        """
        with self._channel:
            with contextlib.suppress(ConnectionError):  # it was killed while it waited
                self._channel.send(BEGIN)
            status = read_number(self._channel)
        # A fork is asked to end when its server ends.
        return -signal.SIGTERM if status is None else status


class Server:
    """The process that is forked, as the build sees it."""

    def __init__(self, scripts: Iterable[str], modules: Iterable[str]) -> None:
        """Start the process; the first job waits until it has imported everything.

        Args:
            scripts: The paths of the scripts that the jobs run.
            modules: The modules that these import by name.
        """
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, _later(signal.SIGINT):
            self._process = subprocess.Popen(
                # -P: a file in this folder, such as random.py, must not replace a module.
                [sys.executable, "-P", "-m", "dlia.runtime.fork_server"],
                stdin=theirs.fileno(),
                env={**os.environ, **ONE_THREAD},
            )
        self._control.send(json.dumps([sorted(set(scripts)), sorted(set(modules))]).encode())
        atexit.register(self._end)

    def fork(
        self, name: str, script: str, variables: Mapping[str, str], files: Sequence[int] = ()
    ) -> Fork | None:
        """Have a process ready for a script; any thread may ask for one.

        Args:
            name: What tools such as ``top`` are to show; they cut it off after 15 characters.
            script: The path of the script.
            variables: Environment variables beside those of the build.
            files: Its standard input, output and error; by default nothing, and those of the build.

        Returns:
            The process; None if none can be forked any more, because the server was killed.

        Raises:
            CalledProcessError: The server was asked to end, as the whole build was.
        """
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                message = json.dumps([name, script, dict(variables)]).encode()
                socket.send_fds(self._control, [message], [theirs.fileno(), *files])
            pid = read_number(ours)
        except ConnectionError:
            pid = None
        if pid is not None:
            return Fork(ours, pid)
        ours.close()
        ended = self._process.wait()
        if -ended in SIGNALS:
            raise subprocess.CalledProcessError(ended, script)
        return None

    def _end(self) -> None:
        self._control.close()
        self._process.wait()


@contextlib.contextmanager
def _later(number: signal.Signals) -> Iterator[None]:
    """Block a signal; a process that is started now hears it when it lets it in."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [number])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
