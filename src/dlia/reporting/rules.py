"""The rules of the verdicts and of the fit comments, in words, with the constants of the code."""

from collections.abc import Iterable
from typing import Any

from dlia.evaluation import fit
from dlia.evaluation.statistics import LEVEL
from dlia.formatting import amount_text, percent_text
from dlia.reporting.blocks import Fact, FactList, Section, words
from dlia.study.model import Study
from dlia.tasks.studies import all_quantities
from dlia.verdicts import rules

# A value has two sides to be wrong on, a threshold and a comparison have one.
TWO_SIDED, ONE_SIDED = f"{100 * (1 - LEVEL):.3g} %", f"{100 * (1 - LEVEL) / 2:.3g} %"
LEVEL_TEXT = percent_text(LEVEL)


def margins_text(margins: dict[str, float], studies: Iterable[Study]) -> str:
    """Return the margins of config.yaml as text, and those of studies that have their own."""
    own = [f"in study {s.name} {_amounts(s.margins)}" for s in studies if s.margins]
    return ", ".join([_amounts(margins), *own])


def _amounts(margins: dict[str, float]) -> str:
    known = all_quantities()
    return " and ".join(f"{amount_text(k, v)} of {known[k].words}" for k, v in margins.items())


def rules_part(margins: dict[str, float], studies: Iterable[Study]) -> Section:
    """Return the section on the rules of the verdicts and of the fit comments."""
    constants: dict[str, Any] = {
        "margins": margins_text(margins, studies),
        "level": LEVEL_TEXT,
        "enough": rules.ENOUGH_TRIALS,
        "two_sided": TWO_SIDED,
        "one_sided": ONE_SIDED,
        "rise": percent_text(fit.RISE),
        "gap": str(fit.GAP),
        "half_way": percent_text(fit.HALF_WAY),
        "solved": percent_text(fit.SOLVED),
        "still_falls": percent_text(fit.STILL_FALLS),
    }
    facts = (Fact(term, _with(said, constants)) for term, said in _RULES.items())
    title = "Rules of the verdicts and of the fit comments"
    return Section("rules", title, (FactList(tuple(facts), "rules"),))


def _with(said: str, constants: dict[str, Any]) -> Any:
    return words(
        said, **{name: value for name, value in constants.items() if f"{{{name}}}" in said}
    )


_RULES = {
    "A value": (
        "is *reproduced* if the rebuilt mean differs from it by at most the margin ({margins}; or "
        "half a unit of its last digit, if that is more). It is *not reproduced* if the value, "
        "plus or minus half a unit of its last digit, lies outside the [interval][eq-intervals] "
        "in which one more trial is expected."
    ),
    "A comparison": (
        "is paired by trial, with differences counted as positive in the claimed direction. It is "
        "*reproduced* if the {level} interval of the mean difference lies above zero, however "
        "small the difference is. It is *not reproduced* if the upper end of this interval is "
        "below the margin, or if both variants are equal in every trial. If a claim compares two "
        "differences, the interval must lie above the margin, and not only above zero."
    ),
    "A threshold": (
        "is *reproduced* if the interval of the mean lies entirely on the claimed side of it, and "
        "*not reproduced* if it lies entirely on the other side, or if every trial has exactly "
        "this value."
    ),
    "An equality": (
        "is *reproduced* if the interval of the difference lies entirely within the margin, and "
        "*not reproduced* if it lies entirely outside."
    ),
    "A count or a word": (
        "must be equal to the claimed one, or higher or lower if the claim says so."
    ),
    "Everything else": "is *undecided*.",
    "Reservations": (
        "A claim is also *undecided*, although the numbers contradict it, if the result comes "
        "from fewer than {enough} trials, from trials that collapsed or diverged, from settings "
        "that the source does not report, from validation images where the source used its test "
        "images, from a measure or from images that the source does not define (unless another "
        "reading contradicts the claim, too), or from run times of another machine. The images "
        "that a source trained on count as a setting."
    ),
    "A question": (
        "of an assignment is about the reader's own network and machine: nothing about these is "
        "left open. A *no* still needs as many trials, none of them failed. Counts, and variants "
        "that are identical to the last digit in every trial, do not depend on what was left open."
    ),
    "Words in brackets": (
        "say what a verdict depends on: *assumed settings* are those that the source does not "
        "report; *open definition* is a measure that it does not define; *this machine* marks "
        "claims about run time."
    ),
    "Errors": (
        "If a claim is true, the probability of a wrong *not reproduced* is at most {two_sided} "
        "for a value, and at most {one_sided} for a threshold or for a difference of at least the "
        "margin. Among many claims, a few such errors are to be expected."
    ),
    "Readings": (
        "of a setting that a source does not report are other values that it may have had. They "
        "are stated before they are tested. If the build trains them (`readings: true`), a claim "
        "that only other readings reproduce than the one that is taken is *compatible*. It is "
        "*not reproduced in any reading* if each of $n$ readings contradicts it at {two_sided} / "
        "$n$, and every setting that is not reported has readings. This holds for claims about "
        "one variant. The idea is that of multiverse [@steegen] and specification-curve analyses "
        "[@simonsohn]."
    ),
    "The fit of a variant": (
        "is the first of these that applies. It *diverged* or *collapsed* if at least half of its "
        "trials did. It *overfits* if its final held-out loss is more than {rise} above its "
        "lowest value while the training loss continued to fall, or if the metric is more than "
        "{gap} lower on held-out than on training images. It *underfits* if the metric on "
        "training images covers less than {half_way} of the distance from the baseline to 1. It "
        "also *underfits* if it covers less than {solved}, the training loss still fell by more "
        "than {still_falls} over the last tenth of the epochs, and the lowest held-out loss is in "
        "that last tenth. Otherwise it *fits*."
    ),
    "Held-out images": (
        "are the validation images, or the test images where a variant has curves of these "
        "because its source has them. Curves are means over the trials that neither diverged nor "
        "collapsed, smoothed over a tenth of the epochs."
    ),
}
