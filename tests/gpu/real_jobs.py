"""Trainings on the arrays that the check has unpacked."""

from pathlib import Path

from lines import ROOT, Setup
from unpacked import inputs_of

from dlia.tasks import curves_of
from dlia.tasks.studies import load_studies
from dlia.training.training_job import TrainingJob

# Those that `make bench` races: the study and the variant of each exercise.
VARIANTS = {"ex1_2": ("mnist", "ex1_2/sgd"), "ex2_1": ("warwick", "ex2_1/baseline_2019")}


def real_job(
    setup: Setup, exercise: str, engine: str, trials: int, epochs: int, folder: Path
) -> TrainingJob:
    """Give the training of an exercise's variant as the workflow's script would.

    Args:
        setup: What the part is told.
        exercise: A key of ``VARIANTS``.
        engine: auto, loop or stacked.
        trials: How many times it is trained.
        epochs: In the place of the variant's own.
        folder: For its checkpoints.
    """
    name, key = VARIANTS[exercise]
    study = load_studies([name], ROOT)[name]
    return TrainingJob(
        settings=study.variant(key).settings.model_copy(update={"epochs": epochs}),
        curves=curves_of(study.task.name),
        classes=len(study.data.classes),
        trials=trials,
        seed=1,
        code="check",
        device=setup.device,
        inputs=inputs_of(setup, name),
        checkpoints=folder / "checkpoints",
        engine=engine,
    )
