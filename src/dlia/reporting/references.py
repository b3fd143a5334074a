"""References of the report: what the methods rest on, and the sources of the studies."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

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


def once(items: Sequence[Reference]) -> list[Reference]:
    """Return every reference once, in the order of the first citation, and those of the methods."""
    methods = [Reference(*line.split(" | ")) for line in lines("references.md")]
    return [*{item.label: item for item in items}.values(), *methods]
