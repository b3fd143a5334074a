"""Draws some training images of a data set."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from dlia.data.arrays import Arrays
    from dlia.figures import style
    from dlia.tasks import description_of

    inputs = snakemake.input
    arrays = Arrays.open(inputs.images, inputs.targets, inputs.split)
    _, picture = description_of(snakemake.params.task)
    figure = picture(arrays, snakemake.params.classes, snakemake.params.seed)
    style.save(figure, *snakemake.output.figure)
