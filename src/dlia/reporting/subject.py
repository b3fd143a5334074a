"""What a report is about: the documents whose experiments are repeated, and words for them."""

from collections.abc import Iterable, Sequence

from dlia.reporting.blocks import Prose, Span, joined, listed, words
from dlia.reporting.chapters import Chapter


def subject(chapters: Sequence[Chapter]) -> list[Prose]:
    """Say which documents are repeated, on which data, and what the words for it mean."""
    cited = list({item: None for chapter in chapters for item in chapter.study.sources.items()})
    # What an assignment asks or demands is judged as such; all other documents report results.
    asking = {
        claim.source.partition(" ")[0]
        for chapter in chapters
        for claim in chapter.study.claims.values()
        if claim.asked
    }
    reports = [item for item in cited if item[0] not in asking]
    sheets = [item for item in cited if item[0] in asking]
    did = [words("repeats the experiments of {of}", of=_named(reports))] if reports else []
    if sheets:
        told = words("answers the questions and demands of {of}", of=_quoted(sheets))
        did.append(told)
    titles = listed(chapter.study.title for chapter in chapters)
    if not did:
        return [words("This report trains networks from scratch on {titles}.", titles=titles)]
    return [
        words(
            "This report {did}. All networks were trained anew.",
            did=joined(did, ", and "),
        ),
        words(
            "{these}. A *variant* is a network with all its settings, a "
            "*trial* is one training of it from its own seed, and a *claim* is a statement of a "
            "source that this build tests.",
            these=words("These documents are called the *sources*")
            if len(cited) > 1
            else words("{key} is called the *source*", key=cited[0][0]),
        ),
    ]


def _named(items: Iterable[tuple[str, str]]) -> Prose:
    return listed(
        words("{key} ({text})", key=Span(key, "strong"), text=Span(text.rstrip("."), "user"))
        for key, text in items
    )


def _quoted(items: Iterable[tuple[str, str]]) -> Prose:
    return listed(
        words("“{text}” ({key})", key=Span(key, "strong"), text=Span(text.rstrip("."), "user"))
        for key, text in items
    )
