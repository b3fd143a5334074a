"""Writes what the front page says about a report."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from pathlib import Path

    from dlia.reporting.outline import write_outline
    from dlia.tasks.studies import studies_built

    write_outline(
        studies_built(snakemake.params.limits, Path(), snakemake.params.left_out),
        snakemake.params.asked,
        snakemake.params.formats,
        snakemake.output.outline,
    )
