"""Writes the front page of all reports."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from dlia.reporting.front import write_front
    from dlia.study.yaml_files import ROOT

    write_front(
        [file for file in snakemake.input.reports if file.endswith(".json")],
        snakemake.params.order,
        ROOT / "report",
        snakemake.output.page,
    )
