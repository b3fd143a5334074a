"""An exercise that shows something of the data or of a network without a training."""

from dlia.reporting.blocks import (
    AnyBlock,
    Figure,
    Paragraph,
    Section,
    Span,
    Value,
    code,
    table,
    words,
)
from dlia.reporting.exercises import left_out, question
from dlia.reporting.images import permitted
from dlia.reporting.mentions import mention
from dlia.reporting.parts import labels_of_test_images
from dlia.reporting.patch_counts import patch_counts
from dlia.reporting.records import RESULTS, read_table
from dlia.study.model import Exercise, Study

_SHOWN = {
    "samples": "Training images.",
    "random_samples": "Training images, drawn at random from each class.",
    "balance": "Share of each class in each part.",
    "patches": "Training patches, evenly spread over those of each volume: the image, and its true "
    "classes.",
    "tsne": "t-SNE map of the pixels of training images: similar images lie close together.",
}
_OF_FEATURES = (
    "t-SNE map of what is in the boxes of training images: what is similar lies close together. A "
    "map cannot show whether classes can be separated linearly; the accuracy of a linear "
    "classifier in five-fold cross-validation does."
)


def shown_part(study: Study, exercise: Exercise) -> Section:
    """Return the section of what an exercise shows without a training."""
    blocks: list[AnyBlock] = [question(exercise.question)]
    blocks += permitted(
        study,
        (
            Figure(
                f"{exercise.id}-{kind}-figure",
                f"{exercise.id}/figures/{kind}",
                words(_OF_FEATURES if kind == "tsne" and study.task.boxed else _SHOWN[kind]),
            )
            for kind in exercise.shows
            if kind in _SHOWN
        ),
    )
    if "layers" in exercise.shows:
        named = [v for e in study.exercises.values() for v in e.variants.values()]
        otherwise = next((v.otherwise for v in named if v.key == exercise.network), "")
        caption = words(
            "Layers of the network of {network}{otherwise}, in the order in which an image passes "
            "them.",
            network=exercise.network,
            otherwise=Span(f" ({otherwise})" if otherwise else ""),
        )
        rows: list[tuple[Value, ...]] = [
            (
                code(row["name"]),
                row["layer"],
                row["output"] or "none",
                f"{int(row['parameters']):,}",
            )
            for row in read_table(RESULTS / exercise.id / "layers.csv")
        ]
        heads = ["Layer", "Kind", "Output", "#Parameters"]
        blocks.append(table(f"{exercise.id}-layers", caption, heads, rows))
    if "patches" in exercise.shows:
        path = RESULTS / exercise.id / "patches.csv"
        blocks.append(patch_counts(f"{exercise.id}-patches", path, study.data.classes))
    if "test_labels" in exercise.shows:
        blocks += labels_of_test_images(study, exercise)
    blocks[1:1] = [Paragraph(told) for told in mention(blocks)]
    number = exercise.id.removeprefix("ex").replace("_", ".")
    return Section(f"{exercise.id}-shown", exercise.title, (*blocks, *left_out(exercise)), number)
