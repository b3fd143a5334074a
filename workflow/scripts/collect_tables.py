"""Collects a table of every study in one."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from dlia.reporting.records import collect

    collect(list(snakemake.input.tables), snakemake.output.table)
