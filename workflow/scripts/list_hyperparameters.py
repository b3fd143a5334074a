"""Lists every hyperparameter of every variant, with its value, meaning and origin."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from pathlib import Path

    from dlia.reporting.hyperparameters import write_hyperparameters
    from dlia.tasks.studies import studies_built

    write_hyperparameters(
        studies_built(snakemake.params.limits, Path(), snakemake.params.left_out),
        dict(zip(snakemake.params.trained, snakemake.input.records, strict=True)),
        snakemake.params.trials,
        snakemake.output.table,
    )
