"""All trials of a variant: which engine trains them, and the files that stay."""

import shutil
from importlib import import_module

import torch

from dlia.data.arrays import Arrays
from dlia.models import family_of
from dlia.models.store import Description, save_models
from dlia.runtime import provenance
from dlia.runtime.checkout import keep_difference
from dlia.runtime.files import write_csv, write_json
from dlia.runtime.gpus import own_gpu
from dlia.runtime.interruption import Interrupted, asked_to_end, postponed
from dlia.runtime.locks import alone
from dlia.runtime.terminal import warn
from dlia.training.input_shape import input_shape
from dlia.training.losses import outputs_of
from dlia.training.preparation import device_of
from dlia.training.record_types import Facts
from dlia.training.run_record import history_of, record_of
from dlia.training.training_job import TrainingJob

# By their names in config.yaml, the modules.
_ENGINES = {"loop": "one_by_one", "stacked": "stacked"}

_GRACE = 180  # seconds that a training has to end when it is asked to; its trials have fewer


def train_variant(job: TrainingJob, model: str, history: str, record: str) -> None:
    """Train all trials of a variant, and write its three files.

    Raises:
        Interrupted: The process was asked to end, and wrote checkpoints.
    """

    def wait() -> None:
        warn(f"{job.checkpoints}: another process still trains this; this one waits for it")

    with postponed(_GRACE), alone(job.checkpoints / "lock", wait), own_gpu(job.gpus):
        _train(job, model, history, record)
        if wish := asked_to_end():  # Snakemake may not take what is done from now on
            raise Interrupted(
                f"ended by {wish} after all trials were trained; run the same command to finish"
            )
        shutil.rmtree(job.checkpoints, ignore_errors=True)


def _train(job: TrainingJob, model: str, history: str, record: str) -> None:
    # Before the training: what is committed while it runs is not what trains.
    git = keep_difference()
    device = device_of(job)
    engine = engine_of(job)
    print(
        f"device: {job.device} wanted, {device} taken\n"
        f"engine: {job.engine} wanted, {engine} taken; trials at once in this build: {job.workers}",
        flush=True,
    )
    if job.gpus and job.device == "auto" and device.type == "cpu":
        warn("this training asked for a GPU, but torch finds none here: it runs on the CPU")
    facts: Facts = {
        "code": job.code,
        "inputs": {name: provenance.sha256_of(path) for name, path in job.inputs.items()},
        "versions": provenance.numeric_versions(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "engine": engine,
    }
    if path := job.inputs.get("weights"):
        module = import_module("dlia.models.pretrained")
        facts["weights"] = module.weights_in_words(path)
    trials = import_module(f"dlia.training.{_ENGINES[engine]}").train_trials(job, facts)

    for number, trial in enumerate(trials, start=1):
        progress = trial.progress
        print(f"trial {number}: {progress.status}, epoch {progress.chosen_epoch} kept", flush=True)

    arrays = Arrays.open(job.inputs["images"], job.inputs["targets"], job.inputs["split"])
    description = Description(
        model=job.settings.model,
        divide_by=job.settings.input.divide_by,
        image_shape=input_shape(job.settings, arrays.stored_shape),
        outputs=outputs_of(job.settings.loss, job.classes),
        trials=[
            {
                "trial": number,
                "seed": job.seed,
                "epoch": trial.progress.chosen_epoch,
                "status": trial.progress.status,
            }
            for number, trial in enumerate(trials)
        ],
        classes=list(job.class_names),
    )
    save_models(model, [trial.progress.chosen_weights for trial in trials], description)
    write_csv(history, history_of([trial.progress for trial in trials]))
    facts["versions"] = provenance.versions()
    write_json(record, record_of(job, trials, facts, git))


def engine_of(job: TrainingJob) -> str:
    """Name the engine that trains: stacked if it is asked for and can do it, else loop.

    auto is loop on a GPU, too, until stacked has been verified on one.
    """
    by_hand = job.settings.by_hand
    stackable = family_of(job.settings.model).STACKABLE and not by_hand
    return "stacked" if job.engine == "stacked" and stackable else "loop"
