"""Results of a study as the report shows them: read from the tables of the build, and typed."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from dlia.evaluation.shown_trial import shown_trial
from dlia.formatting import amount_text, amounts_text, interval_text, metric_text
from dlia.reporting.blocks import Span
from dlia.reporting.judged_claims import JudgedClaim
from dlia.reporting.records import RESULTS, read_json, read_table
from dlia.study.kinds import is_of_class
from dlia.study.model import Exercise, Study, Variant
from dlia.study.part_names import TEST, VALIDATION
from dlia.study.settings import Sampling

LAST_EPOCHS = 5  # between which a single trial went up and down


@dataclass(frozen=True)
class Result:
    """A row of summary.csv as text: a variant or a baseline; or what parts.csv adds to it.

    Attributes:
        value: The mean as a number; NaN if it is not finite.
        claim: The claim about its reported value, if there is one.
        learnt: Whether it is better than the baselines.
        trials: The metric of every trial, as text.
        status: The number of trials, and of those that failed or that do not beat the baselines.
        of_good: Where some trials collapsed or diverged, the mean of the others, in words, or "".
        values: The metric of every trial.
        part: The part of the data that it is measured on.
        of_last: Of a single trial on the validation part, what it was in its last epochs, or "".
    """

    name: str
    is_variant: bool
    value: float
    mean: str
    sd: str
    interval: str
    lowest_image: str
    validation: str
    reported: str
    reported_value: float
    epochs: str
    same_as: str
    status: str
    learnt: bool
    trials: tuple[str, ...]
    claim: JudgedClaim | None
    of_good: str = ""
    values: tuple[float, ...] = ()
    part: str = TEST
    of_last: str = ""


@dataclass(frozen=True)
class PairedRow:
    """A row of comparisons.csv: a variant against another one, paired by trial.

    Attributes:
        difference: The mean difference; NaN if it is not finite.
        low, high: The interval of the mean difference, or None if there is none.
        smallest_p: The smallest p-value that so many trials can give.
        failed: How many trials of both collapsed or diverged, in words, or "".
        missing: Why there is no difference, or "".
        unlearnt: The keys of those of the two that did not learn the task.
    """

    variant: str
    other: str
    metric: str
    words: str
    family: str
    difference: float
    low: float | None
    high: float | None
    interval: str
    effect: str
    p: str
    p_holm: str
    smallest_p: float
    remark: str
    failed: str = ""
    missing: str = ""
    unlearnt: tuple[str, ...] = ()

    @property
    def amount(self) -> str:
        """The mean difference with its unit."""
        return amount_text(self.family, self.difference)


@dataclass(frozen=True)
class Outcome:
    """Everything that an exercise led to.

    Attributes:
        results: Its variants, then the baselines.
        fits: Variant, word and sentence of every fit comment on the study's metric.
        records: The record of the training of every variant.
        table: The rows of the task's main table.
        baseline: The highest mean of the baselines, minus infinity without any.
        shown: The number of the trial whose predictions are pictured, by variant.
        margin: The largest difference in the metric that counts as none.
        on_part: The variants' results on the part of which the sources report values; empty where
            that is the test part.
    """

    study: Study
    exercise: Exercise
    results: tuple[Result, ...]
    comparisons: tuple[PairedRow, ...]
    fits: tuple[dict[str, str], ...]
    claims: tuple[JudgedClaim, ...]
    records: dict[str, dict[str, Any]]
    table: pd.DataFrame
    baseline: float
    shown: dict[str, int] = field(default_factory=dict)
    margin: float = 0.0
    on_part: tuple[Result, ...] = ()

    @property
    def variants(self) -> list[Result]:
        """The results of the variants."""
        return [result for result in self.results if result.is_variant]

    @property
    def compared(self) -> list[Result]:
        """The variants' results on the part of which the sources report values."""
        return list(self.on_part) or self.variants

    @property
    def metric(self) -> str:
        """The metric in words."""
        return self.study.task.known[self.study.metric].words

    @property
    def inputs(self) -> dict[str, str]:
        """What the network of each variant is applied to, in words."""
        return {
            name: _input(self.study.task.entry, own.settings.sampling)
            for name, own in self.exercise.variants.items()
        }

    @property
    def number(self) -> str:
        """The number of the exercise, such as 1.2."""
        return self.exercise.id.removeprefix("ex").replace("_", ".")

    def span(self, result: "Result", quantity: str = "") -> Span:
        """Return the mean of a row, or its sd or interval, as a number with its name."""
        said = {"": result.mean, "sd": result.sd, "interval": result.interval}[quantity]
        if result.part != TEST:
            return Span(said)
        name = number_name(self.exercise.id, result.name, self.study.metric)
        return Span(said, number=f"{name}/{quantity}" if quantity else name)

    @property
    def validation(self) -> dict[str, str]:
        """The means on validation images of the variants that have any, by key."""
        own = {result.name: self.exercise.variants[result.name] for result in self.variants}
        return {
            own[result.name].key: result.validation
            for result in self.variants
            if own[result.name].is_validated
        }


