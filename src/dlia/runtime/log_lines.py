"""The log lines that ``status`` and the terminal of a build parse: written and read here."""

import re
from dataclasses import dataclass
from itertools import takewhile

# How the last lines of the log of a job begin that has failed, and of one that was interrupted and
# has saved its work.
FAULT, INTERRUPTION = "dlia failed: ", "dlia was interrupted: "


def last_lines(prefix: str, message: str) -> str:
    """Return the last lines of a log; all but the first are indented."""
    return prefix + "\n  ".join(line.strip() for line in message.splitlines() if line.strip())


def end_of(lines: list[str]) -> tuple[str, str]:
    """Tell from a log whether its job failed, was interrupted or is running, and why.

    Trials that are trained side by side share a log: one may write a line after the job has
    said why it ends.
    """
    for first in reversed(range(len(lines))):
        for state, prefix in (("failed", FAULT), ("interrupted", INTERRUPTION)):
            if lines[first].startswith(prefix):
                further = takewhile(lambda line: line.startswith("  "), lines[first + 1 :])
                return state, "\n".join([lines[first].removeprefix(prefix), *further])
    return "running", ""


_LINE = re.compile(
    r"(?P<who>.+) epoch (?P<epoch>\d+)/(?P<epochs>\d+)( of (?P<asked>\d+))?(?P<measured>(  [^,]+)*)"
    r"(, (?P<left>\d+) s left)?"
)


@dataclass(frozen=True)
class EpochLine:
    """The progress of a trial after an epoch.

    Attributes:
        who: The name of the trial, or of the trials that are trained together.
        epoch: Number of finished epochs; 0 before the first.
        epochs: Total number of epochs.
        measured: Values by part and measure, such as "validation loss".
        left: Estimated remaining seconds; None if not known yet.
        asked: Number of epochs that the study asks for, if the training is shortened; else 0.
    """

    who: str
    epoch: int
    epochs: int
    measured: dict[str, float]
    left: float | None
    asked: int = 0

    def __str__(self) -> str:
        shown = "".join(f"  {name} {value:.4f}" for name, value in self.measured.items())
        left = "" if self.left is None else f", {self.left:.0f} s left"
        short = f" of {self.asked}" if self.asked else ""
        return f"{self.who} epoch {self.epoch}/{self.epochs}{short}{shown}{left}"

    @classmethod
    def parse(cls, line: str) -> "EpochLine | None":
        """Parse a log line; return None if it is not a progress line."""
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
            int(found["asked"] or 0),
        )
