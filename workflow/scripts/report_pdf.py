"""Typesets the LaTeX document."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log.run):
    from dlia.reporting.pdf import compile_pdf

    compile_pdf(snakemake.input.tex, snakemake.output.report, snakemake.log.latex)
