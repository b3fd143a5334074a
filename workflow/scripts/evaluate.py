"""Compares the predictions of an exercise with the ground truth."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from dlia.evaluation.summary import evaluate_exercise
    from dlia.tasks import tables_of

    evaluate_exercise(
        tables_of(snakemake.params.task),
        snakemake.params.classes,
        snakemake.params.variants,
        dict(snakemake.input.items()),
        dict(snakemake.output.items()),
    )
