"""Dry runs of Snakemake in a process that is forked when everything is imported already."""

import importlib
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

# What a dry run imports, but for this package: tests edit copies of it.
PRELOADED = [
    *("snakemake.cli", "snakemake.dag", "snakemake.workflow", "snakemake.profiles"),
    *("snakemake.report.html_reporter", "snakemake.storage", "snakemake.benchmark"),
    *(
        "smart_open",
        "yte",
        "pydantic",
        "pydantic.deprecated.decorator",
        "yaml",
        "packaging.markers",
    ),
    *("PIL.Image", "difflib", "graphlib", "runpy", "idna", "platformdirs.unix"),
]
STREAMS = ("stdout", "stderr")


def snakemake(
    folder: Path, words: Sequence[str], environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run Snakemake in ``folder``, as a process of its own would."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    with tempfile.TemporaryDirectory() as told:
        arguments = (folder, list(words), environment, Path(told))
        process = context.Process(target=_run, args=arguments)
        process.start()
        process.join()
        texts = [(Path(told) / name).read_text(encoding="utf-8") for name in STREAMS]
    return subprocess.CompletedProcess(words, process.exitcode or 0, *texts)


def _run(folder: Path, words: list[str], environment: dict[str, str], told: Path) -> None:
    for number, name in enumerate(STREAMS, start=1):
        with (told / name).open("wb") as file:
            os.dup2(file.fileno(), number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    # Later dry runs in this folder, and in copies of it, need not compile its modules again.
    sys.dont_write_bytecode = False
    # Where an interpreter that starts here would look first.
    sys.path[:0] = environment["PYTHONPATH"].split(os.pathsep)
    importlib.invalidate_caches()
    sys.argv = ["snakemake", *words]
    from snakemake.cli import main

    main(words)
