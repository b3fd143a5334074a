"""Draws all results of a study at a glance."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from dlia.figures import headline, style

    asked = snakemake.params
    rows = headline.rows_of(
        snakemake.input.tables, snakemake.input.claims, asked.about, asked.metric, asked.part
    )
    figure = headline.headline(asked.title, asked.metric, rows, asked.part)
    style.save(figure, *snakemake.output.figure)
