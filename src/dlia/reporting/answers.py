"""Answers to the questions of the exercises: sentences by fixed rules, from results and verdicts.

1. What the assignment sheet asks, with the answers and what was found; more than two questions
   stand in a table.
2. Which variant has the highest mean on the test images, and whether that is clear; where there
   are validation images, which variant they choose. A mean that contains failed trials is given
   without them, too, and is not called the best. Where the metric leaves something out, whether
   the order is another one if that counts, too.
3. Which variants did not learn: they are not better than what an answer without learning reaches.
4. What the sources reported, what was found, and the verdict with its reason; how many values for
   other parts of the data have which verdict; whether another prediction with the same networks
   explains it.
5. Which variants are better or worse than which others, and by how much.
6. The trainable parameters, where a claim is about them.
7. How many other claims have which verdict, and which of all are not reproduced.

A sentence is left out if there is nothing to say.
"""

import math
from collections.abc import Collection, Iterable, Sequence

import numpy as np

from dlia.evaluation.statistics import t_interval
from dlia.formatting import amount_text, capital, metric_text, range_text
from dlia.reporting.blocks import (
    AnyBlock,
    Cell,
    Paragraph,
    Prose,
    Row,
    Span,
    Table,
    Value,
    code,
    joined,
    listed,
    listed_words,
    table,
    text,
    variant,
    words,
)
from dlia.reporting.differences import differences_told
from dlia.reporting.judged_claims import JudgedClaim, tally
from dlia.reporting.measures import mean_of
from dlia.reporting.pictured import best_variant
from dlia.reporting.predictions import explained
from dlia.reporting.results import Outcome, Result
from dlia.reporting.rules import LEVEL_TEXT
from dlia.study.model import Study
from dlia.study.part_names import TEST, TRAIN, VALIDATION
from dlia.study.tally import QUESTIONS, Counts, count_verdicts, head, is_question, refuted
from dlia.verdicts.rules import DISAGREE

FEW = 2  # questions and reported values that are told in sentences of their own
NAMED = 3  # claims that are not reproduced
LISTED = 4  # differences that are listed; of more, the range is given


def answer_of(outcome: Outcome) -> list[AnyBlock]:
    """Return the answer to the question of an exercise."""
    questions = [claim for claim in outcome.claims if is_question(claim.says)]
    sentences = [
        *(
            questions_told(questions, _unlearnt(outcome))
            if len(questions) <= FEW
            else [_counted(outcome, questions)]
        ),
        *best(outcome),
        *_strictly(outcome),
        *_not_learnt(outcome),
        *_with_failures(outcome),
        *reported(outcome),
        *reported_on_parts(outcome),
        *explained(outcome),
        *differences_told(outcome),
        *parameters_told(outcome),
        *claims_told(_not_counted_yet(outcome)),
        *refuted_told(outcome.claims),
    ]
    asked = [_questions(outcome, questions)] if len(questions) > FEW else []
    return [Paragraph(joined(sentences, " "), "answer"), *asked]


def best_of(results: Iterable[Result]) -> Result | None:
    """Return the variant with the highest mean, the first one in a tie; None if none has a mean.

    One with failed trials among others comes last, as its mean describes neither.
    """
    own = [result for result in results if result.is_variant and math.isfinite(result.value)]
    return max(own, key=lambda result: (not result.of_good, result.value), default=None)


def best(outcome: Outcome) -> list[Prose]:
    """Say which variants have the highest mean on the test images, and whether it is clear."""
    first = best_of(outcome.results)
    if not first:
        return [words("No variant has a finite result.")]
    equal = [r for r in outcome.variants if r.value == first.value and not r.of_good] or [first]
    names = (variant(f"{outcome.exercise.id}/{row.name}", row.name) for row in equal)
    rivals = [r for r in outcome.variants if r not in equal and math.isfinite(r.value)]
    found = words(
        "{names}, {mean}{interval}",
        names=listed(names),
        mean=outcome.span(first),
        interval=_interval(outcome, first),
    )
    if not rivals:
        return [words("Test {metric}: {found}.", metric=outcome.metric, found=found)]
    # The mean of a variant whose trials partly failed describes neither those nor the others.
    known = [row for row in rivals if not row.of_good]
    clear = bool(known) and all(_is_above(first, row, outcome.margin) for row in known)
    chosen = _by_validation(outcome)
    unclear = "No variant is clearly best; highest mean"
    if all(len(row.values) == 1 for row in (first, *rivals)):
        unclear = "One trial each cannot show which variant is best; highest"
    return [
        words(
            "{which} test {metric}{why}: {found}.",
            which=Span("Clearly best in" if clear else unclear),
            metric=outcome.metric,
            why=Span(", for information only" if chosen else ""),
            found=found,
        ),
        *chosen,
    ]


