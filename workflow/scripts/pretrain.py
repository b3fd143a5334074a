"""Trains weights on drawn shapes that stand in for those of large sets of photographs."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from dlia.tasks import curves_of
    from dlia.training.standin_weights import pretrain

    pretrain(
        snakemake.params.network,
        snakemake.params.standin,
        curves_of(snakemake.params.task),
        snakemake.output.weights,
    )
