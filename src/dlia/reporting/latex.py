"""The report as a LaTeX document for LuaLaTeX that a reader can edit further."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dlia.reporting import columns, escaping, rendering
from dlia.reporting.blocks import Cell, Prose, Span
from dlia.reporting.document import ReportContent, gather
from dlia.reporting.escaping import Latex
from dlia.reporting.paper import on_paper
from dlia.runtime.files import write_text
from dlia.study.model import Study

# The colours of verdicts in report/preamble.tex; all others have that of "undecided".
COLOURED = ("reproduced", "compatible", "not-reproduced", "not-tested")
_LOOKS = {
    "code": r"\code{%s}",
    "command": r"\code{%s}",
    "emphasis": r"\emph{%s}",
    "strong": r"\textbf{%s}",
    "differs": r"\textbf{%s}",
    "soft": r"\textcolor{soft}{%s}",
}
_ESCAPES = {
    "code": escaping.breakable,
    "differs": escaping.breakable,
    "command": escaping.command,
}


def write_tex(studies: dict[str, Study], asked: dict[str, Any], templates: Path, path: str) -> None:
    """Render the report; figure paths are relative to the folder of ``path``.

    Args:
        studies: What config.yaml asks for.
        asked: Entries of config.yaml, as for ``reporting.document.gather``.
        templates: The folder with report.tex.j2, blocks.tex.j2 and preamble.tex.
        path: Where the report goes.

    Raises:
        UserError: A value is missing, or holds a character that cannot be printed.
    """
    write_text(path, render(templates, gather(studies, asked)))


def render(templates: Path, report: ReportContent) -> str:
    """Render a report, every value escaped; its folded parts go into the appendix."""
    template = latex_environment(templates).get_template("report.tex.j2")
    paper = on_paper(report)
    return rendering.render_or_name_the_place(lambda: template.render(report=paper), templates)


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
    environment.globals["labels"] = rendering.LABELS
    environment.filters |= {
        "amount": amount,
        "colour": _colour,
        "latex": Latex,
        "layouts": columns.layouts,
        "name": escaping.name,
        "parts": inline,
        "split": columns.split_wide,
    }
    environment.tests |= rendering.TESTS
    return environment


def _finalize(value: Any) -> Latex:
    if isinstance(value, Latex):
        return value
    return escaping.escape(str(rendering.present(value)))


def inline(text: Prose) -> Latex:
    """Return text as LaTeX."""
    return Latex("".join(map(_part, text)))


def _part(part: Span) -> str:
    if part.kind == "math":
        return f"${part.text}$"
    if part.kind == "cite":
        return rf"\cite{{{escaping.name(part.text)}}}"
    if part.number:
        said = _number(part)
    elif part.kind == "verdict":
        said = rf"\verdict{{{_colour(part.text)}}}{{{escaping.escape(part.text)}}}"
    else:
        escape = _ESCAPES.get(part.kind, escaping.escape_run)
        said = _LOOKS.get(part.kind, "%s") % escape(part.text)
    if not part.target:
        return said
    target = escaping.name(part.target)
    if part.numbered:
        return rf"{said} (\cref{{{target}}})"
    return rf"\hyperlink{{{target}}}{{{said}}}"


def _number(part: Span) -> str:
    r"""Return the macro of numbers.tex, so that a copy of the document follows the next build."""
    bare = "/bare" if escaping.without_unit(part.text) == part.text else ""
    return rf"\dlia{{{escaping.name(part.number)}{bare}}}"


def amount(cell: Cell) -> Latex:
    """Return the cell of a column that is aligned at the decimal point."""
    first = cell.text[0]
    return Latex(_number(first)) if first.number else escaping.number(cell.words)


def _colour(verdict: str) -> Latex:
    found = rendering.verdict_class(verdict)
    return Latex(found if found in COLOURED else "undecided")
