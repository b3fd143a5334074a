"""Lists the layers of a network, without training it."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from dlia.data.arrays import Arrays
    from dlia.runtime.files import write_csv
    from dlia.study.settings import Settings
    from dlia.training.input_shape import input_shape
    from dlia.training.layer_table import layer_table

    inputs = snakemake.input
    arrays = Arrays.open(inputs.images, inputs.targets, inputs.split)
    settings = Settings.model_validate(snakemake.params.settings)
    table = layer_table(
        settings, input_shape(settings, arrays.stored_shape), len(snakemake.params.classes)
    )
    table.insert(0, "data", snakemake.params.data)
    write_csv(snakemake.output.table, table)
