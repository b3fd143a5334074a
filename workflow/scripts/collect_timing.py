"""Collects the run times of trainings and all other jobs, and draws them."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from pathlib import Path

    from dlia.evaluation.timing import collect_timing, read_jobs
    from dlia.figures import build_time, style
    from dlia.runtime.files import write_csv

    table = collect_timing(
        snakemake.params.study,
        list(snakemake.input.records),
        snakemake.params.jobs,
        snakemake.params.bases,
        Path("results/benchmarks"),
        Path("logs"),
    )
    write_csv(snakemake.output.timing, table)
    jobs = read_jobs(Path(snakemake.output.timing))
    style.save(build_time.picture(jobs), *snakemake.output.figure)
