"""Long texts of the report: marked-up sections with formulas and terms, from files."""

import re
from collections.abc import Iterator

from dlia.reporting.blocks import (
    AnyBlock,
    Fact,
    FactList,
    Formula,
    Paragraph,
    Section,
    Value,
    words,
)
from dlia.study.yaml_files import ROOT

PROSE_FOLDER = ROOT / "report" / "prose"
_HEADING = re.compile(r"# (?P<title>.+) \{#(?P<anchor>[\w-]+)\}")
_FORMULA = re.compile(r"\$\$(?P<latex>.+)\$\$ \{#(?P<anchor>[\w-]+)\}")
_TERM = re.compile(r"\*\*(?P<term>.+?)\*\*(?: \{#(?P<anchor>[\w-]+)\})? (?P<text>.+)", re.DOTALL)


def lines(file: str) -> list[str]:
    """Return the lines of a text."""
    return (PROSE_FOLDER / file).read_text(encoding="utf-8").splitlines()


def sections(file: str, **values: Value) -> Iterator[Section]:
    """Yield the sections of a text.

    A section begins with `# Title {#anchor}`. Blank lines separate its blocks: a formula in double
    dollar signs with its anchor, a term in double asterisks, perhaps with
    an anchor, and its description, or a paragraph.

    Args:
        file: A file in report/prose.
        values: What replaces {name} in it, see ``blocks.words``.
    """
    for part in re.split(r"\n(?=# )", "\n".join(lines(file))):
        heading, *texts = re.split(r"\n{2,}", part.strip())
        found = _HEADING.fullmatch(heading)
        if not found:
            raise ValueError(f"{file}: {heading!r} is no heading with an anchor")
        yield Section(found["anchor"], found["title"], tuple(_blocks(texts, values)))


def _blocks(texts: list[str], values: dict[str, Value]) -> Iterator[AnyBlock]:
    terms: list[Fact] = []
    for text in texts:
        if formula := _FORMULA.fullmatch(text):
            yield Formula(formula["latex"], formula["anchor"])
        elif term := _TERM.fullmatch(text):
            said = words(term["text"], **values)
            terms.append(Fact(term["term"], said, anchor=term["anchor"] or ""))
        else:
            yield Paragraph(words(text, **values))
    if terms:
        yield FactList(tuple(terms), "rules")
