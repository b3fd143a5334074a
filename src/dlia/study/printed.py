"""Values as the original reports print them."""

from dataclasses import dataclass

UNITS = {"%": 0.01, "min": 60.0, "s": 1.0, "times": 1.0}
ABOUT = "about "


@dataclass(frozen=True)
class Reported:
    """A value that a source reports: the printed text, its number, and its rounding error.

    Attributes:
        text: The text as printed.
        value: The number: percentages as fractions, times in seconds ("98.78 %" is 0.9878, "5 min"
            is 300). None if the source shows only a figure.
        half_digit: Half a unit of the last printed digit, which is the largest rounding error
            (0.00005 and 30 in these examples). Of a number that is printed with "about", the last
            digit that is not 0 counts, or a tenth of the number if that is more and it is no
            percentage: "about 200" is 200 +- 50, "about 25" is 25 +- 2.5. None if there is no
            number.
        runs: The numbers of all runs, if the source prints each of them; the value is their mean.
    """

    text: str
    value: float | None = None
    half_digit: float | None = None
    runs: tuple[float, ...] = ()

    @property
    def numbers(self) -> tuple[float, ...]:
        """All printed numbers."""
        return self.runs or (() if self.value is None else (self.value,))


def text_of_runs(printed: str | list[str]) -> str:
    """Write what a source prints as one text: "95.89 %, 95.82 %" for two runs."""
    return printed if isinstance(printed, str) else ", ".join(printed)


def parse_reported(text: str) -> Reported:
    """Parse a validated text, such as "98.78 %", "about 200", "figure only" or "0.61, 0.63"."""
    if ", " in text:
        runs = [parse_reported(each) for each in text.split(", ")]
        numbers = [run.value for run in runs if run.value is not None]
        half = max(run.half_digit or 0.0 for run in runs)
        return Reported(text, round(sum(numbers) / len(numbers), 12), half, tuple(numbers))
    text = text.strip()
    number, _, unit = text.removeprefix(ABOUT).replace(",", "").partition(" ")
    if not number[0].isdigit():
        return Reported(text)
    scale = UNITS.get(unit, 1.0)
    decimals = len(number.partition(".")[2])
    half = 0.5 * 10**-decimals
    if text.startswith(ABOUT):
        zeros = len(number) - len(number.rstrip("0")) if decimals == 0 else 0
        half = max(0.5 * 10 ** (zeros - decimals), 0.0 if unit == "%" else float(number) / 10)
    return Reported(text, round(float(number) * scale, 12), half * scale)
