"""Counts the training patches of a study, and draws some of them."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from dlia.data.arrays import Arrays
    from dlia.figures import style
    from dlia.runtime.files import write_csv
    from dlia.tasks import module_of

    inputs, params = snakemake.input, snakemake.params
    arrays = Arrays.open(inputs.images, inputs.targets, inputs.split)
    patches = module_of(params.task, "patches")
    table = patches.counts(arrays, params.classes, params.rules)
    table.insert(0, "data", params.data)
    write_csv(snakemake.output.table, table)
    first = next(iter(params.rules.values()))
    style.save(patches.picture(arrays, params.classes, first), *snakemake.output.figure)
