"""When the two figures of a network's predictions are drawn half as wide, to stand side by side."""

from collections.abc import Sized

MOST_CLASSES = 12  # a matrix of more needs the width of a page


def are_narrow(classes: Sized) -> bool:
    """Tell whether the figures of so many classes are narrow."""
    return len(classes) <= MOST_CLASSES