def _is_above(first: Result, rival: Result, margin: float) -> bool:
    """Tell whether one is clearly better than the other, as in ``differences.judged``."""
    trials = min(len(first.values), len(rival.values))
    paired = np.array(first.values[:trials]) - np.array(rival.values[:trials])
    interval = t_interval(paired)
    return interval is not None and interval.low > 0 and float(paired.mean()) >= margin


def _by_validation(outcome: Outcome) -> list[Prose]:
    """Name the variant with the highest mean on validation images, by which variants are chosen."""
    if not outcome.validation:
        return []
    key = best_variant(outcome.validation)
    return [
        words(
            "Variants are chosen on validation {unit}s; there, {variant} has the highest mean, "
            "{value}.",
            unit=outcome.study.task.unit,
            variant=variant(key, key.partition("/")[2]),
            value=metric_text(outcome.study.family, outcome.validation[key]),
        )
    ]


def _interval(outcome: Outcome, result: Result) -> Prose:
    if result.sd == result.interval:  # the reason why there is neither
        return words(" ({reason})", reason=result.interval)
    interval = outcome.span(result, "interval")
    return words(" ({level} [interval](statistics) {ends})", level=LEVEL_TEXT, ends=interval)


def _not_learnt(outcome: Outcome) -> list[Prose]:
    found = [result for result in outcome.variants if not result.learnt]
    if not found:
        return []
    references = [result for result in outcome.results if not result.is_variant]
    best_baseline = max(references, key=lambda row: row.value)
    names = (variant(f"{outcome.exercise.id}/{row.name}", row.name) for row in found)
    return [
        words(
            "{names} did not learn the task{short}: {means} not above the {mean} that {baseline} "
            "reaches without learning.",
            names=listed(names),
            short=Span(" in the few epochs of this build" * all(" of " in r.epochs for r in found)),
            means=_not_above(found),
            mean=best_baseline.mean,
            baseline=code(best_baseline.name),
        )
    ]


def _strictly(outcome: Outcome) -> list[Prose]:
    """Say which variant is best if what the metric leaves out counts as well."""
    name, first = outcome.study.task.strict, best_of(outcome.results)
    if not (name and first) or len(outcome.variants) < FEW:
        return []
    known, id_ = outcome.study.task.known[name], outcome.exercise.id
    means = {row.name: mean_of(id_, name, row.name) for row in outcome.variants}
    values = {key: value for key, value in means.items() if isinstance(value, float)}
    if first.name not in values:
        return []
    best_key = max(values, key=lambda key: (values[key], key == first.name))
    told: dict[str, Value] = {
        "words": Span(known.words, target="measures"),
        "counts": outcome.study.task.leaves_out,
        "first": variant(f"{id_}/{first.name}", first.name),
        "value": metric_text(known.family, values[first.name]),
        "best": variant(f"{id_}/{best_key}", best_key),
        "highest": metric_text(known.family, values[best_key]),
    }
    if best_key == first.name:
        said = "{words}, where {counts} is an error, is highest for {first}, too, {value}."
        return [words(said, **told)]
    return [
        words(
            "The order is another one in {words}, where {counts} is an error: there "
            "{first} has {value}, and {best} has the highest mean, {highest}.",
            **told,
        )
    ]


def _not_above(found: Sequence[Result]) -> str:
    """Say that the means of variants are not above something; of many, the lowest and highest."""
    if len(found) == 1:
        return f"the mean of {found[0].mean} is"
    ordered = sorted(found, key=lambda row: row.value)
    low, high = ordered[0].mean, ordered[-1].mean
    if low == high:
        return f"their means, all {low}, are"
    if len(found) > LISTED:
        return f"their means, {range_text(low, high)}, are"
    return f"the means of {listed_words(row.mean for row in found)} are"


def _with_failures(outcome: Outcome) -> list[Prose]:
    """Give the means that contain failed trials without them, too."""
    return [
        words(
            "The mean of {name}, {mean}, contains [failed trials](failed) ({of_good}).",
            name=variant(f"{outcome.exercise.id}/{row.name}", row.name),
            mean=row.mean,
            of_good=row.of_good,
        )
        for row in outcome.variants
        if row.of_good
    ]


