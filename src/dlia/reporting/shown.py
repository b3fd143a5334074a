"""An exercise that shows something of the data or of a network without a training."""

from dataclasses import replace

from dlia.reporting.blocks import (
    AnyBlock,
    Figure,
    Folded,
    Paragraph,
    Section,
    Span,
    Value,
    code,
    paragraph,
    table,
    variant,
    words,
)
from dlia.reporting.data_sets import samples_figure
from dlia.reporting.exercises import left_out, question
from dlia.reporting.images import permitted
from dlia.reporting.mentions import mention
from dlia.reporting.parts import labels_of_test_images
from dlia.reporting.patch_counts import patch_counts
from dlia.reporting.records import RESULTS, read_table
from dlia.study.model import Exercise, Study

_SHOWN = {
    "random_samples": "Training images, drawn at random from each class.",
    "balance": "Share of each class in each part.",
    "patches": "Training patches, evenly spread over those of each volume: the image, and its true "
    "classes.",
    "tsne": "t-SNE map of the pixels of training images: similar images lie close together.",
}
_OF_FEATURES = (
    "t-SNE map of what is in the boxes of training images: what is similar lies close together. A "
    "map cannot show whether classes can be separated linearly; the accuracy of a linear "
    "classifier in five-fold cross-validation does; photographs of one group are in one fold."
)


def shown_part(study: Study, exercise: Exercise) -> Section:
    """Return the section of an exercise that only shows something, without a training."""
    blocks = _blocks(study, exercise)
    number = exercise.id.removeprefix("ex").replace("_", ".")
    return Section(
        f"{exercise.id}-shown",
        exercise.title,
        (question(exercise.question), *blocks, *left_out(exercise)),
        number,
    )


def with_shown(told: Section, study: Study, exercise: Exercise) -> Section:
    """Return the section of an exercise with what it shows beside its variants, before details.

    The details have the layers of its own networks.
    """
    has_layers = exercise.network in {own.key for own in exercise.variants.values()}
    kinds = tuple(kind for kind in exercise.shows if not (has_layers and kind == "layers"))
    shown = _blocks(study, replace(exercise, shows=kinds))
    folded = [isinstance(block, Folded) for block in told.blocks]
    place = folded.index(True) if True in folded else len(folded)
    return replace(told, blocks=(*told.blocks[:place], *shown, *told.blocks[place:]))


def _blocks(study: Study, exercise: Exercise) -> list[AnyBlock]:
    blocks: list[AnyBlock] = []
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
    if "command" in exercise.shows:
        blocks += _command(study, exercise)
    # The chapter begins with the same training images.
    seen = samples_figure(study) if "samples" in exercise.shows else []
    return [*(Paragraph(told) for told in mention([*seen, *blocks])), *blocks]


def _command(study: Study, exercise: Exercise) -> list[AnyBlock]:
    """Say how the network of an exercise is applied to new photographs."""
    typed = f"dlia detect results/{exercise.network}/model.safetensors FOLDER"
    said = paragraph(
        "The detector of {network} is applied to all photographs of a folder, wherever they come "
        "from: {command} writes their boxes into `detected/boxes.csv` and a picture of each beside "
        "it. With {annotations}, true boxes in the form of COCO, it also prints the {metric} of "
        "every class, and their mean.",
        network=variant(exercise.network),
        metric=study.task.known[study.metric].words,
        command=Span(typed, "command"),
        annotations=Span("--annotations FILE.json", "command"),
    )
    return [said]
