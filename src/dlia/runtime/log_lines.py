"""The lines of logs that are written by jobs and read by others, both in one place."""

import re
from dataclasses import dataclass

# How the last line of a log begins whose job has failed, or has put its work away when it was asked
# to end; a warning may be the last line as well.
FAULT, INTERRUPTION = "dlia failed: ", "dlia was interrupted: "

_LINE = re.compile(
    r"(?P<who>.+) epoch (?P<epoch>\d+)/(?P<epochs>\d+)(?P<measured>(  [^,]+)*)"
    r"(, (?P<left>\d+) s left)?"
)


@dataclass(frozen=True)
class EpochLine:
    """Where a trial stands after an epoch.

    Attributes:
        who: The trial, or the trials that are trained as one.
        epoch: Epochs that are done; 0 before the first.
        epochs: How many there are.
        measured: By part and measure, such as "validation loss".
        left: Seconds that the rest takes; None if that is not known yet.
    """

    who: str
    epoch: int
    epochs: int
    measured: dict[str, float]
    left: float | None

    def __str__(self) -> str:
        shown = "".join(f"  {name} {value:.4f}" for name, value in self.measured.items())
        left = "" if self.left is None else f", {self.left:.0f} s left"
        return f"{self.who} epoch {self.epoch}/{self.epochs}{shown}{left}"

    @classmethod
    def parse(cls, line: str) -> "EpochLine | None":
        """Read a line of a log; give None for one that is about something else."""
        found = _LINE.fullmatch(line)
        if not found:
            return None
        words = (entry.rpartition(" ") for entry in found["measured"].split("  ") if entry)
        try:
            measured = {name: float(value) for name, _, value in words}
        except ValueError:
            return None
        left = found["left"]
        return cls(
            found["who"],
            int(found["epoch"]),
            int(found["epochs"]),
            measured,
            None if left is None else float(left),
        )
