"""What tables and figures are told of a variant, as plain values that a job can be given."""

from typing import TypedDict

PrintedValue = list[str | float | None]  # as the source prints it, and as a number if it is one


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
