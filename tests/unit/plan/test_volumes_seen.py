"""What networks see of volumes, against what their trainings load."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from dlia.data import seen as counting
from dlia.data.arrays import Arrays
from dlia.data.patches import grid_places, places_of
from dlia.data.splits import split
from dlia.data.standins import draw
from dlia.data.unpack import Layout, decode
from dlia.plan.machine import hours_of, seen_of
from dlia.plan.plan import Plan
from dlia.plan.volumes_seen import volumes_seen
from dlia.study.part_names import TEST
from dlia.training.volume_data import load_volumes

VARIANTS = ["segnet", "segnet_40", "whole_slice"]


@pytest.fixture
def plan(tmp_path, monkeypatch) -> Plan:
    monkeypatch.chdir(tmp_path)
    return Plan.read({"studies": ["brain"], "standins": True}, tmp_path)


@pytest.fixture
def arrays(plan, tmp_path) -> Arrays:
    """Draw, unpack and split the stand-in."""
    data = plan.studies["brain"].data
    draw(archive=tmp_path / "a.zip", **data.drawn())
    layout = Layout.of(plan.layout(plan.studies["brain"]))
    images, masks, table = decode(tmp_path / "a.zip", layout)
    np.save(tmp_path / "images.npy", images)
    np.save(tmp_path / "masks.npy", masks)
    split(table, masks, None, 1).to_csv(tmp_path / "split.csv", index=False)
    names = ("images.npy", "masks.npy", "split.csv")
    return Arrays.open(*(str(tmp_path / name) for name in names))


def test_patches_are_counted_as_they_are_trained_on(plan, arrays):
    study = plan.whole["brain"]
    for variant in (study.variant(f"brain2_2/{name}") for name in VARIANTS):
        data = load_volumes(arrays, variant.settings, torch.device("cpu"))
        found = seen_of(plan, study, variant)
        assert (found.training, found.validation) == (len(data.training), len(data.validation))


def test_predictions_of_all_volumes_are_counted(plan, arrays):
    study = plan.whole["brain"]
    rule = study.variant("brain2_2/segnet").settings.sampling
    size, predicted = (rule.patch, rule.patch), 0
    volumes = arrays.volumes(np.arange(len(arrays.split)))
    for name, rows in volumes.items():
        predicted += len(grid_places(np.asarray(arrays.images[rows]) != 0, size))
        if not name.startswith(TEST):
            predicted += len(places_of(np.asarray(arrays.targets[rows]), rule, size))
    found = seen_of(plan, study, study.variant("brain2_2/segnet"))
    assert found.predicted == pytest.approx(predicted, rel=0.1)  # test volumes are not read
    assert (found.volumes, found.voxels) == (len(volumes), arrays.images.size)


def test_counts_are_kept_for_the_next_start(plan, monkeypatch):
    study = plan.whole["brain"]
    first = seen_of(plan, study, study.variant("brain2_2/segnet"))
    monkeypatch.setattr(counting, "count_seen", lambda *_: pytest.fail("counted again"))
    assert seen_of(plan, study, study.variant("brain2_2/segnet")) == first


def test_images_have_no_such_counts(plan, tmp_path):
    other = Plan.read({"studies": ["mnist"], "standins": True}, tmp_path)
    study = other.whole["mnist"]
    assert seen_of(other, study, study.variant("ex1_2/sgd")) is None


def test_an_archive_that_cannot_be_read_is_left_to_the_job_that_unpacks_it(plan, tmp_path):
    (tmp_path / "IBSR18.zip").write_bytes(b"no archive")
    study = plan.whole["brain"]
    choice = replace(plan.archives["brain"], path=str(tmp_path / "IBSR18.zip"), kind="real")
    asked = (choice, plan.facts["brain"], plan.layout(study), [None])
    assert volumes_seen(study.data, *asked) is None
    broken = replace(plan, archives={"brain": choice})
    assert hours_of(broken, study, study.variant("brain2_2/segnet")) >= 1
