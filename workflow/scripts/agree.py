"""Compares the predictions of the variants of one exercise with each other."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from importlib import import_module

    import_module(f"dlia.tasks.{snakemake.params.task}.agreement_figure").compare(
        snakemake.params.metric,
        snakemake.params.variants,
        snakemake.params.bases,
        snakemake.params.classes,
        dict(snakemake.input.items()),
        {name: snakemake.output[name] for name in ("table", "agreement", "masks")},
    )
