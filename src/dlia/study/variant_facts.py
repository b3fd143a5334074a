"""What tables and figures are told of variants, as plain values that a job can be given."""

from typing import TypedDict

PrintedValue = tuple[str, float | None]  # as the source prints it, and as a number if it is one


class VariantFacts(TypedDict):
    """The facts about a variant, or about a reading, that its tables and figures need.

    ``epochs`` is "12 of 100" if the training is shortened, and ``otherwise`` says what else of it
    is another than the study asks for. What its source prints is given by metric, for test images
    (``reported``) and for other parts of the data (``reported_on``).
    """

    name: str
    same_as: str
    weights_of: str
    epochs: str
    otherwise: str
    gradient_norms: bool
    reported: dict[str, PrintedValue]
    reported_on: dict[str, dict[str, PrintedValue]]


class Swept(TypedDict, total=False):
    """The setting over which a figure shows results, and what tells its lines apart, in words.

    ``places`` has the setting's value and the line of each variant, "" for all lines. Nothing of it
    is there if there is no such figure.
    """

    over: str
    by: str
    places: dict[str, tuple[float, str]]
