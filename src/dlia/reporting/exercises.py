"""An exercise in the report: question, answer, results, figures, fit, comments, folded details."""

import math
from collections.abc import Iterable
from dataclasses import replace

from dlia.formatting import amount_text, metric_text
from dlia.reporting.answers import answer_of
from dlia.reporting.blocks import (
    AnyBlock,
    Cell,
    Figure,
    Folded,
    Panels,
    Paragraph,
    Prose,
    Row,
    Section,
    Span,
    Table,
    Value,
    Volatile,
    code,
    joined,
    paragraph,
    table,
    text,
    variant,
    words,
)
from dlia.reporting.differences import all_differences, differences_in_short
from dlia.reporting.images import permitted
from dlia.reporting.mentions import mention
from dlia.reporting.parts import caption_of_parts, flow_in_words, labels_of_test_images, parts_table
from dlia.reporting.patch_counts import patch_counts
from dlia.reporting.pictured import pictured, rule_of_trial
from dlia.reporting.records import RESULTS, read_table
from dlia.reporting.results import (
    Outcome,
    Result,
    measures,
    names_of_measures,
)
from dlia.reporting.rules import LEVEL_TEXT
from dlia.reporting.trained import searched_settings, trained_table
from dlia.study.model import Exercise, Study
from dlia.study.part_names import TEST, VALIDATION

# Comments that begin like this are still to be written by the user.
OPEN = "Your opinion"


def exercise_part(
    outcome: Outcome,
    times: list[Volatile],
    details: tuple[Folded, ...],
    best: set[str],
    changes: dict[str, list[tuple[str, str]]],
) -> Section:
    """Return the section of an exercise.

    Args:
        outcome: Its results.
        times: What claims compare the run times of its variants by.
        details: Folded parts with its settings, networks, run times and variants.
        best: The keys of the variants of the study whose predictions are shown at once.
        changes: Name and value of what each variant changes in its base, by variant.
    """
    exercise = outcome.exercise
    curves, shown, folded = _figures(outcome, best)
    answer, *asked = answer_of(outcome)
    if isinstance(answer, Paragraph):
        answer = replace(answer, text=joined([answer.text, *mention([*curves, *shown])], " "))
    return Section(
        exercise.id,
        exercise.title,
        (
            question(exercise.question),
            answer,
            *asked,
            *times,
            *left_out(exercise),
            # Before tables, which fill a page on paper whose rest is too small for the figure.
            *curves,
            _results(outcome),
            # Before what fills the page on which they do not fit any more.
            *shown,
            *differences_in_short(outcome),
            *parts_table(outcome),
            trained_table(outcome, changes),
            *_chosen(exercise),
            *_comments(outcome),
            *_folded(
                exercise.id, "comparisons", "Comparisons, paired by trial", all_differences(outcome)
            ),
            *_folded(exercise.id, "fits", "Over- and underfitting, with reasons", [_fits(outcome)]),
            *_folded(exercise.id, "measures", "Other measures", _measures(outcome)),
            *_folded(exercise.id, "figures", "More figures", folded),
            *details,
        ),
        outcome.number,
    )


def _folded(id_: str, name: str, title: str, blocks: Iterable[AnyBlock]) -> list[Folded]:
    own = tuple(blocks)
    return [Folded(f"{id_}--{name}", title, own)] if own else []


def question(words: str) -> Paragraph:
    """Return the question of an exercise."""
    return Paragraph((Span(words, "user"),), "question")


def left_out(exercise: Exercise) -> list[Paragraph]:
    """Name the variants that this build does not train."""
    return [
        paragraph("{name}: {reason}.", name=name, reason=reason)
        for name, reason in exercise.left_out.items()
    ]


def _results(outcome: Outcome) -> Table:
    study, id_ = outcome.study, outcome.exercise.id
    heads = ["Variant", "#Reported", "#Mean", "#± sd", f"#{LEVEL_TEXT} interval"]
    heads += ["#Validation"] if outcome.validation else []
    heads += ["#Lowest image"] if study.task.per_pixel else []
    caption = words(
        "{metric} on the test images.{lowest} All values: `results/{id}/{file}.csv`",
        metric=outcome.metric[:1].upper() + outcome.metric[1:],
        id=id_,
        file=study.metric,
        lowest=Span(" The lowest image is that of all trials." if study.task.per_pixel else ""),
    )
    rows = [_result(outcome, result) for result in outcome.results]
    return table(f"{id_}--results", caption, [*heads, "Fit", "Trials"], rows)


