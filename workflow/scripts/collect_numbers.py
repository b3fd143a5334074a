"""Writes the results as numbers for one's own text."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from dlia.reporting.numbers import write_numbers

    write_numbers(list(snakemake.input.summaries), snakemake.output.tex, snakemake.output.json)
