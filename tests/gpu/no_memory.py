"""A training that runs out of memory: what it says."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from lines import FAILED, PASSED, Line, Setup

MIB = 64
WANTED = ("there is too little memory", "run with fewer --cores")


def run(setup: Setup) -> Iterator[Line]:
    """Give a training too little memory; it must end, and name the lack and the remedy."""
    script = Path(__file__).with_name("one_training.py")
    words = [str(setup.folder), setup.device, "auto", "1", str(MIB)]
    ended = subprocess.run(
        [sys.executable, str(script), *words], capture_output=True, text=True, check=False
    )
    log = setup.folder / "training.log"
    print(ended.stderr, log.read_text(encoding="utf-8") if log.is_file() else "", flush=True)
    said = " ".join(ended.stderr.split())
    right = ended.returncode == 1 and all(text in said for text in WANTED)
    right = right and "Traceback" not in said
    result = PASSED if right else FAILED
    yield Line("out of memory", result, f"status {ended.returncode}", "its message", detail=said)
