"""The report as one self-contained HTML file."""

import base64
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dlia.reporting import escaping, rendering
from dlia.reporting.blocks import Figure, Prose, Table
from dlia.reporting.document import ReportContent, gather
from dlia.reporting.mathml import mathml
from dlia.reporting.paper import numbers
from dlia.reporting.records import RESULTS
from dlia.reporting.vectors import inline_svg
from dlia.runtime.files import write_text
from dlia.study.model import Study

_BEGINS_WITH_DIGITS = re.compile(r"[-+±]?\.?\d")
_DECIMALS = re.compile(r"[-+]?[\d,]*(?P<point>\.(?P<decimals>\d+))?")


def write_html(
    studies: dict[str, Study], asked: dict[str, Any], templates: Path, path: str
) -> None:
    """Render the report.

    Args:
        studies: What config.yaml asks for.
        asked: Entries of config.yaml, as for ``reporting.document.gather``.
        templates: The folder with report.html.j2, blocks.html.j2, style.css and script.js.
        path: Where the report goes.

    Raises:
        UserError: A value is missing; the text says where.
    """
    write_text(path, render(templates, gather(studies, asked)))


def render(templates: Path, report: ReportContent) -> str:
    """Render a report with inline style and script; every value is escaped."""
    style, script = (
        (templates / name).read_text(encoding="utf-8") for name in ("style.css", "script.js")
    )
    environment = html_environment(templates)
    environment.globals["cited"] = {item.label: item.key for item in report.cited}
    environment.globals["numbers"] = numbers(report)
    template = environment.get_template("report.html.j2")
    return rendering.render_or_name_the_place(
        lambda: template.render(
            report=report, style=style, script=script, script_digest=_digest(script)
        ),
        templates,
    )


def html_environment(templates: Path) -> Environment:
    """Return a Jinja environment for HTML: empty values are errors, plain text is escaped."""
    environment = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        autoescape=True,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"labels": rendering.LABELS, "numbers": {}}
    environment.filters |= {
        "displayed": lambda latex: mathml(latex, display=True),
        "drawing": _drawing,
        "label": _label,
        "mathml": mathml,
        "padding": padding,
        "pieces": pieces,
        "places": lambda table: [decimals(table.texts(n)) for n in range(len(table.columns))],
        "signed": escaping.with_minus,
        "verdict_class": rendering.verdict_class,
    }
    environment.tests |= rendering.TESTS
    environment.tests["in_words"] = lambda text: not _BEGINS_WITH_DIGITS.match(text)
    return environment


def plain_text(text: Prose) -> str:
    """Return text without its looks."""
    return "".join(part.text for part in text)


def pieces(name: str) -> list[str]:
    """Return the parts of a long name within which no line ends; files and commands stay whole."""
    long = len(name) > escaping.LONGEST_PART and not {" ", "."} & set(name)
    return escaping.unbroken(name) if long else [name]


def _label(table: Table) -> str:
    """Return the name of the region of a table: its anchor in words, and its caption."""
    name = re.sub(r"[-_]+", " ", table.anchor)
    return f"{name}: {plain_text(table.caption).partition('.')[0]}" if table.caption else name


def decimals(texts: Iterable[str]) -> int:
    """Return the largest number of decimals in a column."""
    found = (_DECIMALS.fullmatch(escaping.without_unit(text)) for text in texts)
    return max((len(match["decimals"] or "") for match in found if match), default=0)


def padding(text: str, places: int) -> str:
    """Return the padding of a number to ``places`` decimals ("97", 2 gives ".00"); "" for words.

    The page shows it invisibly. It aligns a column at the decimal point without adding digits.
    """
    match = _DECIMALS.fullmatch(escaping.without_unit(text))
    lacking = places - len(match["decimals"] or "") if match else 0
    return ("" if match and match["point"] else ".") + "0" * lacking if lacking > 0 else ""


def _finalize(value: Any) -> Any:
    # Markup may be empty, for example of a macro without output.
    return value if hasattr(value, "__html__") else rendering.present(value)


def _digest(script: str) -> str:
    """Return the digest of the script for the Content-Security-Policy of the page."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _drawing(figure: Figure) -> str:
    file = RESULTS / f"{figure.file}.svg"
    prefix = re.sub(r"[_/]", "-", figure.anchor.removesuffix("-figure"))
    return inline_svg(file, f"svg-{prefix}", plain_text(figure.caption))
