"""What the report cites."""

from collections import defaultdict

from dlia.reporting.data import NOT_STATED
from dlia.study.model import Study


def references(studies: list[Study]) -> list[dict[str, str]]:
    """Give every source and data set that is cited: study, key, label (for links) and text.

    A key that has another text in another study is told apart by the study's name.
    """
    items = [
        {"study": study.name, "key": key, "text": text}
        for study in studies
        for key, text in (
            *study.sources.items(),
            (study.data.archive.split(".")[0], study.data.citation or NOT_STATED),
        )
    ]
    texts: dict[str, set[str]] = defaultdict(set)
    for item in items:
        texts[item["key"]].add(item["text"])
    labels: dict[tuple[str, str], str] = {}
    for item in items:
        if len(texts[item["key"]]) > 1:
            item["key"] += f" ({item['study']})"
        # Numbers, because a key may have any letters.
        cited = (item["key"], item["text"])
        item["label"] = labels.setdefault(cited, f"source-{len(labels) + 1}")
    return items


def once(items: list[dict[str, str]]) -> list[dict[str, str]]:
    """Give every reference once, whichever study cites it first."""
    return list({item["label"]: item for item in items}.values())
