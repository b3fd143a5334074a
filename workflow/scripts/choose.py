"""Tables what the candidates of an exercise's settings reach on validation images."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from dlia.evaluation.choices import table_choices

    table_choices(
        snakemake.params.candidates,
        dict(snakemake.input.items()),
        snakemake.params.metric,
        snakemake.output.choices,
    )
