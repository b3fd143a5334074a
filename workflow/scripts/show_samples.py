"""Draws some training images of a data set."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from dlia.data.arrays import Arrays
    from dlia.figures import samples, style

    inputs = snakemake.input
    arrays = Arrays.open(inputs.images, inputs.targets, inputs.split)
    figure = samples.picture(arrays, snakemake.params.classes, snakemake.params.seed)
    style.save(figure, *snakemake.output.figure)
