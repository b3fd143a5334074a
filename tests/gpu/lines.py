"""What every part of the check is told, and the lines of the table that it gives."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

# The words of the column "result", beside "lacks <package>".
PASSED, FAILED, CUT = "passed", "failed", "cut"
NEEDS_GPU = "needs a GPU"
# A number with a goal: judged only on a GPU, on real images, and in full.
MEASURED, MET, MISSED = "measured", "goal met", "goal missed"


@dataclass(frozen=True)
class Line:
    """A line of the table.

    Attributes:
        part: What was tried.
        result: One of the words above, or "lacks <package>".
        number: What was measured or counted, with its unit.
        goal: What the number should be; "" where there is no goal.
        seconds: How long it took.
        detail: What the table has no room for: the error, the rest of the numbers.
    """

    part: str
    result: str
    number: str = ""
    goal: str = ""
    seconds: float = 0.0
    detail: str = ""


@dataclass(frozen=True)
class Setup:
    """What a part is told.

    Attributes:
        device: cpu or cuda.
        small: Whether to do as little as shows that the part works.
        data_dir: The folder of the archives.
        shared: A folder for what one part leaves to another.
        folder: A fresh folder for the part's own files.
        out: The folder of what the user gets.
    """

    device: str
    small: bool
    data_dir: str
    shared: Path
    folder: Path
    out: Path

    @cached_property
    def sources(self) -> dict[str, str]:
        """Where the images of each study come from: "real", or "stand-in"."""
        found: dict[str, str] = json.loads((self.shared / "sources.json").read_text())
        return found

    def judge(self, met: bool, study: str) -> str:
        """Give the word for a number with a goal, measured on the images of ``study``."""
        counts = self.device == "cuda" and not self.small and self.sources.get(study) == "real"
        return (MET if met else MISSED) if counts else MEASURED

    def leave(self, name: str, content: Any) -> None:
        """Leave a JSON file to the parts that come after."""
        (self.shared / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")

    def left(self, name: str) -> Any:
        """Read what an earlier part left; None if it did not come so far."""
        path = self.shared / f"{name}.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


# A part is a module of this folder with a function ``run`` of this kind.
Run = Callable[[Setup], Iterator[Line]]


def first_line(error: BaseException) -> str:
    """Give the class of an error, and what it says in its first line."""
    words = str(error).strip().splitlines()
    return f"{type(error).__name__}: {words[0]}" if words else type(error).__name__
