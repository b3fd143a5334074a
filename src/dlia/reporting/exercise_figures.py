"""The figures of an exercise: its curves, those of its answer, and those of the details."""

import math
from collections.abc import Iterator, Mapping

from dlia.formatting import amount_text, capital, metric_text
from dlia.reporting.blocks import AnyBlock, Figure, Panels, Prose, Span, listed_words, text, words
from dlia.reporting.images import permitted
from dlia.reporting.parts import caption_of_parts, flow_in_words
from dlia.reporting.pictured import pictured, rule_of_trial
from dlia.reporting.results import Outcome
from dlia.study.model import Exercise, Study
from dlia.study.part_names import TEST, VALIDATION

_BASES = " A name with a slash is the base of a variant, from another exercise."
_AGREEMENT = {
    "masks": "The same test images with the predicted masks of all variants; the images are evenly "
    "spread over the data set, whatever the results.",
    "agreement": "Dice of the masks of two networks with each other, instead of the truth: of two "
    "trials of one variant, and of two variants.",
}


def figures_of(
    outcome: Outcome, best: Mapping[str, str]
) -> tuple[list[AnyBlock], list[AnyBlock], list[AnyBlock]]:
    """Return the curves, the figures that belong to the answer, and those for the details.

    An exercise with one network, which another exercise trains, is there for what this predicts:
    these pictures are its answer, and the curves, which the other exercise shows, are details.

    Args:
        outcome: The results of the exercise.
        best: The keys of the variants of the study whose predictions are shown at once, each with
            the reason; of those of an exercise, the first one is.
    """
    study, exercise = outcome.study, outcome.exercise
    answer: list[AnyBlock] = [*permitted(study, _measured(outcome))]
    metric = capital(outcome.metric)
    trials = words(
        "{metric} of every trial on the test {unit}s.", metric=metric, unit=study.task.unit
    )
    folded: list[AnyBlock] = [_figure(outcome, "trials", trials)]
    chosen = pictured(study, exercise, {row.name: row.validation for row in outcome.variants})
    # Examples of one network are enough before the details.
    named = {exercise.variants[name].key: name for name in chosen}
    first = next((named[key] for key in best if key in named), "")
    if first:
        chosen |= {first: chosen[first] or best[exercise.variants[first].key]}
    if study.task.per_pixel and not first:
        first = _highest_reported(outcome)
        chosen |= {first: "Its reported value is the highest of the exercise."} if first else {}
    borrowed = len(exercise.variants) == 1 and all(v.same_as for v in exercise.variants.values())
    if borrowed:
        [first] = exercise.variants
        answer, folded = [], [_curves(outcome), *answer, *folded]
    for name, reason in chosen.items():
        if borrowed or not exercise.variants[name].same_as:
            place = answer if name == first else folded
            place += _pictures(outcome, name, reason)
    return ([] if borrowed else [_curves(outcome)]), answer, folded


def _curves(outcome: Outcome) -> Figure:
    exercise, task = outcome.exercise, outcome.study.task
    shortened = "; ".join(_shortened(exercise))
    replaced = ", ".join(
        f"{v.name} has {v.otherwise}" for v in exercise.variants.values() if v.otherwise
    )
    caption = words(
        "Loss and {metric} after every epoch, of training {learnt} ({which}, in evaluation mode) "
        "and of {held_out}.{counts}{shortened}{replaced}",
        metric=outcome.metric,
        learnt=task.learnt_from,
        which=task.curves_of,
        held_out=_held_out(exercise, task.unit),
        counts=Span(task.counts.replace(" It ", f" {capital(outcome.metric)} ")),
        shortened=Span(f" Shortened trainings: {shortened}." if shortened else ""),
        replaced=Span(f" Stand-ins: {replaced}." if replaced else ""),
    )
    return _figure(outcome, "curves", caption)


def _shortened(exercise: Exercise) -> Iterator[str]:
    """Yield the epochs of shortened trainings, and the variants that have so many."""
    short = [variant for variant in exercise.variants.values() if variant.is_shortened]
    epochs = {v.name: v.text("epochs", v.settings.epochs) for v in short}
    for said in dict.fromkeys(epochs.values()):
        names = [name for name in epochs if epochs[name] == said]
        all_ = 1 < len(names) == len(exercise.variants)
        yield f"{'all variants' if all_ else listed_words(names)} {said} epochs"


def _measured(outcome: Outcome) -> list[Figure]:
    """Return the figures of what was measured, in the order in which they are read."""
    study, exercise, metric = outcome.study, outcome.exercise, outcome.metric
    shown: list[Figure] = []
    if exercise.reports_parts:
        shown.append(_figure(outcome, "parts", words(caption_of_parts(exercise, study.task))))
    if study.task.losses:
        terms = " and ".join(name.replace("_", " ") for name in study.task.losses)
        caption = words("{terms}, and their sum, after every epoch.", terms=capital(terms))
        shown.append(_figure(outcome, "losses", caption))
    if study.task.metric_of_class:
        caption = words(
            "{metric} of every class on training {learnt} and on validation {unit}s, the best mean "
            "on validation first{reported}.{counts}",
            learnt=study.task.learnt_from,
            unit=study.task.unit,
            counts=Span(study.task.counts),
            metric=capital(metric),
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
            colours=_colours(study),
        )
        shown.append(_figure(outcome, "boundary", caption))
    if exercise.agreement:
        shown += [_figure(outcome, name, words(said)) for name, said in _AGREEMENT.items()]
    return shown


def _colours(study: Study) -> Prose:
    """Say where the colours of images that do not show colours are explained, if they are."""
    if not study.data.channels_show:
        return text("")
    return words(" Colours as in [the samples][{study}-samples-figure].", study=study.name)


def _pictures(outcome: Outcome, name: str, reason: str) -> list[AnyBlock]:
    """Return the pictures of the predictions of a variant, side by side if they are narrow."""
    study, own = outcome.study, outcome.exercise.variants[name]
    pictures = []
    for picture, said in study.task.pictures.items():
        caption = words(
            "{said} {reason}{trial}.{otherwise}{colours}",
            said=said.format(name),
            reason=Span(f"{reason} " if reason else ""),
            trial=capital(_trial_shown(outcome, name)),
            otherwise=Span(f" {name} has {own.otherwise}." if own.otherwise else ""),
            colours=_colours(study),
        )
        pictures.append(_figure(outcome, f"{picture}_{name}", caption))
    return _side_by_side(study, permitted(study, pictures))


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
    of_test = f"{outcome.metric} on the {outcome.study.task.of_part(TEST)}"
    if outcome.study.task.per_pixel:
        of_test = f"mean {outcome.metric} over the {outcome.study.task.of_part(TEST)}"
    if len(result.trials) == 1:
        return f"its only trial is shown ({of_test}: {result.mean})"
    rule = rule_of_trial(outcome.exercise.variants[name])
    number = outcome.shown.get(name)
    if number is None:
        return f"the trial shown is {rule}"
    numbers = sorted(outcome.table[outcome.table["variant"] == name]["trial"].unique())
    value = result.trials[numbers.index(number)]
    return (
        f"trial {number} of {name} is shown, {rule} ({of_test}: {value}; mean of {len(numbers)} "
        f"trials: {result.mean})"
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


def _held_out(exercise: Exercise, unit: str) -> str:
    """Name the held-out images or volumes of an exercise's curves."""
    monitored = {v.held_out for v in exercise.variants.values()}
    words = {
        VALIDATION: f"validation {unit}s",
        TEST: f"test {unit}s, where the source drew such curves",
    }
    return " or ".join(text for part, text in words.items() if part in monitored) or "no others"
