"""What one variant may have to do with another, beside being built on it."""

from itertools import combinations

from dlia.study.document import Source
from dlia.study.messages import Problem, suggestion
from dlia.study.model import Exercise, Variant
from dlia.study.shorten import stated_weights
from dlia.study.task import Task


def relation_problems(
    task: Task, exercises: dict[str, Exercise], variants: dict[str, Variant]
) -> list[Problem]:
    """Find comparisons and figures that cannot be made; an empty list means that all can.

    Args:
        task: What the networks do.
        exercises: Those of a study.
        variants: All of its variants, by key.
    """
    return [
        *(problem for variant in variants.values() for problem in _compared(variant, variants)),
        *(problem for exercise in exercises.values() for problem in _boundary(task, exercise)),
        *(problem for exercise in exercises.values() for problem in _raced(exercise, variants)),
        *(p for exercise in exercises.values() for p in _shown(task, exercise, variants)),
        *(problem for exercise in exercises.values() for problem in _swept(exercise)),
        *([] if variants else [Problem("exercises", "no variant is trained in any of them")]),
    ]


def source_problems(sources: dict[str, Source], variants: dict[str, Variant]) -> list[Problem]:
    """Find sources that call an unknown variant their best."""
    return [
        Problem(
            f"sources.{key}.best",
            f"there is no variant {source.best}{suggestion(source.best, list(variants))}",
        )
        for key, source in sources.items()
        if source.best and source.best not in variants
    ]


def _compared(variant: Variant, variants: dict[str, Variant]) -> list[Problem]:
    path = f"exercises.{variant.exercise}.variants.{variant.name}.compare_with"
    other = variant.compare_with
    if not other:
        return []
    if other not in variants:
        return [Problem(path, f"there is no variant {other}{suggestion(other, list(variants))}")]
    if variants[other].predicted_as == variant.predicted_as:
        return [Problem(path, f"{other} is the same training; name another")]
    return []


def _boundary(task: Task, exercise: Exercise) -> list[Problem]:
    path = f"exercises.{exercise.id}.boundary"
    if not task.pair_figures:
        stated = {"boundary": exercise.boundary, "agreement": exercise.agreement}
        return [
            Problem(f"exercises.{exercise.id}.{key}", "is for segmentations only; remove it")
            for key in stated
            if stated[key]
        ]
    return [
        Problem(path, f"there is no variant {name} here{suggestion(name, list(exercise.variants))}")
        for name in exercise.boundary
        if name not in exercise.variants
    ]


def _shown(task: Task, exercise: Exercise, variants: dict[str, Variant]) -> list[Problem]:
    path = f"exercises.{exercise.id}"
    if not exercise.shows and not exercise.variants:
        return [Problem(path, "has neither variants nor anything that it shows; state one")]
    if "tsne" in exercise.shows and task.per_pixel:
        return [Problem(f"{path}.shows", "tsne needs one class for each image; remove it")]
    if "patches" in exercise.shows and not any(v.settings.sampling for v in variants.values()):
        return [Problem(f"{path}.shows", "patches need a variant with sampling; remove it")]
    if "test_labels" in exercise.shows and (task.per_pixel or task.boxed):
        return [Problem(f"{path}.shows", "test_labels needs one class for each image; remove it")]
    if "command" in exercise.shows and not task.boxed:
        return [Problem(f"{path}.shows", "command is for detectors; remove it")]
    needed = bool({"layers", "test_labels", "command"} & {*exercise.shows})
    of_features = task.boxed and "tsne" in exercise.shows
    if needed > bool(exercise.network) or bool(exercise.network) > (needed or of_features):
        text = (
            "goes with shows: [layers] or [test_labels], or of detectors [tsne] or [command], and "
            "names the variant that is shown"
        )
        return [Problem(f"{path}.network", text)]
    if exercise.network and exercise.network not in variants:
        text = f"there is no variant {exercise.network}{suggestion(exercise.network, [*variants])}"
        return [Problem(f"{path}.network", text)]
    if exercise.network and of_features and not stated_weights(variants[exercise.network]):
        text = "tsne maps the features of pre-trained weights, which this variant does not have"
        return [Problem(f"{path}.network", text)]
    return []


def _swept(exercise: Exercise) -> list[Problem]:
    """Find a sweep over a setting that a variant does not have, or that is no number.

    Two variants at the same place of a line are refused, too: it would join different networks.
    """
    sweep, path = exercise.sweep, f"exercises.{exercise.id}.sweep"
    if sweep is None:
        return []
    if not exercise.reports_parts:
        return [Problem(path, "needs values that a source reports by part (train, validation)")]
    known = list(exercise.variants)
    if sweep.in_all and not sweep.by:
        return [Problem(f"{path}.in_all", "there is one line without by; remove it, or state by")]
    problems = [
        Problem(f"{path}.in_all", f"there is no variant {name} here{suggestion(name, known)}")
        for name in sweep.in_all
        if name not in known
    ]
    for name, variant in exercise.variants.items():
        stated = {leaf.path: leaf.value for leaf in variant.settings.leaves()}
        for key, setting in (("over", sweep.over), ("by", sweep.by)):
            if setting and setting not in stated:
                text = f"{setting} is no setting of {name}{suggestion(setting, list(stated))}"
                problems.append(Problem(f"{path}.{key}", text))
        value = stated.get(sweep.over, 0)
        if not isinstance(value, int | float) or isinstance(value, bool):
            problems.append(Problem(f"{path}.over", f"{sweep.over} is no number in {name}"))
    if problems:
        return problems
    places = [
        (
            name,
            stated[sweep.over],
            stated[sweep.by] if sweep.by and name not in sweep.in_all else "",
        )
        for name, variant in exercise.variants.items()
        for stated in [{leaf.path: leaf.value for leaf in variant.settings.leaves()}]
    ]
    return [
        Problem(path, f"{name} and {other} have the same {sweep.over}, {at}, on one line; {advice}")
        for (name, at, line), (other, other_at, other_line) in combinations(places, 2)
        if at == other_at and (line == other_line or "" in (line, other_line))
        for advice in ["state by: a setting that tells them apart, or move one to another exercise"]
    ]


def _raced(exercise: Exercise, variants: dict[str, Variant]) -> list[Problem]:
    if not exercise.level or len(exercise.raced(variants.__getitem__)) > 1:
        return []
    text = "needs two variants with curves of validation images (monitor)"
    return [Problem(f"exercises.{exercise.id}.learning_speed", text)]
