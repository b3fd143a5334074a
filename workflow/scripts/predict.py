"""Runs the trained networks of one variant on the test images."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from dlia.tasks import predictor_of

    predictor_of(snakemake.params.task)(
        snakemake.input.model,
        dict(snakemake.input.items()),
        snakemake.params.prediction,
        snakemake.config["device"],
        snakemake.output.predictions,
        snakemake.resources.gpu,
        **snakemake.params.own,
    )
