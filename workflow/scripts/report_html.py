"""Writes the report as one HTML file."""

from typing import TYPE_CHECKING

from dlia.jobs import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from dlia.reporting.html import write_html
    from dlia.schema import ROOT
    from dlia.studies import load_studies

    write_html(
        load_studies(snakemake.config["studies"], ROOT),
        snakemake.params.asked,
        ROOT / "report",
        snakemake.output.report,
    )
