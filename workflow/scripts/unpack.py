"""Decodes an archive into arrays."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from pathlib import Path

    from dlia.data.unpack import Layout, unpack
    from dlia.runtime.files import write_json
    from dlia.runtime.provenance import sha256_of

    archive = snakemake.config["archives"][snakemake.params.study]
    written = {name: Path(snakemake.output[name]) for name in ("images", "targets", "ids")}
    layout = Layout.of(snakemake.params.layout)
    left_out = unpack(Path(archive["path"]), layout, archive["files"], **written)
    for each in left_out:
        print(f"left out: {each}", flush=True)
    source = {key: snakemake.params[key] for key in ("data", "archive", "contents", "layout")}
    # With digests of what was written, by which later jobs notice a change. The ids list the digest
    # of each image.
    digests = {name: sha256_of(written[name]) for name in ("ids", "targets")}
    facts = {"sha256": archive["sha256"], **({"left_out": left_out} if left_out else {})}
    write_json(snakemake.output.source, source | digests | facts)
