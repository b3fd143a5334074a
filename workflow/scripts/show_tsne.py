"""Computes a t-SNE map of training images, and draws it with their classes."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from importlib import import_module

    from pandas import read_csv

    from dlia.data.arrays import Arrays
    from dlia.evaluation.embedding import embed
    from dlia.figures import embedding, style
    from dlia.runtime.files import write_csv

    inputs, features, mapped = snakemake.input, None, "pixels"
    if snakemake.params.model:
        # Imported by name, so that a map of pixels needs no PyTorch.
        module = import_module("dlia.models.box_features")
        features = module.features_of(snakemake.params.model, inputs.weights)
        mapped = snakemake.params.mapped
    arrays = Arrays.open(inputs.images, inputs.targets, inputs.split)
    groups = read_csv(inputs.ids, keep_default_na=False, dtype=str)["group"].tolist()
    classes = snakemake.params.classes
    table = embed(arrays, classes, snakemake.params.seed, features, groups)
    table.insert(0, "data", snakemake.params.data)
    write_csv(snakemake.output.table, table)
    style.save(embedding.picture(table, classes, mapped), *snakemake.output.figure)
