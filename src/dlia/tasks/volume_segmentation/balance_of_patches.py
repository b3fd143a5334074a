"""How balanced the training patches are, and whether that is why validation is worse."""

from typing import Any

import numpy as np

from dlia.evaluation.volume_predictions import VolumePredictions, labelled
from dlia.study.part_names import TRAIN, VALIDATION
from dlia.study.quantities import in_volume
from dlia.tasks.segmentation.over_images import one_value
from dlia.tasks.segmentation.pairs_of_pixels import by_class, pixel_accuracy

NO_GAP = "training is not above validation"
NO_PATCH = "no such patch"
NOT_ALL = "a class is absent"
NO_CHOICE = "no patches"


def are_chosen(found: VolumePredictions, trial: int) -> bool:
    """Tell whether a network learns from chosen patches, and not from all there is, once each.

    A network on whole slices has the voxels of the training volumes in its patches, all of them.
    """
    learnt = found.patches[trial, 0].sum(axis=-1)
    return not np.array_equal(learnt, labelled(_of(found, trial, TRAIN)).sum(axis=-1))


def facts_of_patches(found: VolumePredictions, trial: int) -> list[dict[str, Any]]:
    """Count what a network is trained on, and measure how much of its gap balance explains.

    The gap is the pixel accuracy on the training patches minus that on the validation volumes. If
    validation is worse only because its voxels are not balanced, then the gap vanishes where they
    are: on patches of the validation volumes that are chosen as those for training
    (gap_closed_by_patches), and on all voxels of these volumes, weighted so that the classes have
    the shares that they have in training (gap_closed_by_shares). 1 is all of the gap, 0 nothing of
    it; both can be negative. Where no patches are chosen, there is nothing to compare.

    Returns:
        Rows of the table of metrics: training_slices and validation_slices, training_voxels_class_1
        and so on (of the whole volumes), training_share_class_1 and so on (of their voxels that
        have a class), training_smallest_share (of a class in the training patches), the two shares
        of the gap, and voxels_class_1/<volume> and so on, of every volume.
    """
    trained, balanced = found.patches[trial]
    validated = labelled(_of(found, trial, VALIDATION))
    slices = {p: sum(v.slices for v in found.volumes if v.part == p) for p in (TRAIN, VALIDATION)}
    voxels = labelled(_of(found, trial, TRAIN)).sum(axis=-1)
    shares = trained.sum(axis=-1) / max(trained.sum(), 1)
    chosen = are_chosen(found, trial)
    smallest = float(shares.min()) if trained.any() else NO_PATCH
    on_patches: float | str = float(pixel_accuracy(balanced)) if balanced.any() else NO_PATCH
    weighted = float((by_class(validated).recall * shares).sum())
    by_shares: float | str = weighted if np.isfinite(weighted) else NOT_ALL
    gap = float(pixel_accuracy(trained)), float(pixel_accuracy(validated))
    values: dict[str, float | str] = {
        "training_slices": slices[TRAIN],
        "validation_slices": slices[VALIDATION],
        **{f"training_voxels_class_{n}": int(own) for n, own in enumerate(voxels, start=1)},
        **{
            f"training_share_class_{n}": float(own / max(voxels.sum(), 1))
            for n, own in enumerate(voxels, start=1)
        },
        "training_smallest_share": smallest if chosen else NO_CHOICE,
        "gap_closed_by_patches": closed(*gap, on_patches if chosen else NO_CHOICE),
        "gap_closed_by_shares": closed(*gap, by_shares),
    }
    for volume in found.volumes:
        true = labelled(found.counts(trial, volume)).sum(axis=-1)
        values |= {
            in_volume(f"voxels_class_{n}", volume.name): int(own)
            for n, own in enumerate(true, start=1)
        }
    return [one_value(name, int(validated.sum()), value) for name, value in values.items()]


def closed(trained: float, validated: float, balanced: float | str) -> float | str:
    """Give the share of the gap between two accuracies that is closed by a third, or why not."""
    if isinstance(balanced, str):
        return balanced
    if not trained > validated:
        return NO_GAP
    return (balanced - validated) / (trained - validated)


def _of(found: VolumePredictions, trial: int, part: str) -> np.ndarray:
    counts = [found.counts(trial, volume) for volume in found.volumes if volume.part == part]
    return np.sum(counts, axis=0)
