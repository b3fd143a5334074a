"""Results on training and validation images, labels of test images, and what gradients show."""

import pandas as pd

from dlia.evaluation.gradient_flow import flow_of
from dlia.formatting import capital, metric_text
from dlia.reporting.blocks import AnyBlock, Span, Table, Value, paragraph, table, variant, words
from dlia.reporting.one_trial import is_of_one_trial
from dlia.reporting.pictured import rule_of_trial
from dlia.reporting.records import RESULTS, read_table
from dlia.reporting.results import Outcome
from dlia.study.model import Exercise, Study
from dlia.study.part_names import TRAIN, VALIDATION
from dlia.study.task import Task

_NO_ROW = {"reported": "not measured", "mean": "not measured", "sd": "not measured"}


def parts_table(outcome: Outcome) -> list[Table]:
    """Return the table of reported and rebuilt results by part, if a source reports such."""
    if not outcome.exercise.reports_parts:
        return []
    id_, family, task = outcome.exercise.id, outcome.study.family, outcome.study.task
    found = {
        (row["variant"], row["part"]): row
        for row in read_table(RESULTS / id_ / "parts.csv")
        if row["metric"] == outcome.study.metric
    }
    spreads = () if is_of_one_trial(outcome) else ("sd",)
    rows: list[tuple[Value, ...]] = []
    for name in outcome.exercise.variants:
        cells: list[str] = []
        for part in (TRAIN, VALIDATION):
            row = found.get((name, part), _NO_ROW)
            cells.append(row["reported"])
            cells += [metric_text(family, row[key]) for key in ("mean", *spreads)]
        rows.append((variant(f"{id_}/{name}", name), *cells))
    heads = ["Variant"]
    for part in ("Training", "Validation"):
        heads += [f"#Reported, {part.lower()}", f"#{part}", *("#± sd" for _ in spreads)]
    caption = words(
        "{metric} on training {learnt} ({which}, in evaluation mode) and on validation {unit}s, "
        "{trials}, beside the reported values.{counts} {more}, and other metrics that are "
        "reported: `results/{id}/parts.csv`",
        metric=capital(outcome.metric),
        learnt=task.learnt_from,
        which=task.curves_of,
        unit=task.unit,
        counts=Span(task.counts),
        trials="means over trials" if spreads else "one trial each",
        more="Intervals, test results" if spreads else "Test results",
        id=id_,
    )
    return [table(f"{id_}--parts", caption, heads, rows)]


def caption_of_parts(exercise: Exercise, task: Task) -> str:
    """Return what the figure of results by part shows."""
    order = (
        ", the best on validation first, beside the reported values."
        if exercise.sweep is None
        else " over the setting in which the variants differ, beside the reported values."
    )
    parts = f"training {task.learnt_from} and on validation {task.unit}s"
    return f"{capital(task.known[task.metric].words)} on {parts}{order}{task.counts}"


def flow_in_words(outcome: Outcome) -> str:
    """Say where no gradient arrives, and where all units of a layer have the same one."""
    said = []
    for name, own in outcome.exercise.variants.items():
        if own.settings.gradient_norms:
            flow = flow_of(pd.read_csv(RESULTS / own.trained_as / "history.csv"))
            said += [f"{name}: {flow}."] if flow else []
    return " ".join(said)


def labels_of_test_images(study: Study, exercise: Exercise) -> list[AnyBlock]:
    """Return how many test images a network labels as they are, and some of the labels."""
    rows = read_table(RESULTS / exercise.id / "test_labels.csv")
    right = sum(row["correct"] == "1" for row in rows)
    first = {row["true"]: row for row in reversed(rows)}
    shown = [first[name] for name in study.data.classes if name in first]
    heads = ["Image", "Class", "Predicted", "#Probability"]
    said = paragraph(
        "The network of {network} predicts the class of {right} of {all} test images, {share}. "
        "Trial {trial} is shown, {rule}.",
        network=variant(exercise.network),
        trial=rows[0]["trial"],
        rule=rule_of_trial(study.variant(exercise.network)),
        right=f"{right:,}",
        all=f"{len(rows):,}",
        share=metric_text(study.family, right / len(rows)),
    )
    caption = words(
        "The first test image of each class and its label. All: `results/{id}/test_labels.csv`",
        id=exercise.id,
    )
    cells = [
        (row["image"], row["true"], row["predicted"], f"{float(row['probability']):.3f}")
        for row in shown
    ]
    return [said, table(f"{exercise.id}-labels", caption, heads, cells)]
