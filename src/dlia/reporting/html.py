"""The report as one HTML file that needs nothing else."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dlia.files import atomic
from dlia.formatting import setting_text
from dlia.reporting import findings
from dlia.reporting.context import gather
from dlia.reporting.records import RESULTS
from dlia.reporting.vectors import inline_svg
from dlia.variants import Study


def write_html(
    studies: dict[str, Study],
    report: dict[str, Any],
    seed: int,
    trials: int | None,
    margins: dict[str, float],
    templates: Path,
    path: str,
) -> None:
    """Render the report.

    A name that a template uses and nobody gave is an error, not an empty place.

    Args:
        studies: What config.yaml asks for.
        report: Its ``report`` block.
        seed: Its ``seed``.
        trials: Its ``trials``.
        margins: Its ``margins``.
        templates: The folder with report.html.j2 and style.css.
        path: Where the report goes.
    """
    environment = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["setting"] = setting_text
    context = gather(studies, report, seed)
    style = (templates / "style.css").read_text(encoding="utf-8")
    text = environment.get_template("report.html.j2").render(
        **context,
        style=style,
        drawing=_drawing,
        margins=findings.margins_text(margins),
    )
    with atomic(path) as partial:
        partial.write_text(text, encoding="utf-8")


def _drawing(exercise: str, figure: str, caption: str) -> str:
    file = RESULTS / exercise / "figures" / f"{figure}.svg"
    return inline_svg(file, f"{exercise}-{figure}".replace("_", "-"), caption)
