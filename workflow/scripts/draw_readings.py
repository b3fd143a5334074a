"""Tables and draws what the readings of an exercise's open settings reach."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from dlia.evaluation.readings import table_readings
    from dlia.figures import specification_curve, style
    from dlia.runtime.files import write_csv

    table = table_readings(snakemake.params.readings, list(snakemake.input.summaries))
    write_csv(snakemake.output.table, table)
    style.save(specification_curve.picture(table), *snakemake.output.figure)
