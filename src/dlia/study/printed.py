"""Values as the original reports print them."""

from dataclasses import dataclass

UNITS = {"%": 0.01, "min": 60.0, "s": 1.0}


@dataclass(frozen=True)
class Reported:
    """A value that a source reports: the printed text, its number, and its rounding error.

    Attributes:
        text: The text as printed.
        value: The number: percentages as fractions, times in seconds ("98.78 %" is 0.9878, "5 min"
            is 300). None if the source shows only a figure.
        half_digit: Half a unit of the last printed digit, which is the largest rounding error
            (0.00005 and 30 in these examples). None if there is no number.
    """

    text: str
    value: float | None = None
    half_digit: float | None = None


def parse_reported(text: str) -> Reported:
    """Parse a validated text, such as "98.78 %", "21,578" or "figure only"."""
    text = text.strip()
    number, _, unit = text.replace(",", "").partition(" ")
    if not number[0].isdigit():
        return Reported(text)
    scale = UNITS.get(unit, 1.0)
    decimals = len(number.partition(".")[2])
    return Reported(text, round(float(number) * scale, 12), 0.5 * 10**-decimals * scale)