def _result(outcome: Outcome, result: Result) -> Row:
    notes = called_best(outcome.study, f"{outcome.exercise.id}/{result.name}")
    notes += [text(f"same as {result.same_as}")] if result.same_as else []
    notes += [text(f"{result.epochs} epochs")] if " of " in result.epochs else []
    own = outcome.exercise.variants.get(result.name) if result.is_variant else None
    notes += [text(own.otherwise)] if own and own.otherwise else []
    notes += [] if result.learnt else [words("[did not learn the task](term-learnt)")]
    name = variant(f"{outcome.exercise.id}/{result.name}", result.name)
    study = outcome.study
    validation = metric_text(study.family, result.validation)
    more = 4 + study.task.per_pixel + bool(outcome.validation)
    cells = [
        Cell((name if result.is_variant else code(result.name),), joined(notes)),
        Cell(text(result.reported)),
        Cell((outcome.span(result),)),
    ]
    if result.is_variant:
        cells += [
            *_spread(outcome, result),
            *([Cell(text(validation))] if outcome.validation else []),
            *([Cell(text(result.lowest_image))] if study.task.per_pixel else []),
            Cell((_fit(outcome, result.name),)),
            Cell(text(result.status)),
        ]
    else:
        cells.append(Cell(text(result.status), span=more))
    return Row(tuple(cells), "plain" if result.is_variant else "reference")


def called_best(study: Study, key: str) -> list[Prose]:
    """Name the sources that call a variant their best."""
    sources = [source for source, called in study.called_best.items() if called == key]
    return [text(f"best in {' and '.join(sources)}")] if sources else []


def _spread(outcome: Outcome, result: Result) -> list[Cell]:
    """Return the cells of standard deviation and interval, one if both have the same reason."""
    if result.of_good or result.sd == result.interval:
        return [Cell(text(result.of_good or result.sd), span=2)]
    return [Cell((outcome.span(result, quantity),)) for quantity in ("sd", "interval")]


def _fit(outcome: Outcome, name: str) -> Span:
    """Return the word for the fit of a variant, which leads to the reasons."""
    [word] = [row["word"] for row in outcome.fits if row["variant"] == name]
    return Span(word, target=f"{outcome.exercise.id}--fit")


def _fits(outcome: Outcome) -> Table:
    id_ = outcome.exercise.id
    groups: dict[tuple[str, str], list[str]] = {}
    for row in outcome.fits:
        groups.setdefault((row["word"], row["sentence"]), []).append(row["variant"])
    caption = words(
        "Over- or underfitting, by [the rules][rules]. All numbers: `results/{id}/fit.csv`", id=id_
    )
    rows = [
        (joined(variant(f"{id_}/{name}", name) for name in names), word, sentence)
        for (word, sentence), names in groups.items()
    ]
    return table(f"{id_}--fit", caption, ["Variant", "Fit", "Why"], rows, "sentences")


def _chosen(exercise: Exercise) -> list[Paragraph]:
    """Say which settings were chosen by validation images, and from how many values."""
    return [
        paragraph(
            "{name}: {settings} chosen by validation images, in other trainings than these.",
            "comment",
            name=variant(own.key, own.name),
            settings=settings,
        )
        for own in exercise.variants.values()
        if (settings := searched_settings(own))
    ]


def _comments(outcome: Outcome) -> list[Paragraph]:
    """Return every comment once, and the places where one is still to be written."""
    exercise = outcome.exercise
    groups: dict[str, list[str]] = {}
    for name, own in exercise.variants.items():
        if own.comment:
            groups.setdefault(own.comment, []).append(name)
    return [
        Paragraph(
            words(
                "{to_do}{names}: {comment}{how}",
                to_do=Span("For you to fill in. " if is_open else "", "strong"),
                names=joined(variant(f"{exercise.id}/{name}", name) for name in names),
                comment=Span(comment, "user"),
                how=words(
                    " Replace this `comment` of the variant in `{file}`; until then it is not "
                    "printed.",
                    file=f"studies/{outcome.study.name}.yaml",
                )
                if is_open
                else Span(""),
            ),
            "place" if is_open else "comment",
        )
        for comment, names in groups.items()
        for is_open in [comment.startswith(OPEN)]
    ]


