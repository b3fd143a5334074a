"""Agreement of segmented volumes with the truth, by volume, class and trial."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from dlia.evaluation.balance import PARTS
from dlia.evaluation.baseline import Baseline
from dlia.evaluation.predictions import read_any_predictions
from dlia.evaluation.volume_predictions import (
    SCOPES,
    VolumePredictions,
    dice_in,
    labelled,
)
from dlia.study.part_names import TEST, TRAIN, VALIDATION
from dlia.tasks.segmentation.over_images import one_value, over_images
from dlia.tasks.segmentation.pairs_of_pixels import by_class, pixel_accuracy
from dlia.tasks.volume_segmentation.balance_of_patches import (
    NO_CHOICE,
    NO_PATCH,
    are_chosen,
    facts_of_patches,
)

METRIC = "dice"
REFERENCE = "majority"
DISTANCES = ("hausdorff", "hd95")
ABSENT = "class is absent"
NOT_PREDICTED = "not predicted"
_SETS = ("training patches", "balanced validation patches")
_NOT_MEASURED = "not measured"
_NO_VOXEL = "no voxel"


class _Unit(NamedTuple):
    """Voxels that are taken as one: a set of patches, a slice, a volume or a part.

    Attributes:
        part: train, validation or test.
        kind: patches, slice, volume or part.
        name: Its own name.
        pairs: (K, K), the true and the predicted classes of the voxels that have a class.
        counts: (K + 1, 2, K), as ``VolumePredictions`` has them, of a volume or a part.
        distances: (K, 2), of a volume.
    """

    part: str
    kind: str
    name: str
    pairs: np.ndarray
    counts: np.ndarray | None = None
    distances: np.ndarray | None = None


class VolumeEvaluator:
    """Reads the tables of an exercise from its predictions; the arrays are not needed."""

    def __init__(self) -> None:
        self.seen: VolumePredictions | None = None

    def tables(self, path: str | Path, classes: list[str]) -> dict[str, pd.DataFrame]:
        """Give the tables of one variant; see ``evaluate``."""
        found = read_any_predictions(path)
        assert isinstance(found, VolumePredictions)
        self.seen = found
        return evaluate(found, classes)

    def unlearnt(self) -> Baseline:
        """Give the Dice of one class everywhere in the training patches, the most frequent one."""
        assert self.seen is not None
        true = self.seen.patches[0, 0].sum(axis=-1)
        return Baseline(_of_constant(int(true.argmax()), true), classes=_constant_classes(true))

    def baseline(self) -> Baseline:
        """Give the mean Dice over the test volumes of the class most frequent in the others.

        Also that of each volume, of every class; and the Dice of every class in all test voxels.
        """
        found = self.seen
        assert found is not None
        true = {v.name: labelled(found.counts(0, v)).sum(axis=-1) for v in found.volumes}
        known = sum(true[v.name] for v in found.volumes if v.part != TEST)
        best = int(np.argmax(known))
        tested = [true[v.name] for v in found.volumes if v.part == TEST]
        dice = [[_of_constant(k, counts) for counts in tested] for k in range(len(tested[0]))]
        pooled = _constant_classes(np.sum(tested, axis=0))
        return Baseline(float(np.mean(dice[best])), np.array(dice), pooled)


def _of_constant(number: int, true: np.ndarray) -> float:
    """Give the mean Dice of calling every voxel of class ``number``; absent classes agree."""
    dice = np.where(true == 0, 1.0, 0.0)
    dice[number] = 2 * true[number] / (true[number] + true.sum())
    return float(dice.mean())


def _constant_classes(true: np.ndarray) -> tuple[float, ...]:
    """Give the Dice of every class if all voxels are called this class."""
    return tuple(float(2 * own / (own + true.sum())) if own else 0.0 for own in true)


def evaluator(inputs: dict[str, Any]) -> VolumeEvaluator:
    """Give what makes the tables; ``inputs`` are not read."""
    return VolumeEvaluator()


def evaluate(found: VolumePredictions, classes: list[str]) -> dict[str, pd.DataFrame]:
    """Compare the predicted with the true classes.

    Voxels without a class do not count, but for the Dice in the brain (where the image is above 0)
    and in the whole volume, where a class that is predicted for such a voxel is an error.

    Args:
        found: The predictions.
        classes: Names of the classes.

    Returns:
        dice: a row per trial and test volume: trial, seed, epoch, image, dice (the mean over the
        classes), dice_<class>, recall, pixel_accuracy, dice_brain, dice_whole, hausdorff and hd95
        (mm, means over the classes of the volume; if one of them is not predicted, this reason),
        n (voxels), status.
        metrics: a row per trial and metric, as for a segmentation, over the test volumes (without a
        distance in any of them, there is no mean); and of all their voxels as one (dice_pooled), of
        the training patches, and of patches of the validation volumes that are balanced like those
        (balanced_dice, balanced_recall ...), unless there are no chosen patches, but whole slices;
        and what ``facts_of_patches`` gives.
        per_class: a row per trial, image, scope and class: trial, part, unit (patches, slice,
        volume, part), image, scope, class, dice, recall, precision, true and predicted voxels,
        pixel_accuracy (of all classes of the image), hausdorff, hd95. Slices are those of the
        validation volumes.
        confusion: a row per trial, image and pair of classes: trial, part, unit, image, true,
        predicted, count.
    """
    volumes, metrics = [], []
    long: list[pd.DataFrame] = []
    pairs: list[pd.DataFrame] = []
    for number, trial in enumerate(found.trials):
        run = {key: trial[key] for key in ("trial", "seed", "epoch")}
        images = pd.DataFrame(_of_volumes(found, number, classes))
        volumes.append(pd.DataFrame({**run, "image": images.pop("image")}).join(images))
        volumes[-1]["status"] = trial["status"]
        rows = _metrics(found, number, images, classes)
        metrics.append(pd.DataFrame(rows).assign(status=trial["status"]))
        metrics[-1].insert(0, "trial", trial["trial"])
        units = list(_units(found, number))
        for tables, rows_of in ((long, _by_class), (pairs, _confusion)):
            rows = [row for unit in units for row in rows_of(unit, classes)]
            tables.append(pd.DataFrame(rows).assign(status=trial["status"]))
            tables[-1].insert(0, "trial", trial["trial"])
    return {
        "dice": pd.concat(volumes, ignore_index=True),
        "metrics": pd.concat(metrics, ignore_index=True),
        "per_class": pd.concat(long, ignore_index=True),
        "confusion": pd.concat(pairs, ignore_index=True),
    }


def _pooled(found: VolumePredictions, trial: int, part: str) -> np.ndarray:
    counts = [found.counts(trial, volume) for volume in found.volumes if volume.part == part]
    return np.asarray(sum(counts[1:], counts[0]))


def _of_volumes(
    found: VolumePredictions, trial: int, classes: list[str]
) -> Iterator[dict[str, Any]]:
    for place, volume in enumerate(found.volumes):
        if volume.part != TEST:
            continue
        counts = found.counts(trial, volume)
        pairs = labelled(counts)
        measured = by_class(pairs)
        distances = found.distances[trial, place]
        yield {
            "image": volume.name,
            "dice": _mean(measured.dice),
            **{
                f"dice_{name}": _known(value)
                for name, value in zip(classes, measured.dice, strict=True)
            },
            "recall": _mean(measured.recall),
            "pixel_accuracy": float(pixel_accuracy(pairs)),
            "dice_brain": _mean(dice_in(counts, "brain")),
            "dice_whole": _mean(dice_in(counts, "whole")),
            **_mean_distances(distances, measured.true, classes),
            "n": int(pairs.sum()),
        }


def _mean(values: np.ndarray) -> float | str:
    """Average over the classes that are there."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else ABSENT


