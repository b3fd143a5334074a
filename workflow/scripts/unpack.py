"""Decodes an archive into arrays."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from pathlib import Path

    from dlia.data.unpack import Layout, unpack
    from dlia.runtime.files import write_json

    layout = snakemake.params.layout
    unpack(
        Path(snakemake.config["archives"][snakemake.params.study]),
        Layout(
            kind=layout["kind"],
            size=tuple(layout["size"]),
            channels=layout["channels"],
            classes=tuple(layout["classes"]),
        ),
        images=Path(snakemake.output.images),
        targets=Path(snakemake.output.targets),
        ids=Path(snakemake.output.ids),
    )
    source = {key: snakemake.params[key] for key in ("data", "archive", "sha256", "layout")}
    write_json(snakemake.output.source, source)