def _measures(outcome: Outcome) -> list[Table]:
    rows = measures(outcome.study, outcome.exercise)
    if not rows:
        return []
    id_ = outcome.exercise.id
    caption = words(
        "Other [measures][measures] of the segmentations, means over images and all trials, also "
        "failed ones. All images: `results/{id}/dice.csv`; all trials, with intervals over images: "
        "`results/{id}/metrics.csv`",
        id=id_,
    )
    heads = ["Measure", *(f"#{row['variant']}" for row in rows)]
    named = names_of_measures(outcome.study)
    made = [(_capital(label), *(row[key] for row in rows)) for key, label in named.items()]
    return [table(f"{id_}-measures", caption, heads, made)]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _figures(
    outcome: Outcome, best: set[str]
) -> tuple[list[AnyBlock], list[AnyBlock], list[AnyBlock]]:
    """Return the curves, the figures that belong to the answer, and those for the details."""
    study, exercise = outcome.study, outcome.exercise
    validation = {row.name: row.validation for row in outcome.variants}
    chosen = pictured(study, exercise, validation)
    metric = outcome.metric
    shortened = ", ".join(
        f"{v.name} {v.text('epochs', v.settings.epochs)} epochs"
        for v in exercise.variants.values()
        if v.is_shortened
    )
    replaced = ", ".join(
        f"{v.name} has {v.otherwise}" for v in exercise.variants.values() if v.otherwise
    )
    curves = words(
        "Loss and {metric} after every epoch, of training images ({which}, in evaluation mode) and "
        "of {held_out}.{shortened}{replaced}",
        metric=metric,
        which=study.task.curves_of,
        held_out=_held_out(exercise),
        shortened=Span(f" Shortened trainings: {shortened}." if shortened else ""),
        replaced=Span(f" Stand-ins: {replaced}." if replaced else ""),
    )
    colours = (
        words(" Colours as in [the samples][{study}-samples-figure].", study=study.name)
        if study.data.channels_show
        else text("")
    )
    shown: list[Figure] = []
    if exercise.reports_parts:
        shown.append(_figure(outcome, "parts", words(caption_of_parts(exercise))))
    if study.task.losses:
        terms = " and ".join(name.replace("_", " ") for name in study.task.losses)
        caption = words("{terms}, and their sum, after every epoch.", terms=_capital(terms))
        shown.append(_figure(outcome, "losses", caption))
    if study.task.metric_of_class:
        caption = words(
            "{metric} of every class on training and on validation images, the best mean on "
            "validation first{reported}.",
            metric=_capital(metric),
            reported=Span(", beside the reported values" if exercise.reports_parts else ""),
        )
        shown.append(_figure(outcome, "classes", caption))
    if exercise.records_gradients:
        flow = flow_in_words(outcome)
        caption = words(
            "Norm of the gradient of each layer's weights, averaged over the steps of an "
            "epoch.{flow}",
            flow=Span(f" {flow}" if flow else ""),
        )
        shown.append(_figure(outcome, "gradients", caption))
    if exercise.level:
        shown.append(
            _figure(
                outcome,
                "speed",
                words(
                    "How fast the variants learn: the first epoch with a validation {metric} of "
                    "{level}, a level that the study sets, and the mean validation {metric} over "
                    "the first epochs.{bases}",
                    bases=Span(_BASES if other_bases(outcome) else ""),
                    metric=metric,
                    level=metric_text(study.family, exercise.level),
                ),
            )
        )
    if exercise.boundary:
        first, second = exercise.boundary
        caption = words(
            "Where {second} differs from {first} along the boundary of the objects, on the same "
            "test images. A mean difference below the margin of {margin} counts as none, "
            "however many images are better.{colours}",
            first=first,
            second=second,
            margin=amount_text(study.family, outcome.margin),
            colours=colours,
        )
        shown.append(_figure(outcome, "boundary", caption))
    if exercise.agreement:
        shown += [_figure(outcome, name, words(said)) for name, said in _AGREEMENT.items()]
    trials = words("{metric} of every trial on the test images.", metric=_capital(metric))
    folded: list[AnyBlock] = [_figure(outcome, "trials", trials)]
    answer: list[AnyBlock] = [*permitted(study, shown)]
    # Examples of one network are enough before the details.
    first = next((name for name in chosen if exercise.variants[name].key in best), "")
    if study.task.per_pixel and not first:
        first = _highest_reported(outcome)
        chosen |= {first: "Its reported value is the highest of the exercise."} if first else {}
    for name, reason in chosen.items():
        own = exercise.variants[name]
        if own.same_as:
            continue
        pictures = []
        for picture, said in study.task.pictures.items():
            caption = words(
                "{said} {reason}{trial}.{otherwise}{colours}",
                said=said.format(name),
                reason=Span(f"{reason} " if reason else ""),
                trial=_capital(_trial_shown(outcome, name)),
                otherwise=Span(f" {name} has {own.otherwise}." if own.otherwise else ""),
                colours=colours,
            )
            pictures.append(_figure(outcome, f"{picture}_{name}", caption))
        place = answer if name == first else folded
        place += _side_by_side(study, permitted(study, pictures))
    return [_figure(outcome, "curves", curves)], answer, folded