def _mean_distances(
    distances: np.ndarray, true: np.ndarray, classes: list[str]
) -> dict[str, float | str]:
    """Average the distances (K, 2) over the classes that a volume has.

    A class that is not predicted has no distance. A mean over the others would make a network
    better by missing what it finds badly, so there is none.
    """
    of_volume = true > 0
    lost = of_volume & ~np.isfinite(distances).all(axis=1)
    missed = [name for name, is_lost in zip(classes, lost, strict=True) if is_lost]
    if missed:
        return dict.fromkeys(DISTANCES, f"{' and '.join(missed)} {NOT_PREDICTED}")
    means = [_mean(own) for own in distances[of_volume].T]
    return dict(zip(DISTANCES, means, strict=True))


def _known(value: float, otherwise: str = ABSENT) -> float | str:
    return float(value) if np.isfinite(value) else otherwise


def _metrics(
    found: VolumePredictions, trial: int, images: pd.DataFrame, classes: list[str]
) -> list[dict[str, Any]]:
    names = ("dice", "recall", "pixel_accuracy", "dice_brain", "dice_whole", *DISTANCES)
    rows = [_over_volumes(name, images[name]) for name in names]
    tested = labelled(_pooled(found, trial, TEST))
    rows += _of_pairs("", tested, len(images))
    rows.append(one_value("dice_pooled", len(images), _mean(by_class(tested).dice)))
    chosen = are_chosen(found, trial)
    for place, prefix in enumerate(("training_", "balanced_")):
        pairs = found.patches[trial, place]
        if not chosen:
            pairs = np.zeros_like(pairs)
        measured = by_class(pairs)
        number = int(pairs.sum())
        missing = NO_PATCH if chosen else NO_CHOICE
        for name, value in (
            ("dice", _mean(measured.dice)),
            ("recall", _mean(measured.recall)),
            ("pixel_accuracy", float(pixel_accuracy(pairs)) if number else missing),
        ):
            rows.append(one_value(f"{prefix}{name}", number, value if number else missing))
        rows += _of_pairs(prefix, pairs, number, ABSENT if chosen else NO_CHOICE)
    return rows + facts_of_patches(found, trial)