def number_name(exercise: str, variant: str, metric: str) -> str:
    """Return the name of a mean over trials in numbers.tex; /sd and others may follow it."""
    return f"{exercise}/{variant}/{metric}"


def outcome_of(
    study: Study, exercise: Exercise, judged: list[JudgedClaim], margins: dict[str, float]
) -> Outcome:
    """Read the results of an exercise.

    Args:
        study: The study of the exercise.
        exercise: The exercise.
        judged: The claims of the study, without those about run times.
        margins: The margins of config.yaml, by family.
    """
    folder = RESULTS / exercise.id
    table = pd.read_csv(folder / f"{study.metric}.csv", keep_default_na=False)
    trials = table.groupby(["variant", "trial"], sort=False)
    values, statuses = trials[study.metric].mean(), trials["status"].first()
    verdicts = {claim.name: claim for claim in judged}
    part = study.reported_part
    known = {key: verdicts[name] for key, name in study.claims_of_values(part).items()}
    of_test = known if part == TEST else {}
    rows = [row for row in read_table(folder / "summary.csv") if not is_of_class(row)]
    baseline = max(
        (as_number(row["mean"], -math.inf) for row in rows if row["kind"] != "variant"),
        default=-math.inf,
    )
    keys = {variant.key for variant in exercise.variants.values()}
    compared = read_table(folder / "comparisons.csv")
    unlearnt = _unlearnt({*keys, *(row["compared_with"] for row in compared)})
    results = tuple(
        replace(
            _result(study, row, values, baseline, of_test.get(f"{exercise.id}/{row['variant']}")),
            of_good=of_good(study.family, values[row["variant"]], statuses[row["variant"]])
            if row["kind"] == "variant"
            else "",
        )
        for row in rows
    )
    variants = tuple(result for result in results if result.is_variant)
    return Outcome(
        study,
        exercise,
        results,
        tuple(_paired(study, exercise.id, row, unlearnt) for row in compared),
        tuple(row for row in read_table(folder / "fit.csv") if row["metric"] == study.metric),
        tuple(claim for claim in judged if keys.intersection(claim.of)),
        {
            name: read_json(RESULTS / variant.trained_as / "run.json")
            for name, variant in exercise.variants.items()
        },
        table,
        baseline,
        {name: _shown(study, own, table) for name, own in exercise.variants.items()},
        (margins | study.margins).get(study.family, 0.0),
        () if part == TEST else _on_part(study, exercise, variants, known),
    )


def _on_part(
    study: Study,
    exercise: Exercise,
    variants: Sequence[Result],
    known: Mapping[str, JudgedClaim],
) -> tuple[Result, ...]:
    """Return the variants' results on the part of which the sources report values.

    Args:
        study: The study.
        exercise: The exercise.
        variants: Their results on the test part.
        known: The claims about the reported values, by the keys of the variants.
    """
    family, part = study.family, study.reported_part
    rows = {
        row["variant"]: row
        for row in read_table(RESULTS / exercise.id / "parts.csv")
        if (row["part"], row["metric"]) == (part, study.metric)
    }
    found = []
    for variant in variants:
        if row := rows.get(variant.name):
            values = tuple(float(value) for value in row["values"].split())
            found.append(
                replace(
                    variant,
                    value=as_number(row["mean"], math.nan),
                    mean=metric_text(family, row["mean"]),
                    sd=metric_text(family, row["sd"]),
                    interval=interval_text(family, row["low"], row["high"]),
                    reported=row["reported"],
                    reported_value=as_number(row["reported_value"], math.nan),
                    claim=known.get(f"{exercise.id}/{variant.name}"),
                    trials=tuple(metric_text(family, value) for value in values),
                    values=values,
                    of_good="",
                    part=part,
                    of_last=_of_last(study, exercise.variants[variant.name], part),
                )
            )
    return tuple(found)


def _shown(study: Study, variant: Variant, table: pd.DataFrame) -> int:
    kept = table[table["variant"] == variant.name].groupby("trial")["epoch"].first()
    history = pd.read_csv(RESULTS / variant.trained_as / "history.csv")
    return shown_trial(history, kept, study.metric)


def _result(
    study: Study,
    row: dict[str, str],
    values: pd.Series,
    baseline: float,
    claim: JudgedClaim | None,
) -> Result:
    family, is_variant = study.family, row["kind"] == "variant"
    own = list(values[row["variant"]]) if is_variant else []
    return Result(
        name=row["variant"],
        is_variant=is_variant,
        value=as_number(row["mean"], math.nan),
        mean=metric_text(family, row["mean"]),
        sd=metric_text(family, row["sd"]),
        interval=interval_text(family, row["low"], row["high"]),
        lowest_image=metric_text(family, row["lowest_image"]),
        validation=row["validation"],
        reported=row["reported"],
        reported_value=as_number(row["reported_value"], math.nan),
        epochs=row["epochs"],
        same_as=row["same_as"],
        status=_status(row, sum(value > baseline for value in own)),
        learnt=row["beats_reference"] != "no",
        trials=tuple(metric_text(family, value) for value in own),
        claim=claim,
        values=tuple(own),
    )


