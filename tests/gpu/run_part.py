"""Runs one part of the check in a process of its own, and writes its lines as they come."""

import dataclasses
import importlib
import json
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from lines import FAILED, Line, Run, Setup, first_line


def lines_of(name: str, title: str, setup: Setup) -> Iterator[Line]:
    """Yield the lines of a part; what it raises becomes its last line.

    Args:
        name: The part's module.
        title: What the table calls the part where it gives no line of its own.
        setup: What it is told.
    """
    started = time.monotonic()
    try:
        run: Run = importlib.import_module(name).run
        for line in run(setup):
            now = time.monotonic()
            yield dataclasses.replace(line, seconds=round(now - started, 1))
            started = now
    except Exception as error:
        traceback.print_exc()
        # importlib.metadata's PackageNotFoundError is of this kind too.
        package = error.name if isinstance(error, ModuleNotFoundError) else None
        result = f"lacks {package.partition('.')[0]}" if package else FAILED
        seconds = round(time.monotonic() - started, 1)
        yield Line(title, result, seconds=seconds, detail=first_line(error))


def main(words: list[str]) -> int:
    """Run the part that a JSON file describes; give 1 if a line says that it failed."""
    told = json.loads(Path(words[0]).read_text(encoding="utf-8"))
    paths = {name: Path(told["setup"][name]) for name in ("shared", "folder", "out")}
    setup = Setup(**{**told["setup"], **paths})
    failed = False
    with Path(told["lines"]).open("a", encoding="utf-8") as file:
        for line in lines_of(told["part"], told["title"], setup):
            failed = failed or line.result == FAILED
            print(json.dumps(dataclasses.asdict(line)), file=file, flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
