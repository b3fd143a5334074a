"""Gathers how long the trainings took."""

from typing import TYPE_CHECKING

from dlia.jobs import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from dlia.evaluation.timing import collect_timing

    data = {e: snakemake.params.data[study] for e, study in snakemake.params.exercises.items()}
    bases = snakemake.params.bases
    collect_timing(list(snakemake.input.records), data, bases, snakemake.output.timing)
