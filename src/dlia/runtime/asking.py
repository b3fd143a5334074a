"""Questions to a process that may import what Snakemake's must not, such as PyTorch."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile

from dlia.runtime.forks import ONE_THREAD, Server


def ask(script: Path, question: str, server: Server | None) -> subprocess.CompletedProcess[str]:
    """Run a script that reads a question and prints its answer.

    Args:
        script: The path of the script.
        question: What it reads from its standard input.
        server: What to run it in a fork of; None for an interpreter of its own.

    Returns:
        Its exit status, and what it wrote to its standard output and error.
    """
    with contextlib.ExitStack() as stack:
        files = [
            # In another locale, a complaint may name a path in another encoding.
            stack.enter_context(TemporaryFile("w+", encoding="utf-8", errors="replace"))
            for _ in range(3)
        ]
        asked, told, complained = files
        asked.write(question)
        asked.seek(0)
        try:
            numbers = [file.fileno() for file in files]
            fork = server and server.fork(script.stem, str(script), {}, numbers)
            status = fork.run() if fork else _interpreted(script, numbers)
        except subprocess.CalledProcessError as error:
            status = error.returncode
        for file in (told, complained):
            file.seek(0)
        return subprocess.CompletedProcess(str(script), status, told.read(), complained.read())


def _interpreted(script: Path, files: list[int]) -> int:
    """Run a script in a new interpreter; return its exit status."""
    asked, told, complained = files
    return subprocess.run(  # noqa: S603 (one of this project)
        [sys.executable, "-P", str(script)],
        stdin=asked,
        stdout=told,
        stderr=complained,
        env={**os.environ, **ONE_THREAD},
        check=False,
    ).returncode
