"""Copies the first report to where it is looked for."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from pathlib import Path

    from dlia.runtime.files import write_bytes

    write_bytes(snakemake.output.report, Path(snakemake.input.report).read_bytes())
