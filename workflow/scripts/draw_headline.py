"""Draws all results of a study at a glance."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from dlia.figures import headline, style

    rows = headline.rows_of(
        snakemake.input.summaries, snakemake.input.claims, snakemake.params.about
    )
    figure = headline.headline(snakemake.params.title, snakemake.params.metric, rows)
    style.save(figure, *snakemake.output.figure)
