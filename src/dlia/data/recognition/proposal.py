"""What a recogniser proposes: the layout of an archive, and what it is not sure of."""

from dataclasses import dataclass, field

RESIZE = "bilinear"  # how images of other sizes are resized; masks take the nearest pixel


class UnknownLayoutError(Exception):
    """An archive does not have the layout that a recogniser knows; the text says why."""


@dataclass(frozen=True)
class Question:
    """What only the user knows: a comment in the study, above lines to uncomment.

    Attributes:
        text: The question.
        lines: The lines of YAML, as they stand in the layout block.
    """

    text: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Proposal:
    """How an archive could be read.

    Attributes:
        task: The name of the task.
        layout: The ``layout`` block, as plain values.
        classes: The names of the classes.
        images: The paths of the images.
        seen: What was found, a sentence each.
        shape: Height and width of a slice, of volumes.
        questions: What is not sure.
    """

    task: str
    layout: dict[str, object]
    classes: list[str]
    images: list[str]
    seen: list[str]
    shape: tuple[int, int] | None = None
    questions: list[Question] = field(default_factory=list)
