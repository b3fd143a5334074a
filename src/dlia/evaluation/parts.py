"""What a source reports for each part of the data, beside what the trials reached there."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dlia.runtime.files import FLOAT_FORMAT
from dlia.study.part_names import TEST, TRAIN, VALIDATION
from dlia.study.variant_facts import VariantFacts

ONE_TRIAL = "one trial"
NONE_REPORTED = "not reported"


def values_on(part: str, history: pd.DataFrame, results: pd.DataFrame, metric: str) -> pd.Series:
    """Give what every trial reached on a part of the data, with the weights that were kept.

    Args:
        part: train (the fixed subset of the curves), validation, or test.
        history: Columns trial, epoch, part, metric, value.
        results: Of the test part; columns trial, epoch (the one that was kept) and ``metric``.
        metric: A metric of the history; of the test part, accuracy or dice.

    Returns:
        Values by trial; none where the part was not measured.
    """
    by_trial = results.groupby("trial")
    if part == TEST:
        return by_trial[metric].mean() if metric in results else pd.Series(dtype=float)
    kept = history["epoch"] == history["trial"].map(by_trial["epoch"].first())
    rows = history[kept & (history["part"] == part) & (history["metric"] == metric)]
    return rows.set_index("trial")["value"]


def parts_of(
    variant: VariantFacts, history: pd.DataFrame, results: pd.DataFrame, metric: str
) -> list[dict[str, Any]]:
    """Summarise a variant on every part of the data that it was measured on.

    Args:
        variant: name, same_as, weights_of, epochs, reported and reported_on (text and
            number by metric, and by part and metric).
        history: As in ``values_on``. The curves of another variant's training, whose networks this
            one predicts with, say nothing about its prediction.
        results: As in ``values_on``, and data and status.
        metric: As in ``values_on``.

    Returns:
        A row for each part: mean, sd and Student's 95 % interval over the trials, and what the
        source prints.
    """
    statuses = results.groupby("trial")["status"].first().value_counts()
    rows = []
    for part in (TEST,) if variant["weights_of"] else (TRAIN, VALIDATION, TEST):
        values = values_on(part, history, results, metric)
        if values.empty:
            continue
        # It takes half a second to import, and figures of other exercises need no interval.
        from dlia.evaluation.statistics import t_interval

        interval = t_interval(values.to_numpy(), share=True)
        printed = variant["reported"] if part == TEST else variant["reported_on"].get(part, {})
        text, number = printed.get(metric, (NONE_REPORTED, None))
        rows.append(
            {
                "data": results["data"].iloc[0],
                "variant": variant["name"],
                "part": part,
                "metric": metric,
                "epochs": variant["epochs"],
                "trials": len(values),
                "mean": values.mean(),
                "sd": values.std(ddof=1) if interval else ONE_TRIAL,
                "low": interval.low if interval else ONE_TRIAL,
                "high": interval.high if interval else ONE_TRIAL,
                "values": " ".join(FLOAT_FORMAT % value for value in values),
                "reported": text,
                "reported_value": text if number is None else number,
                "status": ", ".join(f"{n} {status}" for status, n in sorted(statuses.items())),
                "same_as": variant["same_as"],
            }
        )
    return rows


def metrics_on_parts(variants: list[VariantFacts], metric: str) -> list[str]:
    """Return ``metric`` and all others that sources report for other parts than the test part.

    Args:
        variants: For each variant: reported_on, as in ``parts_of``.
        metric: The metric that the study is judged by.
    """
    reported = [name for v in variants for own in v["reported_on"].values() for name in own]
    return list(dict.fromkeys([metric, *reported]))


def classes_on_parts(
    variants: list[VariantFacts],
    histories: Mapping[str, pd.DataFrame],
    results: pd.DataFrame,
    metric: str,
    classes: list[str],
) -> pd.DataFrame:
    """Summarise a metric of every class on training and validation images.

    Args:
        variants: As in ``parts_of``.
        histories: Those of the variants, by name.
        results: As in ``parts_of``, of all variants.
        metric: The metric without the number of its class, such as dice_class.
        classes: Names of the classes.

    Returns:
        The rows of ``parts_of`` with the column class; low, high and reported_value are numbers.
    """
    rows = [
        {**row, "class": name}
        for variant in variants
        for number, name in enumerate(classes, start=1)
        for row in parts_of(
            variant,
            histories[variant["name"]],
            results[results["variant"] == variant["name"]],
            f"{metric}_{number}",
        )
    ]
    table = pd.DataFrame(rows)
    numbers = [name for name in ("low", "high", "reported_value") if name in table]
    return table.assign(**{n: pd.to_numeric(table[n], errors="coerce") for n in numbers})
