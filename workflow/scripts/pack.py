"""Packs the results of a build into one archive."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from datetime import UTC, datetime

    from dlia.reporting.crate import pack_crate
    from dlia.reporting.hand_in import pack_hand_in

    target, described = snakemake.output.archive, snakemake.params.described
    data, config = snakemake.params.data, snakemake.params.config
    if snakemake.params.kind == "crate":
        made, logs = snakemake.params.made, snakemake.params.logs
        ended = datetime.now(UTC).isoformat(timespec="seconds")
        pack_crate(target, data, config, described, made, logs, ended)
    else:
        settings = {f"settings/{name}": path for name, path in described.items()}
        pack_hand_in(target, data, config, settings | snakemake.params.handed_in)
