"""References of the report."""

from collections import defaultdict

from dlia.reporting.data_sets import NOT_STATED
from dlia.study.model import Study


def references(studies: list[Study]) -> list[dict[str, str]]:
    """Return every cited source and data set: study, key, label (for links) and text.

    If two studies use a key for different texts, the name of the study is added to the key.
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
        # Labels are numbered, because a key may have any characters.
        cited = (item["key"], item["text"])
        item["label"] = labels.setdefault(cited, f"source-{len(labels) + 1}")
    return items


def once(items: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return every reference once, in the order of the first citation."""
    return list({item["label"]: item for item in items}.values())
