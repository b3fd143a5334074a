"""The inputs and the result of a training."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dlia.study.settings import Settings
from dlia.training.measures import Curves
from dlia.training.progress import Progress
from dlia.training.record_types import InitialTensor, Objects


@dataclass(frozen=True)
class TrainingJob:
    """The inputs of a training: settings, seeds and files.

    Attributes:
        settings: Every hyperparameter of the training.
        curves: The metrics of the task.
        classes: Number of classes.
        trials: Number of trials.
        seed: The user's seed, from which all other seeds are derived.
        code: The digest of the training code.
        device: auto, cpu or cuda.
        inputs: The paths of images, targets and split, by these names.
        checkpoints: The folder for checkpoints.
        gpus: 1 if the job requested a GPU from Snakemake, else 0.
        engine: auto, loop or stacked.
        workers: Maximal number of trials that the build trains in parallel.
        places: The folder of lock files that show which cores are in use.
        class_names: The names of the classes, if the model file is to have them.
        asked: What the study asks for where the build trains less, as in ``Variant.asked``.
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
    asked: dict[str, int] = field(default_factory=dict)
    class_names: Sequence[str] = ()

    def key(self, facts: Mapping[str, object], *trials: int) -> str:
        """Digest all that ``trials`` depend on; a checkpoint is valid only for equal keys."""
        parts = [self.settings.of_training(), self.classes, self.seed, trials, facts]
        text = json.dumps(parts, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Trained:
    """The result of a trial.

    Attributes:
        progress: Its history and its kept weights.
        initial: Statistics of its initial weights, from ``initial_weights``.
        objects: The description of its network, optimizer and so on, from ``describe_objects``.
    """

    progress: Progress
    initial: list[InitialTensor]
    objects: Objects
