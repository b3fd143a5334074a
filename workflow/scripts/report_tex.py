"""Writes the report as a LaTeX document."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from pathlib import Path

    from dlia.reporting.latex import write_tex
    from dlia.runtime.checkout import keep_difference
    from dlia.study.yaml_files import ROOT
    from dlia.tasks.studies import studies_built

    keep_difference()
    write_tex(
        studies_built(snakemake.params.limits, Path(), snakemake.params.left_out),
        snakemake.params.asked,
        ROOT / "report",
        snakemake.output.report,
    )
