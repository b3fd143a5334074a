"""What the plan tells the verdicts about the settings that no source reports."""

import pytest

from dlia.plan import judging, machine
from dlia.plan.plan import Plan


@pytest.mark.parametrize(
    ("study", "packages"),
    [
        ("mnist", []),
        ("brain", ["nibabel"]),
        ("aquarium", ["defusedxml", "torchmetrics", "faster_coco_eval"]),
    ],
)
def test_packages_are_asked_for_where_a_study_needs_them(tmp_path, monkeypatch, study, packages):
    monkeypatch.chdir(tmp_path)
    plan = Plan.read({"standins": True, "studies": [study]}, tmp_path)
    assert machine.packages(plan) == packages


def test_verdicts_find_the_map_that_a_claim_is_about(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = Plan.read({"standins": True, "studies": ["wildlife", "aquarium"]}, tmp_path)
    own, other = (plan.studies[name] for name in ("wildlife", "aquarium"))
    planned = judging.claims_of(plan, own, volatile=False)
    assert planned["mapped"] == {"wildlife3_2/before": "wildlife3_1"}
    assert judging.maps_judged_by(plan, own) == ["results/wildlife3_1/tsne.csv"]
    assert judging.maps_judged_by(plan, other) == []


@pytest.mark.parametrize(
    ("study", "names"),
    [("warwick", ("train_1.bmp", "testA_1.bmp")), ("lungs", ("JPCLN001.IMG", "JPCLN001.gif"))],
)
def test_verdicts_on_a_release_that_is_prepared_here_say_how(tmp_path, monkeypatch, study, names):
    monkeypatch.chdir(tmp_path)
    own = Plan.read({"standins": True, "studies": [study]}, tmp_path).studies[study]
    folder = tmp_path / "data" / own.data.archive.removesuffix(".zip")
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_bytes(b"x")
    plan = Plan.read({"studies": [study]}, tmp_path)
    planned = judging.claims_of(plan, own, volatile=False)
    assert planned["caveat"] == "other preparation"
    assert planned["differs"] == own.data.forms[0].differs != ""
    assert plan.layout(own)["form"] == own.data.forms[0].title


def test_settings_without_readings_are_named_also_of_variants_without_any(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = Plan.read({"standins": True, "studies": ["mnist"]}, tmp_path)
    study = plan.studies["mnist"]
    planned = judging.claims_of(plan, study, volatile=False)
    named = {c.of[0]: study.variant(c.of[0]) for c in study.claims.values() if c.may_be_read}
    assert any(not variant.readings for variant in named.values())
    assert {key: list(v.unread) for key, v in named.items()} == {
        key: unread for key, unread in planned["unread"].items() if key in named
    }
