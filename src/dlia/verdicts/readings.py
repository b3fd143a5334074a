"""Verdicts by the readings of settings that a source does not report.

A reading is another value that the source may have had. Let n be the number of readings of a
variant: the one that it takes, and all others, each of which differs in one setting. The readings
are stated before they are tested, and none is chosen by its result.

    reproduced                          if the reading that is taken reproduces the claim
    compatible (k of n readings: ...)   if only k others do
    not reproduced in any of n readings if each of the n contradicts it at the level 1 - 0.05 / n,
                                        and every setting that is not reported has readings
    not reproduced in any reading       the same with n = 1: each setting has a list of readings
                                        that is empty, as no other value could matter

Everything else stays as the reading that is taken has it. A reading contradicts a claim if it would
be *not reproduced* by that reading's trials: not with a failed trial, nor with fewer than three.

If one of the n readings is what the source did, all of them contradict a true value in at most
0.05 / n of all cases. 0.05 would do for that; the rest is for what no reading has.
"""

from typing import NamedTuple

from dlia.evaluation.statistics import LEVEL
from dlia.study.tally import failures_of
from dlia.verdicts.rules import NOT_REPRODUCED, REPRODUCED

COMPATIBLE = "compatible"
# In the column `readings` of a table of verdicts, where a number says how many were judged.
NOT_TRAINED, SHORTENED, NONE = "not trained", "shortened", "none"


class Judged(NamedTuple):
    """A reading in words, and the verdict by its trials alone, without doubt about settings.

    Attributes:
        has_level: Whether that verdict rests on an interval, unlike that on a word, or on a level
            that no trial reaches.
    """

    words: str
    verdict: str
    has_level: bool = True


def level_of_each(readings: int) -> float:
    """Return the confidence level at which each of ``readings`` readings contradicts a claim."""
    return 1 - (1 - LEVEL) / readings


def combined(
    verdict: str, reason: str, taken: Judged, others: list[Judged], without: list[str]
) -> tuple[str, str]:
    """Give the verdict by all readings, and the reason for it.

    Args:
        verdict: That of the reading that is taken, with the doubts about it.
        reason: The reason for that.
        taken: The same reading at the level of each.
        others: All other readings.
        without: The settings that are not reported and have no readings.
    """
    readings = [taken, *others]
    count = len(readings)
    agree = [
        ", ".join(filter(None, (one.words, failures_of(one.verdict))))
        for one in others
        if one.verdict.startswith(REPRODUCED)
    ]
    if verdict.startswith(REPRODUCED):
        also = f"; as in {len(agree)} of {len(others)} other readings" if others else ""
        return verdict, f"{reason}{also}{_listed(agree)}"
    if agree:
        word = f"{COMPATIBLE} ({len(agree)} of {count} readings: {'; '.join(agree)})"
        return word, f"{reason}; {taken.verdict} by {taken.words}, but reproduced by others"
    open_ones = [
        f"{one.words} - {one.verdict}" for one in readings if one.verdict != NOT_REPRODUCED
    ]
    if open_ones or without:
        left = f"; {count - len(open_ones)} of {count} readings contradict it{_at_level(readings)}"
        left += f"; the others: {'; '.join(open_ones)}" if open_ones else ""
        return verdict, f"{reason}{left}{without_readings(without)}"
    tried = f"{_at_level(readings)}{_listed([one.words for one in others])}"
    if not others:
        only = f"by the study no other reading could matter, and this one contradicts it{tried}"
        return f"{NOT_REPRODUCED} in any reading", f"{reason}; {only}"
    word = f"{NOT_REPRODUCED} in any of {count} readings"
    return word, f"{reason}; each reading contradicts it{tried}"


def _at_level(readings: list[Judged]) -> str:
    """Name the level of each reading if all contradictions rest on intervals."""
    has_level = all(one.has_level for one in readings if one.verdict == NOT_REPRODUCED)
    return f" at {100 * level_of_each(len(readings)):.4g} %" if has_level else ""


def untrained(reason: str, readings: list[str], without: list[str]) -> str:
    """Give the reason for a verdict with what other readings could decide it."""
    which = "other readings could decide it; they are not trained in this build, but with "
    which += f"--config readings=true{_listed(readings)}"
    return f"{reason}; {which}{without_readings(without)}"


def without_readings(settings: list[str]) -> str:
    """Name the settings that are not reported and have no readings."""
    return f"; not covered by readings: {', '.join(settings)}" if settings else ""


def _listed(words: list[str]) -> str:
    return f" ({'; '.join(words)})" if words else ""
