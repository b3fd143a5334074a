"""Draws all figures of one exercise."""

from typing import TYPE_CHECKING

from dlia.jobs import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job(snakemake.log[0]):
    from pathlib import Path

    from dlia.figures.exercise import draw_exercise

    draw_exercise(
        snakemake.params.metric,
        snakemake.params.pictures,
        snakemake.params.classes,
        snakemake.params.variants,
        snakemake.params.boundary,
        dict(snakemake.input.items()),
        Path(snakemake.output[0]).parent,
    )
