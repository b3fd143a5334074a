"""Splits a data set into parts, and finds images that occur in more than one part."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    import pandas as pd

    from dlia.data.arrays import read_targets
    from dlia.data.splits import at_random, equal_images, similar_images, split
    from dlia.runtime.files import write_csv, write_json
    from dlia.runtime.provenance import sha256_of

    # Names of groups may be numbers with leading zeros.
    ids = pd.read_csv(snakemake.input.ids, keep_default_na=False, dtype=str)
    # Memory-mapped, so that the targets of the test part stay on disk.
    targets = read_targets(snakemake.input.targets, len(ids))
    table = split(ids, targets, snakemake.params.validation, snakemake.params.seed)
    if ids["group"].ne("").any():  # what a variant with split: random is trained on
        table = at_random(table, snakemake.params.seed)
    write_csv(snakemake.output.split, table)
    write_csv(snakemake.output.equal, equal_images(ids, table))
    for path in snakemake.output.get("similar", []):
        write_csv(path, similar_images(ids, table))
    files = {
        "ids": snakemake.input.ids,
        "targets": snakemake.input.targets,
        "split": snakemake.output.split,
    }
    write_json(snakemake.output.dataset, {name: sha256_of(file) for name, file in files.items()})
