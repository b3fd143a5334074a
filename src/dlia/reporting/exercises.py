"""An exercise in the report: question, answer, results, fit, comments, folded details."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from dlia.formatting import amount_text, capital, metric_text
from dlia.reporting.answers import answer_of
from dlia.reporting.blocks import (
    AnyBlock,
    Cell,
    Folded,
    Paragraph,
    Prose,
    Row,
    Section,
    Span,
    Table,
    Volatile,
    code,
    joined,
    listed,
    paragraph,
    table,
    text,
    variant,
    words,
)
from dlia.reporting.differences import all_differences, differences_in_short
from dlia.reporting.exercise_figures import figures_of
from dlia.reporting.features import chooses_patches
from dlia.reporting.measures import mean_of, measures, names_of_measures
from dlia.reporting.mentions import mention
from dlia.reporting.one_trial import is_of_one_trial, without_spreads
from dlia.reporting.parts import parts_table
from dlia.reporting.results import Outcome, Result
from dlia.reporting.rules import LEVEL_TEXT
from dlia.reporting.trained import searched_settings, trained_table
from dlia.study.model import Exercise, Study

# Comments that begin like this are still to be written by the user.
OPEN = "Your opinion"


def exercise_part(
    outcome: Outcome,
    times: list[Volatile],
    details: tuple[Folded, ...],
    best: Mapping[str, str],
    changes: dict[str, list[tuple[str, str]]],
) -> Section:
    """Return the section of an exercise.

    Args:
        outcome: Its results.
        times: What claims compare the run times of its variants by.
        details: Folded parts with its settings, networks, run times and variants.
        best: The keys of the variants of the study whose predictions are shown at once, with the
            reasons.
        changes: Name and value of what each variant changes in its base, by variant.
    """
    exercise = outcome.exercise
    curves, shown, folded = figures_of(outcome, best)
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
    unit = study.task.unit
    single = is_of_one_trial(outcome)
    mean = capital(outcome.metric) if single else "Mean"
    heads = ["Variant", "#Reported", f"#{mean}", "#± sd", f"#{LEVEL_TEXT} interval"]
    heads += ["#Validation"] if outcome.validation else []
    heads += [f"#Lowest {unit}"] if study.task.per_pixel else []
    several = study.task.per_pixel and not single
    by_class = [name for name in ("per_class", "confusion") if name in study.task.tables]
    files = [code(f"{name}.csv") for name in by_class]
    caption = words(
        "{metric} on the test {unit}s{single}.{counts}{lowest}{fit} All values: "
        "`results/{id}/{file}.csv`{recount}",
        metric=capital(outcome.metric),
        single=Span(", one trial each" if single else ""),
        id=id_,
        file=study.metric,
        unit=unit,
        counts=Span(study.task.counts),
        fit=Span(
            f" A rule chooses training patches, and validation {unit}s are whole: below a fit "
            f"stands by how much {outcome.metric} is lower on patches of these that the same rule "
            "chooses."
            if any(map(chooses_patches, outcome.exercise.variants.values()))
            else ""
        ),
        recount=words("; by class {files}", files=listed(files)) if files else Span(""),
        lowest=Span(f" The lowest {unit} is that of all trials." if several else ""),
    )
    rows = [_result(outcome, result) for result in outcome.results]
    made = table(f"{id_}--results", caption, [*heads, "Fit", "Trials"], rows)
    return without_spreads(made, ("± sd", f"{LEVEL_TEXT} interval", "Trials")) if single else made


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
            Cell((_fit(outcome, result.name),), _like_for_like(outcome, result.name)),
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


def _like_for_like(outcome: Outcome, name: str) -> Prose:
    """Say how much lower the metric is on validation patches that are chosen as those learnt from.

    Nothing where no rule chooses patches: then the fit compares like with like.
    """
    if not chooses_patches(outcome.exercise.variants[name]):
        return ()
    metric, id_ = outcome.study.metric, outcome.exercise.id
    found = [mean_of(id_, f"{kind}_{metric}", name) for kind in ("training", "balanced")]
    if missing := [value for value in found if isinstance(value, str)]:
        return text(f"like patches: {missing[0]}")
    learnt, held_out = (float(value) for value in found)
    return text(f"{amount_text(outcome.study.family, learnt - held_out)} less on like patches")


def _fits(outcome: Outcome) -> Table:
    id_ = outcome.exercise.id
    said = outcome.study.task.said
    groups: dict[tuple[str, str], list[str]] = {}
    for row in outcome.fits:
        groups.setdefault((row["word"], said(row["sentence"])), []).append(row["variant"])
    caption = words(
        "Over- or underfitting, by [the rules][rules]. All numbers: `results/{id}/fit.csv`", id=id_
    )
    rows = [
        (joined(variant(f"{id_}/{name}", name) for name in names), word, sentence)
        for (word, sentence), names in groups.items()
    ]
    return table(f"{id_}--fit", caption, ["Variant", "Fit", "Why"], rows, "sentences")


def _chosen(exercise: Exercise) -> list[Paragraph]:
    """Say which settings were chosen, from how many values and by which images."""
    return [
        paragraph(
            "{name}: {settings}, in other trainings than these.",
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
        "Other [measures][measures] of the detections, {trials}. "
        "All trials: `results/{id}/{per_trial}.csv`"
        if outcome.study.task.boxed
        else "Other [measures][measures] of the segmentations, means over {unit}s, {trials}. All "
        "{unit}s: `results/{id}/{metric}.csv`; all trials, with intervals over {unit}s: "
        "`results/{id}/{per_trial}.csv`",
        trials="one trial each"
        if is_of_one_trial(outcome)
        else "means over all trials, also failed ones",
        id=id_,
        unit=outcome.study.task.unit,
        metric=outcome.study.metric,
        per_trial=outcome.study.task.per_trial,
    )
    heads = ["Measure", *(f"#{row['variant']}" for row in rows)]
    named = names_of_measures(outcome.study)
    made = [(capital(label), *(row[key] for row in rows)) for key, label in named.items()]
    return [table(f"{id_}-measures", caption, heads, made)]
