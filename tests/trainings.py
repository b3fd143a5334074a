"""Small trainings for tests: settings as studies give them, images that show their target."""

import copy
import math
from pathlib import Path
from typing import Any, get_args

import pandas as pd
import torch
from own_studies import own_studies

from dlia import models
from dlia.data.arrays import Arrays
from dlia.models import build
from dlia.models.dropout import draw_from
from dlia.models.initialization import initialize
from dlia.runtime.seeds import derive
from dlia.study.load import all_variants
from dlia.study.overlay import overlay
from dlia.study.settings import Settings
from dlia.tasks import curves_of
from dlia.training.batches import Batches
from dlia.training.checkpoint import Checkpoint
from dlia.training.device_data import Part
from dlia.training.loop import train
from dlia.training.losses import outputs_of
from dlia.training.preparation import batches_of, learner_of, load_data, streams_of
from dlia.training.progress import Progress

STUDIES = own_studies("mnist", "warwick")
VARIANTS = all_variants(STUDIES)
# Those that give a class for each image or pixel; detectors have tests of their own.
FAMILIES = sorted(
    file.stem
    for file in Path(models.__path__[0]).glob("[a-z]*.py")
    if "\ndef build(" in (text := file.read_text(encoding="utf-8")) and "anchors" not in text
)
SMALL: dict[str, Any] = {
    "batch_size": 8,
    "epochs": 4,
    "fit": "train",
    "monitor": ["train", "validation"],
}

# One of each kind whose state a checkpoint must hold.
STATEFUL = {
    "plain sgd": {"key": "ex1_2/sgd"},
    "adam and a schedule": {"key": "ex2_1/baseline_2024"},
    "by hand": {"key": "ex1_1/numpy_2019"},
    "normalisation": {"key": "ex2_2/step_20"},
    "dropout": {"key": "ex1_5/dropout"},
    "averaging": {"key": "ex1_2/sgd", "averaging": {"name": "ema", "decay": 0.9}},
    "augmentation": {
        "key": "ex2_2/step_20",
        "augmentation": {"name": "random", "shift": 2, "quarter_turns": True, "stain": 0.2},
    },
    "one cycle": {"key": "ex1_4/adam_default", "schedule": {"name": "one_cycle"}},
    "gradient norms": {"key": "ex2_4/residual_2"},
}


def block(key: str, **settings: Any) -> Any:
    """Give a block of settings, such as model or optimizer, with its defaults filled in."""
    plain = VARIANTS["ex1_2/sgd"].settings.plain() | {key: settings}
    return getattr(Settings.model_validate(plain), key)


def names_of(key: str) -> list[str]:
    """Give the names that a block of settings, such as model or optimizer, may have."""
    return [
        name
        for option in get_args(Settings.model_fields[key].annotation)
        for name in get_args(option.model_fields["name"].annotation)
    ]


def settings_of(key: str, **changes: Any) -> Settings:
    """Give the settings of a variant with ``changes`` laid over, as a study file would."""
    plain = VARIANTS[key].settings.plain()
    overlay(plain, copy.deepcopy(changes))
    return Settings.model_validate(plain)


def task_of(settings: Settings) -> str:
    """Give the task that the settings' network is for."""
    return "segmentation" if settings.model.per_pixel else "classification"


def drawn(task: str, n: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw images that show their target: bright digits, or bright pixels that are glands."""
    generator = torch.Generator().manual_seed(seed)
    if task == "classification":
        targets = torch.arange(n) % 10
        images = torch.randint(0, 40, (n, 28, 28, 1), generator=generator, dtype=torch.uint8)
        for row, target in enumerate(targets):
            images[row, 2 * target : 2 * target + 4] += 200
    else:
        targets = torch.zeros(n, 16, 16, dtype=torch.long)
        for row, left in enumerate(torch.randint(0, 8, (n,), generator=generator)):
            targets[row, :, left : left + 8] = 1
        noise = torch.randint(0, 40, (n, 16, 16, 3), generator=generator, dtype=torch.uint8)
        images = noise + (200 * targets[..., None]).to(torch.uint8)
    return images, targets


def part(task: str, n: int = 24) -> Part:
    """Give ``n`` drawn images as they lie on the device."""
    return Part(*drawn(task, n), 255)


def arrays(task: str) -> Arrays:
    """Give a data set of 24 training, 8 validation and 8 test images."""
    images, targets = drawn(task, 40)
    split = pd.DataFrame({"part": ["train"] * 24 + ["validation"] * 8 + ["test"] * 8})
    return Arrays(images.numpy(), targets.numpy(), split)


def network_of(settings: Settings) -> torch.nn.Module:
    """Build a network for the images of ``part`` and give it its initial weights."""
    shape = (3, 16, 16) if task_of(settings) == "segmentation" else (1, 28, 28)
    classes = 2 if task_of(settings) == "segmentation" else 10
    network = build(settings.model, shape, outputs_of(settings.loss, classes))
    initialize(network, settings.initialization, lambda layer: derive(1, "init", 0, layer))
    return network


def run(
    key: str,
    folder: Path,
    checkpoint_key: str = "key",
    images: Arrays | None = None,
    **changes: Any,
) -> tuple[Progress, list[int]]:
    """Train a variant with ``changes`` on a few images; give what came of it, and its epochs."""
    settings = settings_of(key, **{**SMALL, **changes})
    task = task_of(settings)
    data = load_data(images or arrays(task), settings, torch.device("cpu"), 1)
    streams = streams_of(1, 0, torch.device("cpu"))
    steps = math.ceil(len(data.training) / settings.batch_size)
    seen: list[int] = []
    learner = learner_of(network_of(settings), settings, steps)
    draw_from(learner.network, streams.dropout)
    (result,) = train(
        learner,
        batches_of(Batches, data, settings, [streams]),
        data,
        settings,
        curves_of(task),
        Checkpoint(folder / "trial.pt", checkpoint_key),
        lambda progress: seen.append(progress.epoch),
    )
    return result, seen


def values(result: Progress, part: str, metric: str) -> dict[int, float]:
    """Give a metric's history by epoch."""
    return {e: v for e, p, m, v in result.history if (p, m) == (part, metric)}


def equal(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    """Tell whether two sets of weights are the same bit by bit."""
    return all(torch.equal(first[name], second[name]) for name in first)
