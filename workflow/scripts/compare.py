"""Compares the variants of an exercise with their bases."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from dlia.evaluation.comparisons import Compared, compare_exercise, compare_images

    compare_exercise(
        Compared(**snakemake.params.compared),
        snakemake.params.pairs,
        snakemake.params.tables,
        snakemake.output.comparisons,
    )
    for path in snakemake.output.images:
        compare_images(snakemake.params.pairs, snakemake.params.tables, path)