def reported(outcome: Outcome) -> list[Prose]:
    """Say what the sources reported of the variants, what was found, and what the verdict is."""
    rows = [r for r in outcome.compared if r.claim and not r.same_as] or [
        r for r in outcome.compared if r.claim
    ]
    if len(rows) <= FEW + 1:
        told = [_reported(outcome, row) for row in rows]
    else:
        told = values_told(rows, outcome.study)
    return [*told, *_cancelling(outcome, rows)]


def _cancelling(outcome: Outcome, rows: Sequence[Result]) -> list[Prose]:
    """Say how many values of single classes differ where their mean is as reported."""
    study, part = outcome.study, outcome.study.reported_part
    keys = {f"{outcome.exercise.id}/{r.name}" for r in rows if r.claim and _is_reproduced(r.claim)}
    of_classes = [
        claim
        for claim in outcome.claims
        if claim.kind == "value"
        and claim.quantity.startswith(f"{study.metric}_class_")
        and keys.issuperset(claim.of)
        and study.claims[claim.name].part == part
    ]
    far = sum(claim.direction == DISAGREE for claim in of_classes)
    if not far:
        return []
    return [
        words(
            "Of the {all} values of single classes behind those that are reproduced, {far} "
            "{differ} by more than the margin: the differences cancel in the mean.",
            all=len(of_classes),
            far=far,
            differ="differs" if far == 1 else "differ",
        )
    ]


def _is_reproduced(claim: JudgedClaim) -> bool:
    return head(claim.verdict) == "reproduced"


def reported_on_parts(outcome: Outcome) -> list[Prose]:
    """Say how many values that sources report for other parts of the data have which verdict."""
    if not outcome.exercise.reports_parts:
        return []
    known = {claim.name: claim for claim in outcome.claims}
    noun = f"reported {outcome.metric} value"
    told = []
    for part in (TRAIN, VALIDATION):
        if part == outcome.study.reported_part:
            continue  # told above, one by one
        names = outcome.study.claims_of_values(part)
        keys = [own.key for own in outcome.exercise.variants.values() if not own.same_as]
        own = [known[names[key]] for key in keys if names.get(key) in known]
        if counts := tally(own).claims:
            told.append(
                words(
                    "{of}.", of=counted(noun, counts, of=f" on {outcome.study.task.of_part(part)}")
                )
            )
    return told


def _reported(outcome: Outcome, row: Result) -> Prose:
    claim, gap = row.claim, row.value - row.reported_value
    return words(
        "{source} reports {reported} for {variant}{on}; here {mean}{gap}: {verdict}.",
        on=Span("" if row.part == TEST else f" on {outcome.study.task.of_part(row.part)}"),
        source=claim.source if claim else "",
        reported=row.reported,
        mean=outcome.span(row),
        gap=Span(f" ({gap_text(outcome.study.family, gap)})" if math.isfinite(gap) else ""),
        variant=variant(f"{outcome.exercise.id}/{row.name}", row.name),
        verdict=_with_reason(outcome.study, claim, row.reported) if claim else "",
    )


def gap_text(family: str, value: float) -> str:
    """Write a difference with its sign."""
    return f"{'+' * (value > 0)}{amount_text(family, value)}"


def _with_reason(study: Study, claim: JudgedClaim, reported: str) -> Prose:
    """Give a verdict with the reason why it is not "reproduced"."""
    known, word = study.claims.get(claim.name), head(claim.verdict)
    if known and f"{word} (settings not reported" in claim.verdict:
        count = len(known.open_settings)
        source = claim.source.partition(" ")[0]
        why = f", as {source} leaves {count} setting{'s' * (count != 1)} open" if count else ""
        return (Span(word, "verdict", claim.anchor), Span(why))
    told = claim.why if claim.why.startswith(("outside ", "within ")) else ""
    reason = Span(f", as {reported} is {told}" if told and word != "reproduced" else "")
    return (Span(claim.verdict, "verdict", claim.anchor), reason)


def values_told(rows: Sequence[Result], study: Study, of: str = "") -> list[Prose]:
    """Say how many reported values have which verdict, and by how much the others differ.

    Args:
        rows: The variants of which a source reports a value.
        study: Their study.
        of: What they are values of, or "".
    """
    counts = count_verdicts(("", row.claim.verdict) for row in rows if row.claim).claims
    if not counts:
        return []
    noun = f"reported {study.task.known[study.metric].words} value"
    part = study.reported_part
    on = "" if part == TEST else f" on {study.task.of_part(part)}"
    return [
        words(
            "{counts}{gaps}.",
            counts=counted(noun, counts, of=f"{on} of {of}" if of else on),
            gaps=Span(_gaps(rows, study.family)),
        )
    ]


