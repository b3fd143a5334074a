"""The rules of the verdicts and of the fit comments, in words, with the constants of the code."""

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import NormalDist

from dlia.evaluation import fit
from dlia.evaluation.statistics import LEVEL
from dlia.formatting import amount_text, percent_text
from dlia.reporting.blocks import Section, Span, listed_words
from dlia.reporting.prose import sections
from dlia.study.model import Study
from dlia.study.printed import ABOUT, parse_reported
from dlia.tasks.studies import all_quantities
from dlia.verdicts import rules

# A value has two sides to be wrong on, a threshold and a comparison have one.
TWO_SIDED, ONE_SIDED = f"{100 * (1 - LEVEL):.3g} %", f"{100 * (1 - LEVEL) / 2:.3g} %"
LEVEL_TEXT = percent_text(LEVEL)


def margins_text(margins: dict[str, float], studies: Sequence[Study]) -> str:
    """Return the margins that the studies of a report use, and where one has another, or "none".

    Args:
        margins: The margins of config.yaml, by family.
        studies: What the report is about.
    """
    common: dict[str, float] = {}
    others: list[str] = []
    stated = {study.title: margins | study.margins for study in studies}
    used = {study.title: _families(study) for study in studies}
    for family in dict.fromkeys(name for own in stated.values() for name in own):
        values = {title: own[family] for title, own in stated.items() if family in used[title]}
        if len({*values.values()}) == 1:
            common[family] = next(iter(values.values()))
            continue
        if margins.get(family) in values.values():
            common[family] = margins[family]
        others += [
            f"in “{title}” {_amounts({family: value})}"
            for title, value in values.items()
            if value != common.get(family)
        ]
    return ", ".join(filter(None, [_amounts(common), *others])) or "none"


def _families(study: Study) -> set[str]:
    """Return the kinds of numbers that a study has margins for, if there are any."""
    return {study.family, *(claim.judged.family for claim in study.claims.values())}


def _amounts(margins: dict[str, float]) -> str:
    # A margin is that of a family of quantities, which may be named like one of them.
    words = {name: one.words for name, one in all_quantities().items()}
    words["ap"] = "average precision"
    return listed_words(f"{amount_text(k, v)} of {words[k]}" for k, v in margins.items())


def _wrongly_reproduced(spread: float) -> str:
    """Return how often a value that is off by twice the margin is called reproduced.

    Args:
        spread: The standard deviation of the trials in margins.
    """
    mean = NormalDist(2, spread / math.sqrt(rules.ENOUGH_TRIALS))
    return percent_text(mean.cdf(1) - mean.cdf(-1))


def _about(studies: Iterable[Study]) -> Span:
    """Say how far a number may be off that a source prints with "about", if any does."""
    claims = (claim for study in studies for claim in study.claims.values())
    found = next((c for c in claims if c.kind == "value" and c.claimed.startswith(ABOUT)), None)
    if not found:
        return Span("")
    half = parse_reported(found.claimed).half_digit or 0.0
    return Span(
        f" Of a number that is printed with “about”, the last digit that is not 0 counts, or a "
        f"tenth of the number if that is more: “{found.claimed}” is met within "
        f"{amount_text(found.judged.family, half)}."
    )


def rules_part(
    margins: dict[str, float], studies: Sequence[Study], features: Mapping[str, bool]
) -> Section:
    """Return the section on the rules of the verdicts and of the fit comments.

    Args:
        margins: The margins of config.yaml, by family.
        studies: What the report is about.
        features: What it has.
    """
    [section] = sections(
        "rules.md",
        features,
        margins=margins_text(margins, studies),
        about=_about(studies),
        level=LEVEL_TEXT,
        enough=rules.ENOUGH_TRIALS,
        wrong=_wrongly_reproduced(1),
        wrong_if_noisy=_wrongly_reproduced(2),
        two_sided=TWO_SIDED,
        one_sided=ONE_SIDED,
        rise=percent_text(fit.RISE),
        gap=str(fit.GAP),
        half_way=percent_text(fit.HALF_WAY),
        solved=percent_text(fit.SOLVED),
        still_falls=percent_text(fit.STILL_FALLS),
    )
    return section
