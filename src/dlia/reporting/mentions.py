"""A sentence that leads to the figures of an exercise."""

from collections.abc import Iterable

from dlia.reporting.blocks import AnyBlock, Figure, Panels, Prose, Span, listed, words

# What a figure shows, by the first word of its file.
SHOWN_BY = {
    "curves": "the course of the training",
    "parts": "results by part",
    "losses": "the terms of the loss",
    "classes": "results by class",
    "gradients": "the norms of the gradients",
    "speed": "the speed of learning",
    "boundary": "errors along the boundary",
    "masks": "predicted masks",
    "agreement": "the agreement of networks",
    "misclassified": "misclassified images",
    "confusion": "the confusion matrix",
    "segmentations": "segmentations",
    "slices": "segmented slices",
    "detections": "detections",
    "precision": "precision and recall",
    "samples": "some of the training data",
    "random_samples": "training images drawn at random",
    "balance": "the class balance",
    "patches": "patches",
    "tsne": "a map of the images",
}


def figures_in(blocks: Iterable[AnyBlock]) -> list[Figure]:
    """Return the figures among blocks, also those that stand side by side."""
    found: list[Figure] = []
    for block in blocks:
        if isinstance(block, Figure):
            found.append(block)
        elif isinstance(block, Panels):
            found += block.figures
    return found


def mention(blocks: Iterable[AnyBlock]) -> list[Prose]:
    """Say which figures there are and what each shows."""
    found = [Span(_shows(figure), "plain", figure.anchor, True) for figure in figures_in(blocks)]
    return [words("Figures show {shown}.", shown=listed(found))] if found else []


def _shows(figure: Figure) -> str:
    name = figure.file.rpartition("/")[2]
    key = max((key for key in SHOWN_BY if name.startswith(key)), key=len, default="")
    return SHOWN_BY[key] if key else name.replace("_", " ")
