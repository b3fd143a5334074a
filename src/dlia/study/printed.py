"""Values as the original reports print them."""

from dataclasses import dataclass

UNITS = {"%": 0.01, "min": 60.0, "s": 1.0}


@dataclass(frozen=True)
class Reported:
    """A reported value: the text as printed, its number, and half of its last digit.

    ``value`` and ``half_digit`` are None where the source shows a figure and no number. Shares are
    fractions: "98.78 %" is 0.9878, give or take 0.00005. Times are seconds: "5 min" is 300, give or
    take 30.
    """

    text: str
    value: float | None = None
    half_digit: float | None = None


def parse_reported(text: str) -> Reported:
    """Read a text that its model has accepted, such as "98.78 %", "21,578" or "figure only"."""
    text = text.strip()
    number, _, unit = text.replace(",", "").partition(" ")
    if not number[0].isdigit():
        return Reported(text)
    scale = UNITS.get(unit, 1.0)
    decimals = len(number.partition(".")[2])
    return Reported(text, round(float(number) * scale, 12), 0.5 * 10**-decimals * scale)