def _gaps(rows: Sequence[Result], family: str) -> str:
    """Say by how much the values that are not reproduced differ, and in which direction."""
    missed = {
        word: [
            r.value - r.reported_value for r in rows if r.claim and head(r.claim.verdict) == word
        ]
        for word in ("undecided", "not reproduced")
    }
    gaps = sorted((gap for own in missed.values() for gap in own), key=abs)
    if not gaps or not all(map(math.isfinite, gaps)):
        return ""
    which = " or ".join(word for word, own in missed.items() if own)
    ways = [("lower" if gap < 0 else "higher", amount_text(family, abs(gap))) for gap in gaps]
    way = " or ".join(sorted({side for side, _ in ways}))
    amounts = list(dict.fromkeys(amount for _, amount in ways))
    low, high = amounts[0], amounts[-1]
    if len(amounts) > LISTED:
        said = f"{way} here, by {range_text(low, high)}"
    elif " or " in way:
        sides = [f"{amount} {side}" for side, amount in dict.fromkeys(ways)]
        said = f"{', '.join(sides[:-1])} and {sides[-1]} here"
    else:
        said = f"{way} here, by {_listed(amounts)}"
    if len(gaps) == len(rows):
        return f"; {'it is' if len(gaps) == 1 else 'all are'} {said}"
    are = "the one that is" if len(gaps) == 1 else "those that are"
    return f"; {are} {which} {'is' if len(gaps) == 1 else 'are'} {said}"


def _listed(amounts: Sequence[str]) -> str:
    """List amounts with the unit once ("0.1 and 0.3 points")."""
    *rest, last = amounts
    bare = ", ".join(amount.partition(" ")[0] for amount in rest)
    return f"{bare} and {last}" if bare else last


def parameters_told(outcome: Outcome) -> list[Prose]:
    """Give the trainable parameters of the variants, if a claim is about them."""
    known = (outcome.study.claims.get(claim.name) for claim in outcome.claims)
    if not any(claim and claim.quantity == "parameters" for claim in known):
        return []
    groups: dict[str, list[Span]] = {}
    for name, record in outcome.records.items():
        own = variant(f"{outcome.exercise.id}/{name}", name)
        groups.setdefault(f"{record['parameters']:,}", []).append(own)
    if len(groups) == 1:
        return [words("Trainable parameters: {count} in every variant.", count=next(iter(groups)))]
    told = (
        words("{count} ({names})", count=count, names=joined(names))
        for count, names in groups.items()
    )
    return [words("Trainable parameters: {told}.", told=joined(told))]


def _not_counted_yet(outcome: Outcome) -> list[JudgedClaim]:
    """Return the claims of an exercise but those about values whose verdicts are told before."""
    told = {row.claim.name for row in outcome.variants if row.claim}
    if outcome.exercise.reports_parts:
        keys = {own.key for own in outcome.exercise.variants.values()}
        parts = (outcome.study.claims_of_values(part) for part in (TRAIN, VALIDATION))
        told |= {name for own in parts for key, name in own.items() if key in keys}
    return [claim for claim in outcome.claims if claim.name not in told]


def claims_told(claims: Sequence[JudgedClaim]) -> list[Prose]:
    """Say how many other claims of an exercise have which verdict."""
    counts = tally(claims).claims
    return [words("{counts}.", counts=counted("other claim", counts, "verdicts"))] if counts else []


def questions_told(questions: Sequence[JudgedClaim], unlearnt: Collection[str] = ()) -> list[Prose]:
    """Give questions of the sheet with their answers, and what was found.

    Args:
        questions: The questions.
        unlearnt: The keys of variants that did not learn the task.
    """
    return [
        words(
            "To the question {asked} the answer is {answer}{found}{unlearnt}.",
            asked=_quoted(claim, _without_prefix(claim.says)),
            answer=Span(claim.shown, "verdict"),
            found=Span(f": {claim.numbers}" if claim.numbers else ""),
            unlearnt=Span(_of_unlearnt(claim, unlearnt)),
        )
        for claim in questions
    ]


def _unlearnt(outcome: Outcome) -> set[str]:
    return {key for row in outcome.comparisons for key in row.unlearnt}


