"""Checks dlia on a machine with a GPU, part by part; docs/gpu-check.md."""

import argparse
import dataclasses
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import table
from limits import run_within
from lines import CUT, FAILED, ROOT, Line
from parts import PARTS, Part

from dlia.errors import UserError

SECONDS = 520.0  # so that all is written within nine minutes
SLACK = 4.0  # times its limit that a part may take on a CPU, where nothing is lent by the minute
FACTS = 60  # seconds at most to find out what is here
LEAST = 5.0  # a part that has fewer seconds left is not begun


def parsed(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="tests/gpu/check.sh", description=__doc__)
    add = parser.add_argument
    add("--device", choices=("cuda", "cpu"), default="cuda", help="cpu: try the check itself out")
    add("--small", action="store_true", help="do as little as shows that every part works")
    add("--data-dir", default="data", help="the folder of MNIST.zip and WARWICK.zip; default: data")
    add("--out", type=Path, required=True, help="the folder for what comes of it")
    add("--parts", nargs="+", choices=[part.module for part in PARTS], help="only these parts")
    add("--seconds", type=float, default=SECONDS, help="how long all parts may take together")
    add("--began", type=float, default=time.time(), help="when that time began, in Unix seconds")
    add("--commit", default="", help="the commit of the code, where there is no git to ask")
    return parser.parse_args(words)


def main(words: list[str]) -> int:
    """Run all parts; give 0 if none failed or was cut."""
    arguments = parsed(words)
    # So that whoever ends the check ends the part that runs, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        found = facts_of(arguments)
    except UserError as error:
        print(f"tests/gpu/check.sh: {error}", file=sys.stderr)
        return 2
    arguments.out.mkdir(parents=True, exist_ok=True)
    parts = [part for part in PARTS if part.module in (arguments.parts or part.module)]
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="dlia-gpu-check-", ignore_cleanup_errors=True) as name:
        for line in checked(parts, arguments, Path(name)):
            lines.append(line)
            # After each line: what ends the check itself takes nothing from the user.
            seconds = time.time() - arguments.began
            text = table.write(
                arguments.out, found, lines, arguments.device, arguments.small, seconds
            )
    print(f"\n{text}\n{arguments.out}: results-{arguments.device}.json, table.txt, check.log")
    return int(any(line.result in (FAILED, CUT) for line in lines))


def facts_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """Find out, in another process, what there is to check on.

    Raises:
        UserError: There is no torch, or no GPU, or asking for one takes for ever.
    """
    command = [sys.executable, str(Path(__file__).with_name("facts.py")), arguments.commit]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=FACTS, check=False)
    except subprocess.TimeoutExpired:
        raise UserError(f"torch has not found a GPU in {FACTS} s; look at nvidia-smi") from None
    if told.returncode:
        last = (told.stderr.strip().splitlines() or ["python: no word"])[-1]
        raise UserError(f"{sys.executable}: {last}; name one that has torch: PYTHON=...")
    found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    if arguments.device == "cuda" and not found["gpu"]:
        raise UserError("torch finds no GPU here; to try the check out: --device cpu --small")
    return found


def checked(parts: list[Part], arguments: argparse.Namespace, scratch: Path) -> Iterator[Line]:
    """Run parts one after another, each within its limit, and yield their lines."""
    (scratch / "shared").mkdir()
    with (arguments.out / "check.log").open("a", encoding="utf-8") as log:
        for part in parts:
            slack = SLACK if arguments.device == "cpu" else 1.0
            seconds = min(slack * part.seconds, arguments.began + arguments.seconds - time.time())
            print(f"{part.title} ({max(seconds, 0):.0f} s at most)", flush=True)
            if seconds < LEAST:
                yield Line(part.title, CUT, detail="no time was left")
                continue
            print(f"\n== {part.title}", file=log, flush=True)
            for line in lines_of(part, seconds, arguments, scratch, log):
                print("  " + "  ".join(filter(None, dataclasses.astuple(line)[:4])), flush=True)
                yield line


def lines_of(
    part: Part, seconds: float, arguments: argparse.Namespace, scratch: Path, log: TextIO
) -> list[Line]:
    """Run a part, and give its lines, and one more if it ended without saying why."""
    folder = scratch / part.module
    folder.mkdir()
    out = arguments.out.resolve()
    setup = {
        "device": arguments.device,
        "small": arguments.small,
        "data_dir": str((ROOT / arguments.data_dir).resolve()),
        "shared": str(scratch / "shared"),
        "folder": str(folder),
        "out": str(out),
    }
    told: dict[str, Any] = {"part": part.module, "title": part.title, "setup": setup}
    written = folder / "lines.jsonl"
    written.touch()
    task = folder / "task.json"
    task.write_text(json.dumps({**told, "lines": str(written)}), encoding="utf-8")
    started = time.monotonic()
    script = Path(__file__).with_name("run_part.py")
    status = run_within([sys.executable, str(script), str(task)], seconds, log, ROOT)
    took = round(time.monotonic() - started, 1)
    lines = [Line(**json.loads(text)) for text in written.read_text("utf-8").splitlines()]
    if status is None:
        lines.append(Line(part.title, CUT, seconds=took, detail=f"after {seconds:.0f} s"))
    elif status and not any(line.result == FAILED for line in lines):
        detail = f"it ended with status {status}; check.log has its last lines"
        lines.append(Line(part.title, FAILED, seconds=took, detail=detail))
    elif not lines:
        lines.append(Line(part.title, FAILED, seconds=took, detail="it reported nothing"))
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
