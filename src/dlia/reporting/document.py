"""The whole report as blocks, gathered once for all formats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from dlia.formatting import amount_text, metric_text
from dlia.reporting.abstract import open_settings
from dlia.reporting.again import again_part, overrides
from dlia.reporting.blocks import (
    AnyBlock,
    Cell,
    Fact,
    Folded,
    Paragraph,
    Prose,
    Row,
    Section,
    Span,
    Table,
    anchor,
    joined,
    listed,
    paragraph,
    table,
    text,
    variant,
    words,
)
from dlia.reporting.chapters import Chapter
from dlia.reporting.checklist import checklist_part
from dlia.reporting.claims import claims_part
from dlia.reporting.conclusions import conclusions_part
from dlia.reporting.data_sets import data_part, read_data
from dlia.reporting.environment import environment_part
from dlia.reporting.exercises import called_best, exercise_part
from dlia.reporting.features import present_features
from dlia.reporting.first_page import banner, first_page
from dlia.reporting.hyperparameters import ASSUMED, SETTING
from dlia.reporting.judged_claims import CLAIMS, CLAIMS_ABOUT_TIME, JudgedClaim, claims
from dlia.reporting.methods import methods_part
from dlia.reporting.networks import Numbers, layers_part, weight_rows, weights_part
from dlia.reporting.pictured import BEST_OF_ALL, best_variant, called_best_reasons
from dlia.reporting.prose import sections
from dlia.reporting.reading import reading_part, units_of
from dlia.reporting.readings import readings_part
from dlia.reporting.records import RESULTS, read_table
from dlia.reporting.references import Reference, cited_in, once, references
from dlia.reporting.results import Outcome, Result, outcome_of
from dlia.reporting.rules import rules_part
from dlia.reporting.settings import (
    Lines,
    common_part,
    compared,
    differences_from_base,
    meanings,
    stated_differences,
    tables_of_exercise,
)
from dlia.reporting.shown import shown_part, with_shown
from dlia.reporting.times import times_compared, times_part, uneven_times
from dlia.reporting.undecided import undecided_text
from dlia.reporting.variants import variants_part
from dlia.study.model import Study
from dlia.study.part_names import TEST


@dataclass(frozen=True)
class ReportContent:
    """A report.

    Attributes:
        banner: What stands above every page, or nothing.
        first: The first page, below the title.
        body: The chapters.
        appendix: All that follows the references.
        cited: Every reference once.
    """

    title: str
    course: str
    author: str
    banner: Prose
    first: tuple[AnyBlock, ...]
    body: tuple[Section, ...]
    appendix: tuple[Section, ...]
    cited: tuple[Reference, ...]


def gather(studies: dict[str, Study], asked: dict[str, Any]) -> ReportContent:
    """Gather everything that the report shows.

    Args:
        studies: What the report is about.
        asked: The entries report (title, course, author), seed, trials, margins and readings of
            config.yaml, and overrides, the values that replaced its entries in this build.
    """
    chapters = [_chapter(study, asked["margins"]) for study in studies.values()]
    trained = {
        outcome.exercise.variants[name].trained_as: record
        for chapter in chapters
        for outcome in chapter.outcomes
        for name, record in outcome.records.items()
    }
    trained = {key: trained[key] for key in sorted(trained)}
    records = [*trained.values()]
    lines = [
        line for name in studies for line in read_table(RESULTS / name / "hyperparameters.csv")
    ]
    assumed = [line for line in lines if (line["kind"], line["origin"]) == (SETTING, ASSUMED)]
    cited = references(list(studies.values()))
    features = present_features(chapters, asked["readings"])
    networks, weights = Numbers(), Numbers()
    body = [_study_part(chapter, lines, cited, (networks, weights), asked) for chapter in chapters]
    content = ReportContent(
        **{key: asked["report"][key] for key in ("title", "course", "author")},
        banner=banner(chapters),
        first=tuple(first_page(chapters, records, asked, open_settings(chapters, assumed))),
        body=(
            _results_part(chapters, reading_part(chapters, asked["margins"], features)),
            *body,
            *conclusions_part(chapters, asked),
        ),
        appendix=(
            claims_part(
                [(chapter.study, chapter.claims) for chapter in chapters],
                [(chapter.study, chapter.claims_about_time) for chapter in chapters],
                (str(RESULTS / CLAIMS), str(RESULTS / CLAIMS_ABOUT_TIME)),
                [told for chapter in chapters for told in _uneven(chapter)],
            ),
            again_part([v for c in chapters for v in c.variants if v.trains], records, asked),
            methods_part(
                asked["seed"],
                records,
                rules_part(asked["margins"], [*studies.values()], features),
                features,
                units_of(chapters),
            ),
            *sections("glossary.md", features),
            environment_part(
                [chapter.data for chapter in chapters],
                trained,
                asked,
                _trials(chapters, asked["trials"]),
            ),
            checklist_part(chapters, records, len(lines), len(assumed)),
            _hyperparameters_part(meanings(lines)),
            weights_part(weights),
        ),
        cited=(),
    )
    return replace(content, cited=tuple(once(cited, cited_in(content))))


def _trials(chapters: Sequence[Chapter], asked: int | None) -> str:
    """Say how the number of trials is chosen."""
    if asked:
        return str(asked)
    own = [v for chapter in chapters for v in chapter.variants if v.trains]
    cut = {v.settings.trials for v in own if "trials" in v.asked}
    few = f", but at most {max(cut)} on stand-ins" if cut else ""
    return f"as each variant states{few}"


def _chapter(study: Study, margins: dict[str, float]) -> Chapter:
    judged = claims(study, CLAIMS)
    outcomes = (
        outcome_of(study, e, judged, margins) for e in study.exercises.values() if e.variants
    )
    return Chapter(
        study,
        read_data(study),
        tuple(outcomes),
        tuple(judged),
        tuple(claims(study, CLAIMS_ABOUT_TIME)),
    )


def _uneven(chapter: Chapter) -> list[Paragraph]:
    compared = {key for claim in chapter.claims_about_time for key in claim.of + claim.against}
    built = {v.key: v for e in chapter.study.exercises.values() for v in e.variants.values()}
    keys = {built[key].trained_as for key in compared if key in built}
    return uneven_times(RESULTS / chapter.study.name / "timing.csv", keys)


def _results_part(chapters: Sequence[Chapter], reading: Section) -> Section:
    intro = paragraph(
        "The first page shows all results as figures{figures}; here they stand as numbers. Where a "
        "source reports a number, there is a verdict. Each name leads to its variant: trials, "
        "settings, training history and the command that rebuilds it.{undecided} The "
        "[glossary][glossary] explains the terms.",
        figures=_headlines(chapters),
        undecided=undecided_text(chapters) or Span(""),
    )
    return Section("results", "All results", (intro, reading, *map(_headline, chapters)))


def _headlines(chapters: Sequence[Chapter]) -> Prose:
    found = [
        Span(f" of {c.study.title}", target=f"{c.study.name}-headline-figure", numbered=True)
        for c in chapters
        if c.outcomes
    ]
    return listed(found) if found else (Span(""),)


def _headline(chapter: Chapter) -> Table:
    study, tested = chapter.study, chapter.study.reported_part == TEST
    rows: list[Row] = []
    for outcome in chapter.outcomes:
        on_test = {result.name: result for result in outcome.variants}
        for result in outcome.compared:
            key = f"{outcome.exercise.id}/{result.name}"
            cells = (
                Cell((Span(outcome.number, target=outcome.exercise.id),)),
                Cell((variant(key, result.name),), joined(called_best(study, key))),
                Cell(text(result.reported)),
                Cell((replace(outcome.span(result), target=anchor(key)),)),
                *_judged(study.family, result),
                *([] if tested else [Cell((outcome.span(on_test[result.name]),))]),
            )
            rows.append(Row(cells))
    caption = words(
        "*{title}*: {metric}{on}, {kind} data. The difference is the rebuilt value minus the "
        "reported one.{notes}",
        title=study.title,
        metric=study.task.known[study.metric].words,
        on=Span("" if tested else f" on {study.task.of_part(study.reported_part)}"),
        kind=chapter.data.kind,
        notes=Span(
            " Below a verdict stands whether the reported value is within the margin, or else the "
            "range where another trial would be expected"
            if any(r.claim and len(r.trials) > 1 for o in chapter.outcomes for r in o.compared)
            else ""
        ),
    )
    heads = ["Exercise", "Variant", "#Reported", "#Rebuilt", "#Difference", "Verdict"]
    heads += [] if tested else ["#Test"]
    return table(f"{study.name}-results", caption, heads, rows, "headline")


def _judged(family: str, result: Result) -> list[Cell]:
    """Return the difference from the reported value, and the verdict with its reason."""
    claim, gap = result.claim, result.value - result.reported_value
    without_failed = text(result.of_good) if result.of_good else ()
    if not claim:
        said = (Span(f"no reported {'test ' * (result.part == TEST)}result", "soft"),)
        return [Cell((Span("\N{EN DASH}", "soft"),)), Cell(said, without_failed)]
    if result.same_as:
        verdict = Cell(words("as {key}", key=variant(result.same_as)))
        return [Cell(text(amount_text(family, gap))), verdict]
    # Of a single trial, the difference says it.
    why = claim.why.partition(", where")[0] if len(result.trials) > 1 else result.of_last
    notes = joined([text(why)] * bool(why) + [without_failed] * bool(without_failed), "; ")
    verdict = Cell((Span(claim.shown, "verdict", claim.anchor),), notes)
    return [Cell(text(amount_text(family, gap))), verdict]


def _study_part(
    chapter: Chapter,
    lines: Lines,
    cited: Sequence[Reference],
    numbers: tuple[Numbers, Numbers],
    asked: dict[str, Any],
) -> Section:
    study = chapter.study
    *sources, data = [Span(item.label, "cite") for item in cited if item.study == study.name]
    facts = _best(chapter)
    learnt = "It is the first network of the study that learnt."
    # In this order: of an exercise, the first one is shown.
    best = {
        **called_best_reasons(study),
        **{key: BEST_OF_ALL for _, key in facts if key not in study.called_best.values()},
    }
    best |= {key: learnt for key in _first_that_learnt(chapter) if key not in best}
    common = compared(lines, [v.key for v in chapter.variants])
    shared = {s.name for s in common if len(s.values) == 1}
    told = {
        outcome.exercise.id: _exercise(
            outcome, chapter.claims_about_time, lines, shared, best, numbers, asked
        )
        for outcome in chapter.outcomes
    }
    parts = [
        with_shown(told[e.id], study, e) if e.id in told else shown_part(study, e)
        for e in study.exercises.values()
    ]
    return Section(
        f"study-{study.name}",
        study.title,
        (
            *data_part(chapter.data, joined(sources, " "), (data,), [fact for fact, _ in facts]),
            *parts,
            common_part(study.name, study.title, common),
        ),
    )


def _first_that_learnt(chapter: Chapter) -> set[str]:
    """Return the first segmenting network that learnt by its own curves: its worst cases count."""
    if not (chapter.study.task.per_pixel and chapter.outcomes):
        return set()
    own = chapter.outcomes[0]
    learnt = (fit["variant"] for fit in own.fits if fit["word"] not in ("collapsed", "diverged"))
    return {f"{own.exercise.id}/{name}" for name in islice(learnt, 1)}


def _best(chapter: Chapter) -> list[tuple[Fact, str]]:
    """Return the best variants: by validation (if any has such images), and by the sources."""
    study = chapter.study
    validation = {k: v for outcome in chapter.outcomes for k, v in outcome.validation.items()}
    some = any(v.key not in validation for v in chapter.variants if v.trains)
    found = []
    if validation:
        key = best_variant(validation)
        value = metric_text(study.family, validation[key])
        said = words(
            "{variant}, {metric} {value} on validation {unit}s{some}",
            unit=study.task.unit,
            variant=variant(key),
            metric=study.task.known[study.metric].words,
            value=value,
            some=Span(", which not all variants have" * some),
        )
        found.append((Fact("Best here", said), key))
    for source, key in study.called_best.items():
        found.append((Fact(f"Best in {source}", (variant(key),)), key))
    return found


def _exercise(
    outcome: Outcome,
    about_time: Sequence[JudgedClaim],
    lines: Lines,
    shared: set[str],
    best: Mapping[str, str],
    numbers: tuple[Numbers, Numbers],
    asked: dict[str, Any],
) -> Section:
    id_, timing = outcome.exercise.id, RESULTS / outcome.study.name / "timing.csv"
    keys = {name: own.key for name, own in outcome.exercise.variants.items()}
    settings = compared(lines, list(keys.values()))
    networks, weights = numbers
    changes = {name: differences_from_base(lines, key) for name, key in keys.items()}
    for name, record in outcome.records.items():
        weights.number(weight_rows(record), keys[name])
    reads = asked["readings"] and outcome.exercise.read
    details = (
        *([readings_part(outcome)] if reads else []),
        layers_part(id_, outcome.records, networks, outcome.inputs),
        times_part(outcome, timing),
        Folded(f"{id_}--settings", "Hyperparameters", tables_of_exercise(id_, settings, shared)),
        variants_part(outcome, changes, overrides(asked), asked["readings"]),
    )
    times = times_compared(outcome, about_time, timing)
    stated = {name: stated_differences(lines, key) for name, key in keys.items()}
    return exercise_part(outcome, times, details, best, stated)


def _hyperparameters_part(names: Table) -> Section:
    intro = paragraph(
        "Each exercise has a table of the hyperparameters that differ between its variants, and "
        "one of those that its variants have in common; what all variants of a study share stands "
        "once, in a table of the study. The file `results/hyperparameters.csv` has a row for every "
        "variant and name, with the meaning. A *setting* is a value from the study file or its "
        "defaults. An *object* is a value that was read from the loss, the optimizer, the schedule "
        "or another object during the training. The origin of a setting is *stated in* a source, "
        "*chosen here* for a variant without a source, *assumed* if the source does not report it "
        "(the details of the variant give the reason), the *reading* of another value, *study "
        "default*, *framework default*, *dlia default*, or *config.yaml*. For objects, it can also "
        "be *set* by the training code, *as found*, or *measured*."
    )
    meant = Folded("meanings-part", "Meanings of all names", (names,), on_paper=False)
    return Section("hyperparameters", "Hyperparameters: names and origins", (intro, meant))
