"""Long texts of the report: marked-up sections with formulas and terms, from files."""

import re
from collections.abc import Iterable, Iterator, Mapping

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
_CONDITION = re.compile(r'\{(?:always|when="(?P<any>[\w ]+)")\}')
_FORMULA = re.compile(r"\$\$(?P<latex>.+)\$\$ \{#(?P<anchor>[\w-]+)\}")
_TERM = re.compile(r"\*\*(?P<term>.+?)\*\*(?: \{#(?P<anchor>[\w-]+)\})?\s(?P<text>.+)", re.DOTALL)


def lines(file: str) -> list[str]:
    """Return the lines of a text."""
    return (PROSE_FOLDER / file).read_text(encoding="utf-8").splitlines()


def sections(
    file: str, features: Mapping[str, bool] | None = None, **values: Value
) -> Iterator[Section]:
    """Yield the sections of a text.

    A section begins with `# Title {#anchor}`. Blank lines separate its blocks: a formula in double
    dollar signs with its anchor, a term in double asterisks, perhaps with an anchor, and its
    description, or a paragraph. After a line `{when="a b"}`, the rest of a block, up to the next
    such line, to a line `{always}` or to its end, counts only if the report has feature a or b.

    Args:
        file: A file in report/prose.
        features: The features that there are, and whether the report has each of them.
        values: What replaces {name} in it, see ``blocks.words``.

    Raises:
        ValueError: A heading has no anchor, or a feature is unknown; the text names it.
    """
    has = features or {}
    for part in re.split(r"\n(?=# )", "\n".join(lines(file))):
        heading, *texts = re.split(r"\n{2,}", part.strip())
        found = _HEADING.fullmatch(heading)
        if not found:
            raise ValueError(f"{file}: {heading!r} is no heading with an anchor")
        kept = filter(None, (_of_report(file, text, has) for text in texts))
        yield Section(found["anchor"], found["title"], tuple(_blocks(kept, values)))


def _of_report(file: str, text: str, features: Mapping[str, bool]) -> str:
    """Return those lines of a block that count in the report."""
    kept, counts = [], True
    for line in text.splitlines():
        if condition := _CONDITION.fullmatch(line):
            counts = _holds(file, condition, features)
        elif counts:
            kept.append(line)
    return "\n".join(kept)


def _holds(file: str, condition: re.Match[str], features: Mapping[str, bool]) -> bool:
    if not condition["any"]:
        return True
    names = condition["any"].split()
    if unknown := [name for name in names if name not in features]:
        raise ValueError(f"{file}: {condition[0]} names no feature of reports: {unknown[0]}")
    return any(features[name] for name in names)


def _blocks(texts: Iterable[str], values: dict[str, Value]) -> Iterator[AnyBlock]:
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