def _of_unlearnt(claim: JudgedClaim, unlearnt: Collection[str]) -> str:
    """Say which of the variants that a claim compares did not learn the task."""
    keys = [key for key in (*claim.of, *claim.against) if key in unlearnt]
    return f"; {' and '.join(keys)} did not learn the task" if keys else ""


def answers_text(questions: Sequence[JudgedClaim]) -> str:
    """Return how often each answer is given: "1 yes, 2 no"."""
    return ", ".join(f"{count} {answer}" for answer, count in tally(questions).questions)


def _counted(outcome: Outcome, questions: Sequence[JudgedClaim]) -> Prose:
    return words(
        "The sheet asks {number} [questions][{id}--questions]: {answers}.",
        number=len(questions),
        id=outcome.exercise.id,
        answers=answers_text(questions),
    )


def _questions(outcome: Outcome, questions: Sequence[JudgedClaim]) -> Table:
    usual = f"{outcome.metric} on {outcome.study.task.of_part(TEST)}"
    rows = [
        Row(
            (
                Cell((Span(_without_prefix(claim.says), "user", claim.anchor),)),
                Cell((Span(claim.shown, "verdict"),)),
                Cell(
                    text((claim.numbers or claim.found) + _of_unlearnt(claim, _unlearnt(outcome))),
                    text(claim.quantity) if claim.quantity != usual else (),
                ),
            )
        )
        for claim in questions
    ]
    caption = words(
        "The questions of the sheet, answered by [the rules][rules]. The measure is the {usual}, "
        "unless another one stands below what was found",
        usual=usual,
    )
    heads = ["Question", "Answer", "Found"]
    return table(f"{outcome.exercise.id}--questions", caption, heads, rows, "small")


def refuted_told(claims: Iterable[JudgedClaim]) -> list[Prose]:
    """Say which claims are not reproduced; of many, name the first and count the others."""
    told = refuted_texts(claims)
    if not told:
        return []
    named = told if len(told) <= NAMED + 1 else told[:NAMED]
    more = len(told) - len(named)
    others = words(" and {more} others (see the [conclusions][conclusions])", more=str(more))
    said = words("{named}{others}", named=joined(named), others=others if more else Span(""))
    return [words("Not reproduced: {said}.", said=said)]


def refuted_texts(claims: Iterable[JudgedClaim], reasons: bool = True) -> list[Prose]:
    """Give each claim that is not reproduced, and what speaks against it.

    Claims in the same words, about different variants, stand together.

    Args:
        claims: The claims.
        reasons: Whether what speaks against them is told.
    """
    groups: dict[str, list[JudgedClaim]] = {}
    for claim in claims:
        if refuted(claim.verdict) and not is_question(claim.says):
            groups.setdefault(claim.says.removesuffix("."), []).append(claim)
    return [
        words(
            "{said}{against}",
            said=_quoted(group[0], says),
            against=Span(f" ({', '.join(dict.fromkeys(map(_against, group)))})" * reasons),
        )
        for says, group in groups.items()
    ]


def _against(claim: JudgedClaim) -> str:
    # Of a comparison, the values of all trials say less than the reason.
    return claim.why if claim.against and claim.why else f"{claim.quantity} here: {claim.found}"


def _quoted(claim: JudgedClaim, says: str) -> Span:
    return Span(f"“{says}”", target=claim.anchor)


def _without_prefix(says: str) -> str:
    prefix = next(prefix for prefix in QUESTIONS if says.startswith(prefix))
    said = says.removeprefix(prefix)
    return capital(said)


def counted(noun: str, counts: Counts, target: str = "", of: str = "") -> Prose:
    """Say how many of some claims or values have which verdict.

    Args:
        noun: What one of them is called.
        counts: The verdicts and their numbers.
        target: Where the noun leads to, or "".
        of: What they are of, or "".
    """
    number = sum(count for _, count in counts)
    told: dict[str, Value] = {"noun": Span(f"{noun}{'s' * (number != 1)}", target=target)}
    told |= {"of": Span(of), "number": number, "word": counts[0][0]}
    if len(counts) > 1:
        parts = (f"{count} {'is' if count == 1 else 'are'} {word}" for word, count in counts)
        return words("Of {number} {noun}{of}, {parts}", parts=listed(parts), **told)
    if number == 1:
        return words("The {noun}{of} is {word}", **told)
    return words("All {number} {noun}{of} are {word}", **told)
