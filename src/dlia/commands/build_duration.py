"""Estimated time of a build on this machine, from a few steps of each training.

Run as a script, it reads ``Asked`` from standard input and prints ``Told``, both as JSON: a build
asks in another process, because PyTorch must not be imported into Snakemake's.
"""

import contextlib
import json
import math
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

import torch
from torch import Tensor

from dlia.data.archives import checked_entries, open_archive, read_entry
from dlia.data.unpack import Layout, arrange
from dlia.errors import UserError
from dlia.formatting import duration_text
from dlia.models import build, family_of
from dlia.plan import candidates, machine
from dlia.plan.plan import Plan
from dlia.runtime.build_record import own_name
from dlia.runtime.devices import choose_device
from dlia.runtime.forks import FORKING
from dlia.study.folds import FOLDS
from dlia.study.model import Study, Variant
from dlia.study.origins import STANDIN
from dlia.study.part_names import TEST, TRAIN, VALIDATION
from dlia.study.resource_estimate import MACS_A_SECOND
from dlia.study.settings import Settings
from dlia.training.augmented_prediction import VIEWS
from dlia.training.device_data import Part
from dlia.training.fewer_passes import in_fewer_passes
from dlia.training.input_shape import input_shape
from dlia.training.losses import outputs_of
from dlia.training.preparation import augmentation_of, learner_of

# Seconds of a core that distances and counts of a predicted volume take, per million voxels.
OF_VOXELS = 0.25
_STEPS, _SECONDS = 3, 0.05  # at least so many steps and seconds; the fastest step counts
# A step on a CPU that takes longer than so many seconds, by its work, is not run: it would take
# minutes, and perhaps more memory than there is.
LONGEST_STEP = 10.0
# Seconds of a core that a training takes beyond its steps, and that any other job takes; where
# jobs cannot be forks, each imports its libraries itself.
OF_TRAINING, OF_OTHER = (1.2, 0.8) if FORKING else (3.0, 1.5)
# Settings that do not change how long a step takes.
_FREE = {"trials", "epochs", "schedule", "initialization", "select", "prediction"}
_FREE |= {"fit", "held_out_fold", "split"}
_BUSY = 0.75  # programs that compute, for each core, before a build begins
_EVALUATED = 1 / 3  # of a step: a forward pass alone


class Asked(TypedDict):
    """What a build wants to know the duration of.

    Attributes:
        config: The configuration of the build.
        rules: The names of the rules of all jobs to run.
        cores: The number of cores.
    """

    config: dict[str, Any]
    rules: list[str]
    cores: int


class Told(TypedDict):
    """What a build is told.

    Attributes:
        lines: How long it takes, in words.
        seconds: The expected run time of each training, by the own name of its rule.
    """

    lines: list[str]
    seconds: dict[str, float]


@dataclass(frozen=True)
class Training:
    """A training to run.

    Attributes:
        study: Its study.
        variant: The variant that is trained.
        trials: The number of its trials.
        seconds: The estimated seconds of all trials, one after another.
    """

    study: Study
    variant: Variant
    trials: int
    seconds: float

    def on(self, cores: float) -> float:
        """Return its seconds from start to end if as many trials run at once as ``cores`` allow."""
        return OF_TRAINING + self.seconds / max(min(self.trials, cores), 1)


@dataclass(frozen=True)
class Estimate:
    """The estimated duration of a build.

    Attributes:
        seconds: From the first job to the last.
        where: The cores or the GPU that this holds for, in words.
        trained: The trainings to run.
        cores: How many trials run at once; 1 on a GPU.
    """

    seconds: float
    where: str
    trained: list[Training]
    cores: int

    def expected(self) -> dict[str, float]:
        """Return the expected run time of each training, by the own name of its rule.

        The trainings share the cores; none has less than one.
        """
        share = self.cores / max(len(self.trained), 1)
        return {f"train_{t.variant.exercise}_{t.variant.name}": t.on(share) for t in self.trained}


def estimate(plan: Plan, rules: list[str], cores: int) -> Estimate:
    """Estimate the duration of a build that runs ``rules`` on ``cores`` cores.

    A training that fits neither the time nor the memory of a machine is estimated, too.
    """
    names, steps = set(map(own_name, rules)), dict[str, float]()
    trained = [
        Training(study, variant, plan.trials(variant), seconds_of(plan, study, variant, steps))
        for study, variant in [*plan.variants_by_name(), *candidates.all_candidates(plan)]
        if f"train_{variant.exercise}_{variant.name}" in names
    ]
    whole = sum(training.seconds for training in trained)
    whole += sum(
        seconds_of_prediction(plan, study, variant, steps)
        for study, variant in plan.predicting_variants(by_name=True)
        if f"predict_{variant.exercise}_{variant.name}" in names
    )
    beside = OF_TRAINING * len(trained) + OF_OTHER * (len(rules) - len(trained))
    # The estimate is for one trial after another; the stacked engine on a GPU may be faster.
    if torch.cuda.is_available() and plan.config.device != "cpu":
        return Estimate(whole + beside / cores, "at most, on one GPU", trained, 1)
    where = f"on {cores} core{'s' if cores > 1 else ''}"
    # A training with fewer trials than there are cores leaves some idle if it is the last.
    longest = max((training.on(cores) for training in trained), default=0.0)
    return Estimate(max((whole + beside) / cores, longest), where, trained, cores)


