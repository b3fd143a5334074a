"""The progress of a training, read from its log."""

import math
import re
from dataclasses import dataclass

from dlia.runtime.log_lines import EpochLine

_ONE = re.compile(r"trial (\d+)/(\d+)")


@dataclass(frozen=True)
class Standing:
    """The progress of a training.

    Attributes:
        latest: The last progress line of each trial that has begun, by its number from 1; a single
            line under 0 if all trials are trained together.
        trials: Number of trials; 0 if all are trained together.
    """

    latest: dict[int, EpochLine]
    trials: int

    @classmethod
    def of(cls, lines: list[str]) -> "Standing":
        """Read the progress from the lines of a training's log."""
        latest: dict[int, EpochLine] = {}
        trials = 0
        for line in lines:
            if said := EpochLine.parse(line):
                one = _ONE.fullmatch(said.who)
                number, trials = (int(one[1]), int(one[2])) if one else (0, 0)
                latest[number] = said
        return cls(latest, trials)

    @property
    def under_way(self) -> dict[int, EpochLine]:
        """The last lines of the running trials: begun, not finished, not diverged."""
        return {
            number: said
            for number, said in self.latest.items()
            if said.epoch < said.epochs and all(map(math.isfinite, said.measured.values()))
        }

    @property
    def which(self) -> str:
        """The running trials, such as "2, 3 of 10"."""
        if 0 in self.latest:
            return "all"
        numbers = ", ".join(str(number) for number in sorted(self.under_way))
        return f"{numbers} of {self.trials}" if numbers else ""

    @property
    def epochs(self) -> str:
        """The epochs of the running trials, such as "12, 11 of 40", or "3 of 12 (of 40)"."""
        running = [said for _, said in sorted(self.under_way.items())]
        if not running:
            return ""
        short = f" (of {running[0].asked})" if running[0].asked else ""
        return f"{', '.join(str(said.epoch) for said in running)} of {running[0].epochs}{short}"

    @property
    def measured(self) -> dict[str, float]:
        """The last measured values of the first running trial, by part and measure."""
        running = sorted(self.under_way.items()) or sorted(self.latest.items())[-1:]
        return running[0][1].measured if running else {}

    def seconds_left(self, since: float) -> float | None:
        """Estimate the seconds until all trials are finished; None if not known yet.

        Args:
            since: Seconds since the last line was written.
        """
        running = self.under_way
        paces = [
            said.left / (said.epochs - said.epoch)
            for said in running.values()
            if said.left is not None
        ]
        if not paces:
            return None
        pace = sum(paces) / len(paces)
        epochs = next(iter(running.values())).epochs
        not_begun = max(self.trials - len(self.latest), 0) * epochs
        to_go = not_begun + sum(said.epochs - said.epoch for said in running.values())
        return max(pace * to_go / len(running) - since, 0.0)
