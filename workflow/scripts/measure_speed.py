"""Measures how fast the variants of one exercise learn."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from dlia.evaluation.speed import measure_speed

    measure_speed(
        snakemake.params.raced,
        dict(snakemake.input.items()),
        snakemake.params.metric,
        snakemake.params.level,
        snakemake.output.speed,
    )