def _input(entry: str, rule: Sampling | None) -> str:
    return f"patch of {rule.patch}\N{MULTIPLICATION SIGN}{rule.patch} pixels" if rule else entry


def of_good(family: str, values: pd.Series, statuses: pd.Series) -> str:
    """Give the mean of the trials that ended well; "" if all or none did.

    A mean over trials that failed and others, and its spread, describe neither.
    """
    good = values[statuses == "ok"]
    if len(good) in (0, len(values)):
        return ""
    failed = statuses[statuses != "ok"]
    rest = " and ".join(f"{count} {word}" for word, count in failed.value_counts().items())
    return f"{metric_text(family, good.mean())} without {rest} trial{'s' * (len(failed) > 1)}"


def _status(row: dict[str, str], above: int) -> str:
    """Return the number of trials, and what is wrong with some of them."""
    if row["kind"] != "variant":
        return row["status"]
    wrong = [part for part in row["status"].split(", ") if not part.endswith(" ok")]
    if row["beats_reference"] == "no":
        wrong.append(f"{above or 'none'} above the baseline")
    return f"{row['trials']} ({', '.join(wrong)})" if wrong else row["trials"]


def failures(study: Study, keys: Iterable[str]) -> str:
    """Say how many trials of each variant collapsed or diverged; "" if none did."""
    told = []
    for key in keys:
        record = read_json(RESULTS / study.variant(key).trained_as / "run.json")
        ended = Counter(str(trial["status"]) for trial in record["trials"])
        told += [
            f"{ended[word]} of {ended.total()} trials of {key} {word}"
            for word in sorted(ended)
            if word != "ok"
        ]
    return ", ".join(told)


def _of_last(study: Study, variant: Variant, part: str) -> str:
    """Say between what a single trial was in its last epochs, which shows how far chance goes.

    It is not known how far a second trial would differ; but where the metric goes up and down from
    epoch to epoch, the last one is one of many.
    """
    if variant.settings.select != "last":
        return ""
    history = pd.read_csv(RESULTS / variant.trained_as / "history.csv")
    own = history[(history["part"] == part) & (history["metric"] == study.metric)]
    last = own[own["epoch"] > own["epoch"].max() - LAST_EPOCHS]["value"]
    if len(own["trial"].unique()) != 1 or len(own) <= LAST_EPOCHS:
        return ""
    found = interval_text(study.family, last.min(), last.max())
    return f"in the last {LAST_EPOCHS} epochs {found}"


def _paired(study: Study, id_: str, row: dict[str, str], unlearnt: set[str]) -> PairedRow:
    known = study.task.known[row["metric"]]
    ends = [as_number(row[end]) for end in ("low", "high")]
    keys = (f"{id_}/{row['variant']}", row["compared_with"])
    return PairedRow(
        row["variant"],
        row["compared_with"],
        row["metric"],
        known.words,
        known.family,
        as_number(row["mean_difference"], math.nan),
        ends[0],
        ends[1],
        row["low"] if None in ends else amounts_text(known.family, *ends),
        _short(row["effect_size"], ".2f"),
        _short(row["p"], ".3g"),
        _short(row["p_holm"], ".3g"),
        as_number(row["smallest_p"], math.nan),
        row["remark"],
        failures(study, keys),
        "" if _is_number(row["mean_difference"]) else row["mean_difference"],
        tuple(key for key in keys if key in unlearnt),
    )


def _unlearnt(keys: Iterable[str]) -> set[str]:
    """Return those variants of the same exercises whose mean is not above the baselines."""
    return {
        f"{exercise}/{row['variant']}"
        for exercise in {key.partition("/")[0] for key in keys}
        for row in read_table(RESULTS / exercise / "summary.csv")
        if row["beats_reference"] == "no" and not is_of_class(row)
    }


def as_number(text: str, otherwise: Any = None) -> Any:
    """Return the finite number that ``text`` is, or ``otherwise``."""
    try:
        number = float(text)
    except ValueError:
        return otherwise
    return number if math.isfinite(number) else otherwise


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _short(text: str, form: str) -> str:
    number = as_number(text)
    return text if number is None else f"{number:{form}}"


def history(metric: str, variant: Variant) -> tuple[list[str], list[list[str]]]:
    """Return heads and rows of loss and metric after every epoch, means over the trials.

    If a value is not finite in a trial, there is no mean.
    """
    table = pd.read_csv(RESULTS / variant.trained_as / "history.csv")
    shown = table[table["metric"].isin(["loss", metric])]
    means = shown.groupby(["epoch", "metric", "part"])["value"].agg(
        lambda own: own.mean(skipna=False)
    )
    parts = [part for part in ("train", VALIDATION, TEST) if part in set(shown["part"])]
    columns = [(name, part) for name in ("loss", metric) for part in parts]
    return (
        ["Epoch", *(f"{part} {name}".capitalize() for name, part in columns)],
        [
            [str(epoch), *(metric_text(name, means[epoch, name, part]) for name, part in columns)]
            for epoch in sorted(set(shown["epoch"]))
        ],
    )