def seconds_of(plan: Plan, study: Study, variant: Variant, steps: dict[str, float]) -> float:
    """Estimate the seconds of all trials of a variant, one after another.

    Args:
        plan: The build.
        study: The study of the variant.
        variant: The variant; its steps are timed on noise images.
        steps: The seconds of a step of the programs that were timed before; this one is added.
    """
    settings, parts = variant.settings, images_of(plan, study, variant)
    batch, step = _step_of(plan, study, variant, steps)
    # Curves begin before the first epoch. In the end, the network that is kept is tested for having
    # collapsed.
    counts = {TRAIN: parts.monitored, VALIDATION: parts.validation, TEST: parts.test}
    evaluated = (settings.epochs + 1) * sum(counts[part] for part in settings.monitor)
    evaluated += parts.validation
    updates = settings.epochs * math.ceil(parts.training / batch)
    return step * (updates + evaluated / batch * _EVALUATED) * plan.trials(variant)


def seconds_of_prediction(
    plan: Plan, study: Study, variant: Variant, steps: dict[str, float]
) -> float:
    """Estimate the seconds in which all networks of a variant predict."""
    parts = images_of(plan, study, variant)
    batch, step = _step_of(plan, study, variant, steps)
    network = parts.predicted / batch * step * _EVALUATED
    return plan.trials(variant) * (network + OF_VOXELS * parts.voxels / 1e6)


def _step_of(
    plan: Plan, study: Study, variant: Variant, steps: dict[str, float]
) -> tuple[int, float]:
    """Return the batch size and the seconds of a training step; equal programs are timed once."""
    settings = variant.settings
    # If no patch fits its rule, the training says so.
    batch = max(1, min(settings.batch_size, images_of(plan, study, variant).training))
    program = json.dumps([study.name, batch, settings.model_dump(exclude=_FREE)])
    if program not in steps:
        steps[program] = seconds_of_step(plan, study, variant, batch)
    return batch, steps[program]


def seconds_of_step(plan: Plan, study: Study, variant: Variant, batch: int) -> float:
    """Time a few training steps of a variant on noise images; return the seconds of the fastest.

    A step that is too long for that is estimated from its work.
    """
    device = choose_device("cpu" if variant.by_hand else plan.config.device)
    if (
        device.type == "cpu"
        and (estimated := _work_in_seconds(plan, study, variant)) > LONGEST_STEP
    ):
        return estimated
    size, settings = plan.layout(study)["size"], variant.settings
    if settings.sampling:
        size = [settings.sampling.patch] * 2
    with on_noise(study, settings, size, batch, device) as (learner, shown):

        def step() -> float:
            started = time.perf_counter()
            float(learner.step(*shown()))
            return time.perf_counter() - started

        step()
        taken: list[float] = []
        while len(taken) < _STEPS or sum(taken) < _SECONDS:
            taken.append(step())
    return min(taken)


def _work_in_seconds(plan: Plan, study: Study, variant: Variant) -> float:
    """Estimate the seconds of a step from its work: one forward pass, and two for the gradients."""
    images = 3 * variant.settings.batch_size
    return images * machine.work_of_variant(plan, study, variant).macs / MACS_A_SECOND


def cautions(plan: Plan, found: Estimate) -> list[str]:
    """Say which trainings on a CPU are too long to be timed, and which may lack memory."""
    if torch.cuda.is_available() and plan.config.device != "cpu":
        return []
    told, trained = [], found.trained
    long = [t for t in trained if _work_in_seconds(plan, t.study, t.variant) > LONGEST_STEP]
    if long:
        told.append(
            f"Not timed but estimated from their multiply-accumulates, because a step takes over "
            f"{LONGEST_STEP:.0f} s: {_named(long)}."
        )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    needs = {
        t.variant.key: machine.memory_of(plan, t.study, t.variant, min(t.trials, found.cores))
        for t in trained
    }
    large = [t for t in trained if needs[t.variant.key] > memory]
    if large:
        told.append(
            f"This machine has {memory:,} MB of memory, and by estimate up to "
            f"{max(needs.values()):,} MB are needed: the system may end {_named(large)}. Fewer "
            "--cores, a smaller batch_size or a smaller data.size needs less."
        )
    return told


def _named(trained: list[Training]) -> str:
    keys = [training.variant.key for training in trained]
    return ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")


