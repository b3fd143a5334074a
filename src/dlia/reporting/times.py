"""Training times, and how far they can be trusted: trials of one variant do the same work."""

import math
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from dlia.evaluation.timing import NO_OTHER, read_trials
from dlia.formatting import duration_text, percent_text, range_text, significant
from dlia.reporting.blocks import (
    Cell,
    Folded,
    Paragraph,
    Prose,
    Span,
    Volatile,
    joined,
    paragraph,
    table,
    text,
    variant,
    words,
)
from dlia.reporting.differences import ZERO
from dlia.reporting.judged_claims import JudgedClaim
from dlia.reporting.one_trial import is_of_one_trial
from dlia.reporting.results import Outcome
from dlia.study.claims import RIVALS
from dlia.study.model import Exercise, Study

IN_SECONDS = 1000  # of an epoch: minutes would be too coarse for the ratios beside them
_SAME = (
    " Two variants run the same program if they differ only in the order of ReLU and max pooling, "
    "because dlia computes ReLU after the pooling."
)
QUIET = 0.1  # a difference of two times that an idle machine can have


def times_part(outcome: Outcome, timing: Path) -> Folded:
    """Return the training times of an exercise."""
    id_ = outcome.exercise.id
    found = timings(outcome.exercise, timing)
    ranges = any(row["between"] for row in found)
    caption = words(
        "{of}, on one thread unless a GPU is named. The time of an epoch excludes the evaluation "
        "after it{ranges}.{same} All trials: `{file}`",
        of="One trial each" if is_of_one_trial(outcome) else "Means over trials",
        ranges=Span("; below it stand the fastest and the slowest trial" if ranges else ""),
        same=Span(_SAME if any(row["same"] for row in found) else ""),
        file=str(timing),
    )
    heads = [
        "Variant",
        "#Epochs",
        "Time of an epoch",
        "Time of a trial",
        "Epoch, relative to the base",
        "Device",
    ]
    rows = [
        (
            variant(f"{id_}/{row['variant']}", row["variant"]),
            row["epochs"],
            Cell(text(row["per_epoch"]), text(row["between"]) if row["between"] else ()),
            row["per_trial"],
            Cell(text(row["relative"]), text(row["same"]) if row["same"] else ()),
            row["device"],
        )
        for row in found
    ]
    made = table(f"{id_}-time", caption, heads, rows, "small")
    trained = [own.trained_as for own in outcome.exercise.variants.values()]
    told = uneven_times(timing, trained)
    return Folded(f"{id_}--time", "Training times", (Volatile((*told, made)),))


def times_compared(outcome: Outcome, judged: Sequence[JudgedClaim], timing: Path) -> list[Volatile]:
    """Say how many times as long a variant takes as another one, where a claim compares them.

    Args:
        outcome: The results of an exercise.
        judged: The claims of its study about run times.
        timing: The table of times of the study.
    """
    study, own = outcome.study, {v.key for v in outcome.exercise.variants.values()}
    trials = read_trials(timing)
    told: dict[tuple[str, str], list[_Faster]] = {}
    for claim in judged:
        known = study.claims.get(claim.name)
        if not (known and known.kind in RIVALS and len(known.variants) == 2 and known.of[0] in own):
            continue
        first, second = (_times(trials, study, key, known.quantity) for key in known.variants)
        if _run_alike(trials, study, known.variants):
            continue
        pair = _Faster(known.of[0], known.against[0], first.mean(), second.mean(), claim.anchor)
        overlap = first.min() <= second.max() and second.min() <= first.max()
        word = ZERO if overlap else "slower" if pair.factor > 1 else "faster"
        pairs = told.setdefault((known.quantity, word), [])
        if pair.names not in [other.names for other in pairs]:
            pairs.append(pair)
    if not told:
        return []
    said = words(
        "Run times on this machine: {told} (see the [claims about run time][verdicts-time]).",
        told=joined((_told(*kind, pairs) for kind, pairs in told.items()), "; "),
    )
    return [Volatile((Paragraph(said),))]


class _Faster(NamedTuple):
    """Two variants by their keys, the mean seconds of each, and the anchor of the claim."""

    first: str
    second: str
    seconds: float
    others: float
    anchor: str

    @property
    def names(self) -> tuple[str, str]:
        return self.first, self.second

    @property
    def factor(self) -> float:
        return self.seconds / self.others


