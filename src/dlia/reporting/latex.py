"""The report as a LaTeX document for LuaLaTeX that a reader can edit further."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dlia.formatting import metric_text
from dlia.reporting import escaping, layout, rendering
from dlia.reporting.context import gather
from dlia.runtime.files import write_text
from dlia.study.model import Study


def write_tex(studies: dict[str, Study], asked: dict[str, Any], templates: Path, path: str) -> None:
    """Render the report; figure paths are relative to the folder of ``path``.

    Args:
        studies: What config.yaml asks for.
        asked: Entries of config.yaml, as for ``reporting.context.gather``.
        templates: The folder with report.tex.j2.
        path: Where the report goes.

    Raises:
        UserError: A value is missing, or holds a character that cannot be printed.
    """
    text = render(templates, **layout.arrange_pages(gather(studies, asked)))
    write_text(path, text)


def render(templates: Path, **context: Any) -> str:
    """Render report.tex.j2, every value escaped.

    Raises:
        UserError: A value is missing; the text says where.
    """
    template = latex_environment(templates).get_template("report.tex.j2")
    return rendering.render_or_name_the_place(lambda: template.render(context), templates)


def latex_environment(templates: Path) -> Environment:
    r"""Return a Jinja environment with delimiters that do not clash with LaTeX.

    \VAR{...} is a value, a line that begins with two per cent signs is a statement, %# begins a
    comment. Every value that is not a ``Latex`` string is escaped.
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
    environment.filters |= rendering.FILTERS | {
        "breakable": escaping.breakable,
        "digits": _digits,
        "latex": escaping.Latex,
        "name": escaping.name,
        "number": escaping.number,
    }
    return environment


def _finalize(value: Any) -> escaping.Latex:
    if isinstance(value, escaping.Latex):
        return value
    return escaping.escape(str(rendering.present(value)))


def _digits(metric: str) -> escaping.Latex:
    """Return the numbers of digits before and after the decimal point, for siunitx."""
    whole, _, rest = metric_text(metric, 1, unit=False).partition(".")
    return escaping.Latex(f"{len(whole)}.{len(rest)}")
