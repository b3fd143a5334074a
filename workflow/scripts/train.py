"""Trains all trials of one variant."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from pathlib import Path

    from dlia.runtime.interruption import end_with
    from dlia.study.settings import Settings
    from dlia.tasks import curves_of
    from dlia.training.train_variant import train_variant
    from dlia.training.training_job import TrainingJob

    end_with(snakemake.config["process"])
    train_variant(
        TrainingJob(
            settings=Settings.model_validate(snakemake.params.settings),
            asked=snakemake.params.asked,
            curves=curves_of(snakemake.params.task),
            classes=snakemake.params.classes,
            class_names=snakemake.params.class_names,
            trials=snakemake.params.trials,
            seed=snakemake.params.seed,
            code=snakemake.params.code,
            device=snakemake.config["device"],
            engine=snakemake.config["engine"],
            gpus=snakemake.resources.gpu,
            workers=snakemake.config["workers"],
            places=snakemake.config["places"] and Path(snakemake.config["places"]),
            inputs=dict(snakemake.input.items()),
            checkpoints=Path(snakemake.params.checkpoints),
        ),
        **dict(snakemake.output.items()),
    )
