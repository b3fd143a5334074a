"""Why claims are undecided, in numbers."""

from collections import Counter
from collections.abc import Sequence

from dlia.reporting.blocks import Prose, listed, words
from dlia.reporting.chapters import Chapter
from dlia.reporting.judged_claims import JudgedClaim
from dlia.study.claims import RIVALS, SIDES
from dlia.study.model import Study
from dlia.study.tally import head, is_question

# What a claim that is undecided says or rests on: by the word of its verdict in brackets, or its
# kind.
_WHY = {
    "settings not reported": "{} would be contradicted, but {} on settings that the source leaves "
    "open",
    "collapsed": "{} would be contradicted, but {} on failed trials",
    "also without learning": "{} {} of what an answer without learning reaches, too",
    "value": "{} {} a value that the trials neither meet nor rule out",
    "bound": "{} {} a bound that the interval of the results contains",
    "difference": "{} {} results whose difference is not clear",
}
_VERBS = {
    "settings not reported": ("depends", "depend"),
    "collapsed": ("rests", "rest"),
    "also without learning": ("speaks", "speak"),
    "value": ("gives", "give"),
    "bound": ("names", "name"),
    "difference": ("compares", "compare"),
}


def undecided_text(chapters: Sequence[Chapter]) -> Prose:
    """Say how many claims are undecided for which reason; nothing if none is."""
    found = Counter(
        _why(chapter.study, claim)
        for chapter in chapters
        for claim in chapter.claims
        if head(claim.verdict) == "undecided" and not is_question(claim.says)
    )
    if not found:
        return ()
    number = found.total()
    told = [
        _told(kind, count, "it" if number == 1 else str(count))
        for kind, count in sorted(found.items(), key=lambda item: (-item[1], item[0]))
    ]
    if number == 1:
        return words(" One claim is undecided: {told}.", told=told[0])
    return words(" Of {number} undecided claims, {told}.", number=number, told=listed(told))


def _why(study: Study, claim: JudgedClaim) -> str:
    """Return the word in brackets of a verdict, or the kind of its claim."""
    marked = claim.verdict.partition(" (")[2].rstrip(")").partition(", ")[0]
    if marked:
        return marked
    known = study.claims.get(claim.name)
    kind = known.kind if known else ""
    if kind in RIVALS:
        return "difference"
    return "bound" if kind in SIDES else "value" if kind == "value" else "see its verdict"


def _told(why: str, count: int, name: str) -> str:
    """Say why ``count`` claims, which are called ``name``, are undecided."""
    if why in _WHY:
        return _WHY[why].format(name, _VERBS[why][count > 1])
    return f"{name} {'is' if count == 1 else 'are'} open ({why})"
