"""Counts the classes of a data set, and draws their distribution."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from dlia.data.arrays import Arrays
    from dlia.figures import class_balance, style
    from dlia.runtime.files import write_csv
    from dlia.tasks import description_of

    inputs = snakemake.input
    arrays = Arrays.open(inputs.images, inputs.targets, inputs.split)
    balance, _ = description_of(snakemake.params.task)
    table = balance(arrays, snakemake.params.classes)
    table.insert(0, "data", snakemake.params.data)
    write_csv(snakemake.output.table, table)
    style.save(class_balance.picture(table), *snakemake.output.figure)