def _highest_reported(outcome: Outcome) -> str:
    """Return the variant whose source reports the most, or "" if none reports anything."""
    reported = {r.name: r.reported_value for r in outcome.variants if r.reported_value > -math.inf}
    return max(reported, key=lambda name: reported[name]) if reported else ""


def _side_by_side(study: Study, figures: list[Figure]) -> list[AnyBlock]:
    """Return the figures of a network's predictions, side by side if they are narrow."""
    narrow = len(study.data.classes) <= study.task.side_by_side_up_to
    return [Panels(tuple(figures))] if narrow and len(figures) > 1 else [*figures]


def _trial_shown(outcome: Outcome, name: str) -> str:
    """Say which trial of a variant is pictured, with its result and that of all trials."""
    [result] = [result for result in outcome.variants if result.name == name]
    if len(result.trials) == 1:
        return f"its only trial is shown ({result.mean})"
    rule = rule_of_trial(outcome.exercise.variants[name])
    number = outcome.shown.get(name)
    if number is None:
        return f"the trial shown is {rule}"
    numbers = sorted(outcome.table[outcome.table["variant"] == name]["trial"].unique())
    value = result.trials[numbers.index(number)]
    return (
        f"trial {number} of {name} is shown, {rule}: {outcome.metric} {value}; mean of "
        f"{len(numbers)} trials {result.mean}"
    )


def other_bases(outcome: Outcome) -> bool:
    """Tell whether the speed of a base from another exercise is shown, too."""
    raced = outcome.exercise.raced(outcome.study.variant)
    return any("/" in runner["name"] for runner in raced)


def _figure(outcome: Outcome, name: str, caption: Prose) -> Figure:
    """Return a figure with the number of its exercise."""
    id_ = outcome.exercise.id
    said = (*words("*Exercise {number}.* ", number=outcome.number), *caption)
    return Figure(f"{id_}-{name}-figure", f"{id_}/figures/{name}", said)


def _held_out(exercise: Exercise) -> str:
    """Name the held-out images of an exercise's curves."""
    monitored = {v.held_out for v in exercise.variants.values()}
    words = {
        VALIDATION: "validation images",
        TEST: "test images, where the source drew such curves",
    }
    return " or ".join(text for part, text in words.items() if part in monitored) or "no others"


_BASES = " A name with a slash is the base of a variant, from another exercise."
_AGREEMENT = {
    "masks": "The same test images with the predicted masks of all variants; the images are evenly "
    "spread over the data set, whatever the results.",
    "agreement": "Dice of the masks of two networks with each other, instead of the truth: of two "
    "trials of one variant, and of two variants.",
}
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
