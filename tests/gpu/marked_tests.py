"""The tests that are marked ``gpu``."""

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from lines import FAILED, NEEDS_GPU, PASSED, ROOT, Line, Setup

TITLE = "tests marked gpu"
WORKERS = 8  # processes that share the GPU


def run(setup: Setup) -> Iterator[Line]:
    """Run them side by side where pytest-xdist is there, and say how many passed."""
    report = setup.folder / "junit.xml"
    files = [p for p in (ROOT / "tests").rglob("test_*.py") if "mark.gpu" in p.read_text("utf-8")]
    workers = min(WORKERS, len(os.sched_getaffinity(0)))
    side_by_side = setup.device == "cuda" and importlib.util.find_spec("xdist") and workers > 1
    command = [sys.executable, "-m", "pytest", "-m", "gpu", "--continue-on-collection-errors"]
    command += ["-p", "no:cacheprovider", f"--junitxml={report}", "--tb=short"]
    command += ["-n", str(workers)] if side_by_side else []
    ended = subprocess.run([*command, *map(str, files)], cwd=ROOT, check=False)
    # 5: no test was there to run.
    if ended.returncode not in (0, 1, 5) and not report.is_file():
        raise RuntimeError(f"pytest ended with status {ended.returncode}")
    yield line_of(report, setup.device)


def line_of(report: Path, device: str) -> Line:
    """Read what pytest wrote."""
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    # A file that cannot be imported for lack of a package is no test that failed.
    text = " ".join(e.get("message", "") + (e.text or "") for e in _all(cases, "error"))
    lacks = sorted(set(re.findall(r"No module named '(\w+)", text)))
    failed = [case.get("name", "") for case in cases if case.find("failure") is not None]
    failed += [case.get("name", "") for case in cases if case.find("error") is not None]
    skipped = len(_all(cases, "skipped"))
    passed = len(cases) - len(failed) - skipped
    if failed:
        result = f"lacks {', '.join(lacks)}" if lacks and not _all(cases, "failure") else FAILED
        return Line(TITLE, result, f"{passed} of {len(cases)}", detail="; ".join(failed[:10]))
    if device != "cuda":
        return Line(TITLE, NEEDS_GPU, f"{skipped} tests")
    detail = f"{skipped} skipped"
    return Line(TITLE, PASSED if passed else FAILED, f"{passed} of {len(cases)}", detail=detail)


def _all(cases: list[ElementTree.Element], kind: str) -> list[ElementTree.Element]:
    return [element for case in cases for element in case.iter(kind)]
