"""The table of verdicts, with a row for every claim of the sources."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from dlia.runtime.files import write_csv
from dlia.study.claims import Claim, StudyClaims
from dlia.study.origins import REAL_BUT_WEIGHTS, STANDIN
from dlia.verdicts import readings, rules
from dlia.verdicts.judge import depends_on_images, judge
from dlia.verdicts.quantities_of_trials import Trials
from dlia.verdicts.words import NEVER, NO_VALUE, what_was_read

_COLUMNS = (
    "data",
    "study",
    "claim",
    "source",
    "says",
    "of",
    "quantity",
    "part",
    "epoch",
    "kind",
    "claimed",
    "found",
    "numbers",
    "readings",
    "verdict",
    "reason",
)


def judge_claims(
    studies: Iterable[StudyClaims], margins: dict[str, float], results: Path, path: str
) -> None:
    """Write a row for every claim: what it says, what was found, the verdict and the reason.

    The column numbers says which way the numbers point, whatever the reservations; readings has the
    number of readings of open settings that the claim is judged by, or why it is judged by none.

    Args:
        studies: The claims of every study.
        margins: The largest difference that counts as the same, by family (accuracy, dice), unless
            a study has its own.
        results: The folder results/.
        path: The file of the table.
    """
    rows = []
    for study in studies:
        read = {one.key for found in study.readings.values() for one in found}
        trials = Trials(
            results, study.metric, study.per_trial, study.trained_as, read, study.mapped
        )
        for claim in study.claims:
            judged, mode = _judge(study, claim, trials, margins | study.margins)
            verdict, reason = judged.verdict, judged.reason
            data = study.data
            if data == STANDIN:
                verdict, reason = rules.NOT_TESTED, "generated images say nothing about the claim"
            elif replaced := trials.on_standin_weights(list(claim.variants)):
                verdict, data = rules.OTHER_WEIGHTS, REAL_BUT_WEIGHTS
                reason = (
                    f"{' and '.join(replaced)} began with weights that were trained on drawn "
                    "shapes, which say nothing about the claim"
                )
            elif depends_on_images(claim):
                verdict = rules.marked(verdict, study.caveat)
            # What was not tested points nowhere.
            numbers = rules.SETTLE_NOTHING if verdict.startswith("not tested") else judged.numbers
            judged = rules.Judgement(judged.found, verdict, reason, numbers)
            rows.append(_row(study, claim, judged, mode) | {"data": data})
        for claim, reason in study.untested:
            untested = rules.Judgement(NO_VALUE, rules.LEFT_OUT, reason, rules.SETTLE_NOTHING)
            rows.append(_row(study, claim, untested, readings.NONE))
    write_csv(path, pd.DataFrame(rows, columns=list(_COLUMNS)))


def _judge(
    study: StudyClaims, claim: Claim, trials: Trials, margins: dict[str, float]
) -> tuple[rules.Judgement, str]:
    """Judge a claim, also by readings; give the judgement, and the readings that were judged."""
    unlike = (study.caveat, study.differs)
    own = judge(claim, trials, margins, unlike=unlike)
    verdict, reason = own.verdict, own.reason
    others = study.readings.get(claim.of[0], ())
    without = list(study.unread.get(claim.of[0], ()))
    # With a list of readings for every setting, all of them empty, the taken one is the only one.
    is_read = bool(others) or (study.reads and not without)
    # What an answer without learning meets, no reading can decide.
    is_read = is_read and rules.WITHOUT_LEARNING not in verdict
    if not claim.may_be_read or not is_read:
        return own, readings.NONE
    if verdict == rules.SHORTENED:
        return own, readings.SHORTENED
    if not study.reads:
        if not verdict.startswith(rules.REPRODUCED):
            reason = readings.untrained(reason, [one.words for one in others], without)
        return own._replace(reason=reason), readings.NOT_TRAINED
    count = 1 + len(others)
    level = readings.level_of_each(count)

    def judged(key: str, words: str) -> readings.Judged:
        alone = replace(claim, of=(key,), open_settings=())
        found = judge(alone, trials, margins, level, unlike)
        has_level = claim.kind != "fit" and NEVER not in found.found and not claim.is_of_presence
        return readings.Judged(words, found.verdict, has_level)

    taken = judged(claim.of[0], "the settings that are taken")
    all_others = [judged(one.key, one.words) for one in others]
    verdict, reason = readings.combined(verdict, reason, taken, all_others, without)
    return own._replace(verdict=verdict, reason=reason), str(count)


def _row(study: StudyClaims, claim: Claim, judged: rules.Judgement, mode: str) -> dict[str, str]:
    return {
        "data": study.data,
        "study": study.name,
        "claim": claim.id,
        "source": claim.source,
        "says": claim.says,
        "of": " and ".join(claim.of),
        "quantity": what_was_read(claim),
        "part": claim.part,
        "epoch": claim.epoch,
        "kind": claim.kind,
        "claimed": claim.claimed or " and ".join(claim.against),
        "found": judged.found,
        "numbers": judged.numbers,
        "readings": mode,
        "verdict": judged.verdict,
        "reason": f"{judged.reason[0].upper()}{judged.reason[1:]}.",
    }
