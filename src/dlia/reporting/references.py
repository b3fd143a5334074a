"""References of the report: what the methods rest on, and the sources of the studies."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, is_dataclass

from dlia.reporting.blocks import Span
from dlia.reporting.data_sets import NOT_STATED
from dlia.reporting.prose import lines
from dlia.study.model import Study


@dataclass(frozen=True)
class Reference:
    """A reference.

    Attributes:
        label: Its anchor, without the prefix reference-.
        key: What citations show.
        study: The study that cites it, or "".
    """

    label: str
    key: str
    text: str
    study: str = ""


def references(studies: Sequence[Study]) -> list[Reference]:
    """Return every cited source and data set of the studies, the data of a study last.

    If two studies use a key for different texts, the name of the study is added to the key.
    """
    items = [
        (study.name, key, text)
        for study in studies
        for key, text in (
            *study.sources.items(),
            (study.data.archive.split(".")[0], study.data.citation or NOT_STATED),
        )
    ]
    texts: dict[str, set[str]] = defaultdict(set)
    for _, key, text in items:
        texts[key].add(text)
    labels: dict[tuple[str, str], str] = {}
    found = []
    for study, key, text in items:
        own = f"{key} ({study})" if len(texts[key]) > 1 else key
        # Labels are numbered, because a key may have any characters.
        label = labels.setdefault((own, text), f"source-{len(labels) + 1}")
        found.append(Reference(label, own, text, study))
    return found


def cited_in(part: object) -> set[str]:
    """Return the labels of all references that a report, or a part of it, cites."""
    if isinstance(part, Span):
        return {part.text} if part.kind == "cite" else set()
    if is_dataclass(part):
        part = [getattr(part, each.name) for each in fields(part)]
    if isinstance(part, list | tuple):
        return set().union(*map(cited_in, part))
    return set()


def once(items: Sequence[Reference], cited: Collection[str]) -> list[Reference]:
    """Return every reference once, in the order of the first citation, and those of the methods.

    Args:
        items: The references of the studies.
        cited: The labels of the references that the report cites.
    """
    methods = [Reference(*line.split(" | ")) for line in lines("references.md")]
    own = {item.label: item for item in items}
    return [*own.values(), *(item for item in methods if item.label in cited)]
