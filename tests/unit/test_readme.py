"""The results that the README shows are those of a build on a real archive."""

import csv
import re

import pytest

from dlia.study.tally import count_verdicts
from dlia.study.yaml_files import ROOT

TABLE = re.compile(r"^\| `(\w+)`: [^|]+ \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
SHOWN = TABLE.findall((ROOT / "README.md").read_text(encoding="utf-8"))
KEPT = {}
for study in ("mnist", "warwick"):
    with (ROOT / f"docs/reference/{study}/claims.csv").open(encoding="utf-8", newline="") as file:
        KEPT |= {row["claim"]: row for row in csv.DictReader(file)}


def test_twelve_claims_are_shown():
    assert len(SHOWN) == 12


@pytest.mark.parametrize(("claim", "found", "verdict"), SHOWN)
def test_a_claim_is_shown_with_what_was_found_and_the_verdict(claim, found, verdict):
    row = KEPT[claim]
    assert (row["data"], row["found"].split(";")[0], row["verdict"]) == ("real", found, verdict)


def test_the_verdicts_are_counted():
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    counts = count_verdicts((row["says"], row["verdict"]) for row in KEPT.values())
    claims, questions = dict(counts.claims), dict(counts.questions)
    assert (
        f"Of their {sum(claims.values())} claims, {claims['reproduced']} are reproduced, "
        f"{claims['not reproduced']} are not, and {claims['undecided']} are undecided; of "
        f"{sum(questions.values())} questions of the assignment sheet, {questions['yes']} are "
        f"answered yes, {questions['no']} no, and {questions['undecided']} are undecided"
    ) in text
