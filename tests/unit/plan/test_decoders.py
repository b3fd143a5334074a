"""The packages whose upgrade unpacks an archive anew."""

import importlib.metadata

import pytest

from dlia.plan.parameters import decoders
from dlia.plan.plan import Plan


@pytest.mark.parametrize(
    ("study", "package"), [("mnist", "pillow"), ("aquarium", "pillow"), ("brain", "nibabel")]
)
def test_a_study_is_unpacked_anew_by_another_version_of_its_own_decoder_only(
    tmp_path, monkeypatch, study, package
):
    monkeypatch.chdir(tmp_path)
    plan = Plan.read({"standins": True, "studies": [study]}, tmp_path)
    versions = dict.fromkeys(("pillow", "nibabel", "numpy"), "1.0")
    monkeypatch.setattr(importlib.metadata, "version", lambda name: versions[name])
    assert decoders(plan, plan.studies[study]) == {package: "1.0"}


def test_a_missing_decoder_is_no_error_before_it_is_needed(tmp_path, monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.chdir(tmp_path)
    plan = Plan.read({"standins": True, "studies": ["brain"]}, tmp_path)
    monkeypatch.setattr(importlib.metadata, "version", missing)
    assert decoders(plan, plan.studies["brain"]) == {"nibabel": "missing"}