def _told(quantity: str, word: str, pairs: Sequence[_Faster]) -> Prose:
    """Say how the times of pairs differ: slower, 1.4 to 2.1 times as long, ..."""
    factors = sorted(pair.factor for pair in pairs)
    low, high = (f"{factor:.2f}" for factor in (factors[0], factors[-1]))
    amount = f"{low} to {high}" if low != high else low
    size = f"{amount} times as long" if word != ZERO else "within the scatter of the trials"
    named = (
        words(
            "{first} {than} {second} ({times})",
            first=variant(pair.first),
            than="and" if word == ZERO else "than",
            second=variant(pair.second),
            times=Span(
                f"{significant(pair.seconds)} s against {significant(pair.others)} s",
                target=pair.anchor,
            ),
        )
        for pair in pairs
    )
    return words(
        "{word} {per} ({size}): {named}",
        per="per epoch" if quantity == "seconds_per_epoch" else "per trial",
        word=word,
        size=size,
        named=joined(named),
    )


def _times(trials: pd.DataFrame, study: Study, key: str, quantity: str) -> pd.Series:
    own = trials["exercise"] + "/" + trials["variant"] == study.variant(key).trained_as
    return trials[own][quantity]


def _run_alike(trials: pd.DataFrame, study: Study, keys: Sequence[str]) -> bool:
    """Tell whether two variants run the same program, so that their times differ by chance."""
    first, second = (study.variant(key).trained_as for key in keys)
    own = trials["exercise"] + "/" + trials["variant"] == first
    return first == second or any(
        second in str(same).split(", ") for same in trials[own]["same_program_as"]
    )


def uneven_times(timing: Path, keys: Collection[str]) -> list[Paragraph]:
    """Say by how much the times of equal work differ, which is what other work on the machine does.

    Args:
        timing: The table of times of a study.
        keys: The trained variants to look at.
    """
    trials = read_trials(timing)
    key = trials["exercise"] + "/" + trials["variant"]
    times = trials["seconds_per_epoch"][trials["seconds_per_epoch"] > 0].groupby(key)
    excess = (times.max() / times.min() - 1)[times.count() > 1]
    excess = excess[excess.index.isin(keys)]
    if excess.empty:
        return []
    most = float(excess.max())
    meaning = (
        "Other work shared the machine, and a difference of this size between two variants says "
        "nothing"
        if most > QUIET
        else "So little is due to other work on the machine"
    )
    return [
        paragraph(
            "The trials of a variant do the same work, but one took up to {more} longer for an "
            "epoch than another ({variant}). {meaning}.",
            more=percent_text(most),
            variant=variant(str(excess.idxmax())),
            meaning=meaning,
        )
    ]


def timings(exercise: Exercise, timing: Path) -> list[dict[str, str]]:
    """Return the training times of an exercise, one row per variant, means over trials."""
    table = read_trials(timing)
    table["variant"] = table["exercise"] + "/" + table["variant"]
    rows = []
    for name, own in exercise.variants.items():
        trials = table[table["variant"] == own.trained_as]
        base = str(trials["base"].iloc[0])
        times = pd.to_numeric(trials["times_base"], errors="coerce").mean()
        same = str(trials["same_program_as"].iloc[0])
        rows.append(
            {
                "variant": name,
                "epochs": own.text("epochs", int(trials["epochs"].max())),
                "per_epoch": _time(trials["seconds_per_epoch"].mean()),
                "between": _range(trials["seconds_per_epoch"]),
                "per_trial": _time(trials["seconds"].mean(), most=100),
                "relative": f"{times:.2f} times {base}" if math.isfinite(times) else "no base",
                "same": "" if same == NO_OTHER else f"runs the same program as {same}",
                "device": ", ".join(sorted(set(trials["device"]))),
            }
        )
    return rows


def _time(seconds: float, most: float = IN_SECONDS) -> str:
    """Write a time, below ``most`` in seconds."""
    if seconds < 10:
        return f"{seconds:.2g} s"
    return f"{seconds:.0f} s" if seconds < most else duration_text(seconds)


def _range(seconds: pd.Series) -> str:
    low, high = _time(seconds.min()), _time(seconds.max())
    return range_text(low, high) if low != high else ""
