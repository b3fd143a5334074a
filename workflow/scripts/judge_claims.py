"""Judges the claims of the sources."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from pathlib import Path

    from dlia.study.claims import StudyClaims
    from dlia.verdicts.table import judge_claims

    judge_claims(
        map(StudyClaims.of_plain, snakemake.params.studies),
        snakemake.params.margins,
        Path("results"),
        snakemake.output.claims,
    )
