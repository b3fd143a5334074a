"""Reservations that verdicts share: each stands once, and a row names its letter."""

from types import SimpleNamespace

import pytest

from dlia.reporting.blocks import FactList
from dlia.reporting.claims import claims_part
from dlia.reporting.judged_claims import JudgedClaim
from dlia.reporting.reservations import Notes, reason_of
from dlia.verdicts.rules import DISAGREE, UNLIKE

UNDEFINED = "R does not say over what; all voxels are pooled"
STUDY = SimpleNamespace(
    name="s",
    title="Study",
    task=SimpleNamespace(said=str),
    data=SimpleNamespace(other_images="x; y"),
    claims={"c": SimpleNamespace(undefined=(f"{UNDEFINED}.",), kind="above")},
)
FEW = "only 1 trial"
ALL = "model.channels, model.activation, b, c"


def judged(found: str, *reason: str, name: str = "c", **own: str) -> JudgedClaim:
    stated = {"kind": "value", "claimed": "0.8", "direction": DISAGREE}
    stated |= {"verdict": "undecided (too few trials, other images)"} | own
    verdict, against = stated.pop("verdict"), tuple(filter(None, [stated.pop("against", "")]))
    said, keys = "e/net has a Dice of 0.8, and e/net_2 not.", ("e/net",)
    told = f"Dice on test images: {'; '.join(reason)}."
    known = ("s", name, "R 1", said, keys, against, "Dice on test images", found)
    return JudgedClaim(*known, verdict, told, **stated)


@pytest.mark.parametrize(
    ("found", "kind", "finding", "difference", "special"),
    [
        ("0.935", "value", "0.935, 0.135 above 0.8", "+0.135", ()),
        ("0.8", "value", "0.8, exactly 0.8: within the margin of 0.030", "", ("within the",)),
        ("0.7 / 0.8", "value", "0.75, 0.05 below 0.8", "mean 0.75, -0.05", ()),
        (
            "0.5 against 0.4",
            "higher_than",
            "in the claimed direction the difference is 0.1 (0.05 to 0.15): clear, but below",
            "difference 0.1 (0.05 to 0.15)",
            ("clear, but",),
        ),
        ("0.9", "above", "0.9 (0.8 to 1): the interval contains 0.8", "", ("(0.8 to 1); the",)),
        ("overfits", "fit", "The loss rose", "", ("The loss rose",)),
    ],
)
def test_a_row_has_the_difference_and_what_is_special(found, kind, finding, difference, special):
    reason = reason_of(STUDY, judged(found, finding, kind=kind, name="unknown"))
    assert reason.difference == difference
    assert len(reason.parts) == len(special)
    assert all(map(str.startswith, reason.parts, special))


def test_what_contains_a_semicolon_stays_whole():
    readings = "other readings could decide it; they are not trained in this build, but (a; b)"
    parts = [FEW, f"{UNLIKE}: x; y", UNDEFINED, readings]
    assert reason_of(STUDY, judged("0.9", "0.9, 0.1 above 0.8", *parts)).parts == tuple(parts)


def test_what_several_claims_share_stands_once_and_a_list_is_told_by_another():
    lists = [f"not reported: {ALL}", f"not reported: {ALL}, d", "not covered by readings: b, c"]
    claims = [judged("0.9", "0.9, 0.1 above 0.8", FEW, told) for told in lists for _ in "12"]
    claims.append(judged("0.9", "0.9, 0.1 above 0.8", f"not reported: {ALL}, e, f", "its own"))
    reasons = [reason_of(STUDY, claim) for claim in claims]
    notes = Notes("t", reasons)
    (listed,) = notes.listed()
    assert [(item.term, item.text[0].text) for item in listed.items] == [
        ("a", "Only 1 trial"),
        ("b", f"Not reported: {ALL}"),
        ("c", "Not reported: those of b and d"),
        ("d", "Not covered by readings: b, c"),
    ]
    targets = [span.target for span in notes.letters(reasons[0]) if span.target]
    assert targets == [item.anchor for item in listed.items[:2]]
    assert notes.special(reasons[-1]) == "not reported: those of b, e and f; its own"


def test_a_word_in_brackets_is_left_out_only_where_a_note_says_it():
    claims = [judged("0.9", "0.9, 0.1 above 0.8", FEW) for _ in "12"]
    reasons = [reason_of(STUDY, claim) for claim in claims]
    notes = Notes("t", reasons)
    assert notes.bare("undecided (too few trials)", reasons[0]) == "undecided"
    assert notes.bare(claims[0].verdict, reasons[0]) == "undecided (other images)"
    assert notes.bare("reproduced", reasons[0]) == "reproduced"


def test_without_claims_about_run_time_there_is_no_heading_for_them():
    claims = [judged("0.9", "0.9, 0.1 above 0.8", FEW) for _ in "12"]
    part = claims_part([(STUDY, claims)], [(STUDY, [])], ("a.csv", "b.csv"), [])
    *_, notes, table = part.blocks
    assert isinstance(notes, FactList)
    claim, reported, found, verdict = table.rows[0].cells
    assert [span.target for span in claim.text if span.target] == ["e-net"]
    assert claim.words == "e/net has a Dice of 0.8, and e/net_2 not."
    assert (reported.words, found.words, verdict.words) == (
        "0.8",
        "0.9 (+0.1)",
        "undecided (other images)",
    )
    assert "".join(span.text for span in verdict.note) == "numbers contradict it; a"
    timed = claims_part([(STUDY, claims)], [(STUDY, claims)], ("a.csv", "b.csv"), [])
    assert timed.blocks[-1].blocks[0].title == "Claims about run time"
