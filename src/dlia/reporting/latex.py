"""The report as a LaTeX document, for LuaLaTeX, that a reader can go on writing in."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dlia.files import atomic
from dlia.formatting import metric_text, setting_text
from dlia.quantities import QUANTITIES
from dlia.reporting import escaping, findings, layout, rendering
from dlia.reporting.context import gather
from dlia.variants import Study


def write_tex(
    studies: dict[str, Study],
    report: dict[str, Any],
    seed: int,
    trials: int | None,
    margins: dict[str, float],
    overrides: dict[str, Any],
    templates: Path,
    path: str,
) -> None:
    """Render the report; it names the figures by their paths in the folder of ``path``.

    Args:
        studies: What config.yaml asks for.
        report: Its ``report`` block.
        seed: Its ``seed``.
        trials: Its ``trials``.
        margins: Its ``margins``.
        overrides: What the build was given in the place of what stands in config.yaml.
        templates: The folder with report.tex.j2.
        path: Where the report goes.

    Raises:
        UserError: A value is missing, or holds a character that cannot be printed.
    """
    context = layout.arrange(gather(studies, report, seed, overrides))
    text = render(
        templates,
        **context,
        words={name: quantity.words for name, quantity in QUANTITIES.items()},
        margins=findings.margins_text(margins),
        trials=trials or "as each variant states",
        rules=rendering.rules(),
    )
    with atomic(path) as partial:
        partial.write_text(text, encoding="utf-8")


def render(templates: Path, **context: Any) -> str:
    """Render report.tex.j2, every value escaped.

    Raises:
        UserError: A value is missing; the text says where.
    """
    template = latex_environment(templates).get_template("report.tex.j2")
    return rendering.render_or_name_the_place(lambda: template.render(context), templates)


def latex_environment(templates: Path) -> Environment:
    r"""Give Jinja with marks that LaTeX leaves free.

    \VAR{...} is a value, a line that begins with two per cent signs a statement, %# begins a
    comment. What is not ``Latex`` already is escaped on its way out.
    """
    environment = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - that of Jinja is for HTML; ours is finalize
        finalize=_finalize,
        block_start_string=r"\BLOCK{",
        block_end_string="}",
        variable_start_string=r"\VAR{",
        variable_end_string="}",
        comment_start_string=r"\COMMENT{",
        comment_end_string="}",
        line_statement_prefix="%%",
        line_comment_prefix="%#",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "breakable": escaping.breakable,
        "count": "{:,}".format,
        "digits": _digits,
        "first_capital": lambda text: text[:1].upper() + text[1:],
        "latex": escaping.Latex,
        "name": escaping.name,
        "number": escaping.number,
        "section": lambda exercise: exercise.removeprefix("ex").replace("_", "."),
        "setting": setting_text,
        "tally": layout.tally,
        "with_unit": escaping.with_unit,
        "without_unit": escaping.without_unit,
    }
    return environment


def _finalize(value: Any) -> escaping.Latex:
    if isinstance(value, escaping.Latex):
        return value
    return escaping.escape(str(rendering.present(value)))


def _digits(metric: str) -> escaping.Latex:
    """Give how many digits stand before and after the decimal point, for siunitx."""
    whole, _, rest = metric_text(metric, 1, unit=False).partition(".")
    return escaping.Latex(f"{len(whole)}.{len(rest)}")
