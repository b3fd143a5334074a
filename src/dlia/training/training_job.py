"""What a training is given, and what comes of it."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlia.study.settings import Settings
from dlia.training.measures import Curves
from dlia.training.progress import Progress


@dataclass(frozen=True)
class TrainingJob:
    """What a training job is given: settings, seeds and files.

    Attributes:
        settings: Every hyperparameter of the training.
        curves: What its task measures of networks.
        classes: How many there are.
        trials: How many times it is trained.
        seed: That of the user, from which all others are derived.
        code: The fingerprint of the code that trains.
        device: auto, cpu or cuda.
        inputs: Paths of images, targets and split.
        checkpoints: The folder for them.
        gpus: 1 for a job that asked Snakemake for a GPU, else 0.
        engine: auto, loop or stacked.
        workers: How many trials may be trained at once in the whole build.
        places: The folder by which its trainings tell each other which cores are taken.
    """

    settings: Settings
    curves: Curves
    classes: int
    trials: int
    seed: int
    code: str
    device: str
    inputs: dict[str, str]
    checkpoints: Path
    gpus: int = 0
    engine: str = "auto"
    workers: int = 1
    places: Path | None = None

    def key(self, facts: dict[str, Any], *trials: int) -> str:
        """Digest all that trials depend on; a checkpoint of anything else is not taken up."""
        text = json.dumps([self.settings.of_training(), self.seed, trials, facts], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Trained:
    """What came of a trial.

    Attributes:
        progress: Its history and its weights.
        initial: What it started with, from ``initial_weights``.
        objects: What trained it, from ``describe_objects``.
    """

    progress: Progress
    initial: list[dict[str, Any]]
    objects: dict[str, Any]
