"""Generates the stand-in for a missing archive."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from pathlib import Path

    from dlia.data.standins import draw

    draw(archive=Path(snakemake.output.archive), **snakemake.params.standin)
