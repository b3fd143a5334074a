"""Studies as large as one likes, for tests of what a plan costs."""

from typing import Any

from conftest import Checkout

PER_EXERCISE = 20


def add_variants(checkout: Checkout, count: int) -> None:
    """Add ``count`` variants to the digits, in exercises of ``PER_EXERCISE``.

    They are of the kinds that people write: built on the course's network, on the variant before
    (as long as that is in the same exercise), with another rate, width or activation.
    """
    checkout.edit_yaml("studies/mnist.yaml", lambda study: _add(study["exercises"], count))


def _add(exercises: dict[str, Any], count: int) -> None:
    for number in range(count):
        exercise, place = divmod(number, PER_EXERCISE)
        block = exercises.setdefault(
            f"many_{exercise}",
            {"title": f"Many {exercise}", "question": "What does a plan cost?", "variants": {}},
        )
        base = f"many_{exercise}/v{place - 1}" if place % 4 else "ex1_2/sgd"
        own = (
            {"optimizer": {"learning_rate": 0.1 / (number + 2)}},
            {"model": {"activation": "tanh"}},
            {"epochs": 3 + number % 5},
            {"optimizer": {"name": "adam", "learning_rate": 0.001}},
        )[place % 4]
        block["variants"][f"v{place}"] = {"base": base, "comment": f"The {number}th.", **own}
