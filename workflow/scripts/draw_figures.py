"""Draws all figures of one exercise."""

from typing import TYPE_CHECKING

from dlia.runtime.job import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from pathlib import Path

    from dlia.figures.exercise import draw_exercise
    from dlia.tasks import picture_of

    task, boundary = snakemake.params.task, snakemake.params.boundary
    draw_exercise(
        snakemake.params.metric,
        snakemake.params.losses,
        {name: picture_of(task, name) for name in snakemake.params.pictures},
        snakemake.params.classes,
        snakemake.params.variants,
        (*boundary, picture_of(task, "boundary_figure")) if boundary else None,
        dict(snakemake.input.items()),
        Path(snakemake.output[0]).parent,
        snakemake.params.swept,
        snakemake.params.of_class,
    )