@contextlib.contextmanager
def on_noise(
    study: Study, settings: Settings, size: list[int], batch: int, device: torch.device
) -> Iterator[tuple[Any, Callable[[], tuple[Tensor, Tensor]]]]:
    """Prepare the learner of a trial, and noise images to train it on.

    Args:
        study: The study whose image format the noise has.
        settings: Every hyperparameter of the training.
        size: Height and width of a stored image, or of a patch.
        batch: Images per step.
        device: The device to train on.

    Yields:
        The learner, and a function that returns an augmented batch of images and targets.
    """
    depth, classes = study.data.channels, len(study.data.classes)
    shape = input_shape(settings, (depth, size[0], size[1]))
    network = build(settings.model, shape, outputs_of(settings.loss, classes))
    network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    noise = torch.Generator().manual_seed(0)
    count = 4 * batch
    pixels = torch.randint(0, 256, (count, *size, depth), dtype=torch.uint8, generator=noise)
    labelled = (count, *size) if study.task.per_pixel else (count,)
    targets = torch.randint(0, classes, labelled, generator=noise)
    if study.task.boxed:
        middle = [size[1] / 4, size[0] / 4, 3 * size[1] / 4, 3 * size[0] / 4]
        boxes = torch.tensor([middle]).expand(count, -1)
        targets = torch.cat([boxes, targets[:, None]], dim=1)[:, None]
    part = Part(pixels.to(device), targets.to(device), settings.input.divide_by)
    augment = augmentation_of(settings, noise)
    learner = learner_of(network, settings, steps=10**6)  # so that no schedule ends

    def shown() -> tuple[Tensor, Tensor]:
        rows = torch.randperm(count, generator=noise)[:batch].to(device)
        return augment(part.inputs(rows), part.wanted(rows))

    family = family_of(settings.model)
    with in_fewer_passes(network, family.pooling_first(network)):
        yield learner, shown


class Images(NamedTuple):
    """How many images, or patches of volumes, a variant sees.

    Attributes:
        training: Those of an epoch, with their fixed copies.
        monitored: Those that training curves show.
        validation: Those that validation curves show.
        test: Those that curves of the test part show.
        predicted: Those that one network predicts, each view by itself.
        voxels: The voxels of all volumes.
    """

    training: int
    monitored: int
    validation: int
    test: int
    predicted: int
    voxels: int = 0


def images_of(plan: Plan, study: Study, variant: Variant) -> Images:
    """Count what a variant sees."""
    choice, settings = plan.archives[study.name], variant.settings
    copies = 1 + len(settings.add_copies)
    if seen := machine.seen_of(plan, study, variant):
        held_out = seen.validation
        shown = seen.training * copies
        return Images(shown, seen.training, held_out, held_out, seen.predicted, seen.voxels)
    if choice.kind == STANDIN:
        counts = Counter({TRAIN: study.data.standin.train, TEST: study.data.standin.test})
    else:
        counts = _counted(choice.path, choice.files, json.dumps(plan.layout(study)))
    if counts[TRAIN] == 0:
        raise UserError(
            f"{choice.path}: contains no training images; replace it by a complete copy"
        )
    stated = counts[VALIDATION]  # by a layout that names a validation part
    share = (study.data.validation or 0) if settings.held_out_fold is None else 1 / FOLDS
    validation = stated or round(share * counts[TRAIN])
    training = counts[TRAIN] + stated - (validation if settings.fit == "train" else 0)
    predicted = counts[TEST] * len(VIEWS[settings.prediction.views])
    # Training curves show as many images as there are in the validation part.
    return Images(training * copies, validation, validation, counts[TEST], predicted)


@cache
def _counted(path: str, files: tuple[str, ...], layout: str) -> Counter[str]:
    """Count the images of each part of an archive, once for all variants."""
    with open_archive(Path(path), files) as archive:
        entries, _ = checked_entries(archive)
        samples, _ = arrange(entries, Layout.of(json.loads(layout)), partial(read_entry, archive))
    return Counter(sample.part for sample in samples)


def beside_others() -> str:
    """Say so if other programs compute here: times are then longer than any estimate says."""
    busy = os.getloadavg()[0] / (os.cpu_count() or 1)
    if busy < _BUSY:
        return ""
    return "Other programs compute on this machine, too: it may take longer than that."


def answer(asked: Asked) -> Told:
    """Tell how long a build takes, or why that is not known."""
    busy = beside_others()  # before the estimate, which computes, too
    try:
        plan = Plan.read(asked["config"], Path())
        found = estimate(plan, asked["rules"], asked["cores"])
    except UserError as error:
        reason = str(error).partition("\n")[0]
        return {"lines": [f"how long this build takes is not known: {reason}"], "seconds": {}}
    trainings = "its training" if len(found.trained) == 1 else f"{len(found.trained)} trainings"
    lines = [
        f"This build takes about {duration_text(found.seconds)} {found.where} (estimated from a "
        f"few steps of {trainings}, on an idle machine)."
    ]
    lines += cautions(plan, found)
    lines += [busy] if busy else []
    if short := [training.variant for training in found.trained if training.variant.is_shortened]:
        longest = max(short, key=lambda variant: variant.asked["epochs"])
        epochs = longest.text("epochs", longest.settings.epochs)
        lines.append(
            f"Shortened trainings: {len(short)}, such as {longest.key} to {epochs} epochs; "
            "--config max_epochs=full trains all epochs."
        )
    return {"lines": lines, "seconds": found.expected()}


if __name__ == "__main__":
    print(json.dumps(answer(json.load(sys.stdin))))
