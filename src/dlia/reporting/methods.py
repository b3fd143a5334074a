"""Methods: parts of the data, measures, failed trials, statistics, rules, seeds."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dlia.evaluation import statistics
from dlia.reporting.blocks import Section, Table, table, words
from dlia.reporting.prose import sections
from dlia.reporting.rules import LEVEL_TEXT, ONE_SIDED
from dlia.tasks.detection.matching import SURE
from dlia.tasks.segmentation.boundary import WIDTHS
from dlia.tasks.segmentation.dice import soft_dice_pooled
from dlia.tasks.segmentation.mask_shape import PERIOD


def methods_part(
    seed: int,
    records: Sequence[dict[str, Any]],
    rules: Section,
    features: Mapping[str, bool],
    units: str,
) -> Section:
    """Return the section on methods.

    Args:
        seed: The seed of the build.
        records: The records of all trainings.
        rules: The rules of the verdicts.
        features: What the report has.
        units: What the means are over: images, volumes or both.
    """
    _, *first, last = map(str, WIDTHS)
    *others, seeds = sections(
        "methods.md",
        features,
        pooled=inspect.signature(soft_dice_pooled).parameters["batch"].default,
        widths=f"{', '.join(first)} and {last} px",
        sure=str(SURE),
        units=units,
        period=PERIOD,
        level=LEVEL_TEXT,
        one_sided=ONE_SIDED,
        exact=statistics.FLIPS.bit_length() - 1,
        flips=statistics.FLIPS,
        resamples=statistics.RESAMPLES,
        seed=str(seed),
    )
    longest: list[dict[str, int]] = max(
        (record["seeds"] for record in records), key=len, default=[]
    )
    seeds = replace(seeds, blocks=(*seeds.blocks, _seeds(longest)))
    return Section("methods", "Methods", (*others, rules, seeds))


def _seeds(seeds: Sequence[dict[str, int]]) -> Table:
    caption = words(
        "Seeds of each trial, by purpose: the first 63 bits of the SHA-256 of "
        "`seed/purpose/trial`. For initial weights, the name of the layer is appended: "
        "`seed/init/trial/layer`."
    )
    purposes = {
        "init": "Initial weights",
        "order": "Order",
        "augmentation": "Augmentation",
        "dropout": "Dropout",
    }
    rows = [
        (str(trial), *(str(own[purpose]) for purpose in purposes))
        for trial, own in enumerate(seeds)
    ]
    heads = ["#Trial", *(f"#{name}" for name in purposes.values())]
    return table("seed-table", caption, heads, rows, "seeds")
