"""The test part of an archive that has none: a share of its images, the same in every build."""

import hashlib
from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np

from dlia.data.boxes import Annotated
from dlia.data.layouts import Sample

_SEED = 2021  # of the order in which groups are tried


def with_test_part(samples: list[Sample], share: float) -> list[Sample]:
    """Make a share of the training images the test part, by class; groups stay whole.

    Without groups, each class gives the images whose ids have the lowest digests, so that an image
    that is added to the archive moves hardly any other.

    Args:
        samples: All images; those of another part than train stay as they are.
        share: The share that the test part gets.

    Returns:
        The images, sorted by id; those of the test part have ids that begin with Test/.

    Raises:
        UserError: Whole groups cannot give about this share, or an image of another part has the
            name of one of the test part.
    """
    others = [sample for sample in samples if sample.part != "train"]
    samples = [sample for sample in samples if sample.part == "train"]
    strata = _strata(samples)
    if any(sample.group for sample in samples):
        # It takes a second to import; few archives have groups.
        from dlia.data.group_splits import hold_out_groups

        named = [(sample.group, "" if sample.group else sample.id) for sample in samples]
        numbers = {name: number for number, name in enumerate(sorted({*named}))}
        groups = np.array([numbers[name] for name in named])
        _, dense = np.unique(strata, return_inverse=True)
        key = "data.layout.test_share"
        held = hold_out_groups(dense, groups, share, _SEED, key).tolist()
    else:
        held = _lowest(samples, strata, share)
    moved = [
        replace(sample, id=f"Test/{sample.id.partition('/')[2]}", part="test") if chosen else sample
        for sample, chosen in zip(samples, held, strict=True)
    ]
    return sorted(moved + others, key=lambda sample: sample.id)


def _lowest(samples: list[Sample], strata: list[int], share: float) -> list[bool]:
    members: dict[int, list[int]] = defaultdict(list)
    for number, stratum in enumerate(strata):
        members[stratum].append(number)
    held = [False] * len(samples)
    for own in members.values():
        own.sort(key=lambda number: hashlib.sha256(samples[number].id.encode()).digest())
        # A class of a single image stays in training, which needs all classes.
        for number in own[: min(max(round(share * len(own)), 1), len(own) - 1)]:
            held[number] = True
    return held


def _strata(samples: list[Sample]) -> list[int]:
    """Give the class of each image, with boxes the rarest of its classes; 0 without any."""
    shown = [_labels_of(sample) for sample in samples]
    counts = Counter(label for labels in shown for label in labels)
    return [
        min(labels, key=lambda label: (counts[label], label)) + 1 if labels else 0
        for labels in shown
    ]


def _labels_of(sample: Sample) -> set[int]:
    if isinstance(sample.target, Annotated):
        return {box.label for box in sample.target.boxes}
    return {sample.target} if isinstance(sample.target, int) else set()
