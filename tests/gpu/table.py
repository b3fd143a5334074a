"""The results of the check as a table and as a JSON file."""

import dataclasses
import json
from pathlib import Path
from typing import Any

from lines import Line

HEADS = ("part", "result", "number", "goal", "s")


def heading(facts: dict[str, Any], device: str, small: bool) -> str:
    """Say on what the numbers were measured, and whether that is a GPU."""
    on = facts["gpu"] if device == "cuda" else "the CPU"
    where = f"dlia on {on}: torch {facts['torch']}, Python {facts['python']}, {facts['date']}"
    notes = [f"{where}, commit {facts['commit'][:10]}"]
    if device != "cuda":
        notes.append("Not measured on a GPU.")
    if small:
        notes.append("Done in small: the numbers say nothing about speed.")
    if facts["missing"]:
        notes.append(f"Packages that are missing here: {', '.join(facts['missing'])}.")
    return "\n".join(notes)


def table(lines: list[Line]) -> str:
    """Give the lines as plain text, one a line, in columns."""
    rows = [HEADS, *((n.part, n.result, n.number, n.goal, f"{n.seconds:.0f}") for n in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    ruled = [rows[0], tuple("-" * width for width in widths), *rows[1:]]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in ruled
    )


def write(
    out: Path, facts: dict[str, Any], lines: list[Line], device: str, small: bool, seconds: float
) -> str:
    """Write results-<device>.json and table.txt into ``out``; give what the second says."""
    text = f"{heading(facts, device, small)}\n\n{table(lines)}\n"
    content = {
        "device": device,
        "small": small,
        "seconds": round(seconds, 1),
        "facts": facts,
        "lines": [dataclasses.asdict(line) for line in lines],
        "table": text.splitlines(),
    }
    path = out / f"results-{device}.json"
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    (out / "table.txt").write_text(text, encoding="utf-8")
    return text