def _over_volumes(name: str, values: pd.Series) -> dict[str, Any]:
    """Describe a metric over the test volumes; why there is no mean if a distance is missing."""
    missed = [str(value) for value in values if str(value).endswith(NOT_PREDICTED)]
    if missed:
        # Volumes may miss different classes.
        what = missed[0] if len({*missed}) == 1 else f"a class {NOT_PREDICTED}"
        reason = f"{what} in {len(missed)} of {len(values)} volumes"
        return one_value(name, len(values), reason)
    known = pd.to_numeric(values, errors="coerce").dropna().to_numpy(dtype=float)
    return over_images(name, known) if len(known) else one_value(name, len(values), ABSENT)


def _of_pairs(
    prefix: str, pairs: np.ndarray, number: int, otherwise: str = ABSENT
) -> list[dict[str, Any]]:
    """Give Dice and recall of every class, by its number from 1."""
    measured = by_class(pairs)
    return [
        one_value(f"{prefix}{name}_class_{place}", number, _known(value, otherwise))
        for name, values in (("dice", measured.dice), ("recall", measured.recall))
        for place, value in enumerate(values, start=1)
    ]


def _units(found: VolumePredictions, trial: int) -> Iterator[_Unit]:
    for place, name in enumerate(_SETS if are_chosen(found, trial) else ()):
        part = TRAIN if place == 0 else VALIDATION
        yield _Unit(part, "patches", name, found.patches[trial, place])
    for volume in found.volumes:
        for number in range(volume.slices if volume.part == VALIDATION else 0):
            pairs = labelled(found.slices[trial, volume.first + number])
            if pairs.any():
                yield _Unit(volume.part, "slice", f"{volume.name}/{number:03d}", pairs)
    for place, volume in enumerate(found.volumes):
        counts = found.counts(trial, volume)
        distances = found.distances[trial, place]
        yield _Unit(volume.part, "volume", volume.name, labelled(counts), counts, distances)
    for part in PARTS:
        counts = _pooled(found, trial, part)
        yield _Unit(part, "part", part, labelled(counts), counts)


def _confusion(unit: _Unit, classes: list[str]) -> Iterator[dict[str, Any]]:
    for (true, predicted), count in np.ndenumerate(unit.pairs):
        yield {
            "part": unit.part,
            "unit": unit.kind,
            "image": unit.name,
            "true": classes[true],
            "predicted": classes[predicted],
            "count": int(count),
        }


def _by_class(unit: _Unit, classes: list[str]) -> Iterator[dict[str, Any]]:
    """Give a row per scope and class; scopes are those of whole volumes only."""
    yield from _labelled(unit, classes)
    if unit.counts is None:
        return
    for scope in SCOPES[1:]:
        counts = unit.counts if scope == "whole" else unit.counts[:, :1]
        for number, row in enumerate(_labelled(unit, classes)):
            of_class = counts[:, :, number]
            hits, predicted = int(of_class[number].sum()), int(of_class.sum())
            row |= {
                "scope": scope,
                "dice": _known(dice_in(unit.counts, scope)[number]),
                "recall": hits / row["true"] if row["true"] else ABSENT,
                "precision": hits / predicted if predicted else ABSENT,
                "predicted": predicted,
                "pixel_accuracy": _NOT_MEASURED,
            }
            if scope == "brain" and unit.distances is not None and unit.part != TRAIN:
                why = f"class {NOT_PREDICTED}" if row["true"] else ABSENT
                own = zip(DISTANCES, unit.distances[number], strict=True)
                row |= {name: _known(distance, why) for name, distance in own}
            yield row


def _labelled(unit: _Unit, classes: list[str]) -> Iterator[dict[str, Any]]:
    measured = by_class(unit.pairs)
    for number, name in enumerate(classes):
        yield {
            "part": unit.part,
            "unit": unit.kind,
            "image": unit.name,
            "scope": SCOPES[0],
            "class": name,
            **{
                key: _known(getattr(measured, key)[number])
                for key in ("dice", "recall", "precision")
            },
            "true": int(measured.true[number]),
            "predicted": int(measured.predicted[number]),
            "pixel_accuracy": _known(float(pixel_accuracy(unit.pairs)), _NO_VOXEL),
            **dict.fromkeys(DISTANCES, _NOT_MEASURED),
        }
