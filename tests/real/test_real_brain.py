"""The archive of MRI volumes itself, against what the report RCSE prints of it."""

import io
import os
import re
import tarfile
import zipfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from own_studies import own_study

from dlia.data.class_shares import IGNORED
from dlia.data.patches import balanced, cut, grid_places
from dlia.data.unpack import Layout, decode, unpack
from dlia.plan.machine import seen_of
from dlia.plan.plan import Plan

ARCHIVE = Path(os.environ.get("DLIA_DATA", "/nowhere")) / "IBSR18.zip"
# RCSE 2.2.1: background, and the three classes.
PRINTED = {
    "IBSR_01": [7294795, 14555, 725132, 354126],
    "IBSR_05": [7438497, 13784, 596162, 340165],
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif("DLIA_DATA" not in os.environ, reason="DLIA_DATA names no data folder"),
]


def read_study():
    return own_study("brain")


def unpacked(study, folder: Path) -> dict[str, Path]:
    """Unpack the archive into a folder; give the files of images and masks."""
    data = study.data
    layout = Layout("nifti_volumes", (256, 128), 1, tuple(data.classes), data.layout_options)
    files = {name: folder / f"{name}.npy" for name in ("images", "targets")}
    unpack(ARCHIVE, layout, **files, ids=folder / "ids.csv")
    return files


@pytest.fixture(scope="module")
def study():
    return read_study()


@pytest.fixture(scope="module")
def volumes(study, tmp_path_factory):
    """Unpack the archive; give the images, the masks, and the rows of every volume."""
    folder = tmp_path_factory.mktemp("brain")
    files = unpacked(study, folder)
    ids = pd.read_csv(folder / "ids.csv")
    opened = {name: np.load(path, mmap_mode="r") for name, path in files.items()}
    return opened["images"], opened["targets"], ids.groupby("group").indices


def test_fifteen_volumes_are_read_and_those_without_labels_are_left_out(volumes):
    images, masks, rows = volumes
    assert len(rows) == 15
    assert images.shape == masks.shape == (15 * 256, 256, 128)
    assert images.dtype == np.int16


def test_the_release_as_a_tar_archive_gives_the_same_arrays(study, volumes, tmp_path):
    released = tmp_path / "data/IBSR_V2.0_nifti_stripped.tgz"
    released.parent.mkdir()
    with zipfile.ZipFile(ARCHIVE) as archive, tarfile.open(released, "w:gz") as target:
        for entry in archive.infolist():
            if found := re.fullmatch(r".*/(IBSR_\d\d)(_seg)?\.nii\.gz", entry.filename):
                volume, kind = found[1], "segTRI_fill_ana" if found[2] else "ana_strip"
                name = f"IBSR_nifti_stripped/{volume}/{volume}_{kind}.nii.gz"
                member = tarfile.TarInfo(name)
                member.size = entry.file_size
                target.addfile(member, io.BytesIO(archive.read(entry)))
    plan = Plan.read({"studies": ["brain"], "data_dir": str(released.parent)}, tmp_path)
    assert plan.form(study).files == [released.name]
    choice, options = plan.archives["brain"], plan.layout(study)["options"]
    layout = Layout("nifti_volumes", (256, 128), 1, tuple(study.data.classes), options)
    images, masks, _ = decode(Path(choice.path), layout, choice.files)
    np.testing.assert_array_equal(images, volumes[0])
    np.testing.assert_array_equal(masks, volumes[1])


@pytest.mark.parametrize("name", PRINTED)
def test_a_volume_has_the_voxels_of_each_class_that_the_report_prints(volumes, name):
    _, masks, rows = volumes
    counts = np.bincount(masks[rows[name]].ravel(), minlength=256)
    assert [counts[IGNORED], *counts[:3]] == PRINTED[name]


def test_the_rule_gives_nearly_as_many_training_patches_as_the_report(study, volumes):
    _, masks, rows = volumes
    rule = study.variant("brain2_2/segnet").settings.sampling
    volumes = [masks[rows[name]] for name in study.data.layout.train]
    places = [balanced(volume, rule) for volume in volumes]
    counts = [len(own) for own in places]
    assert counts == [3329, 2932, 2781]
    assert sum(counts) == 9042
    size = (rule.patch, rule.patch)
    patches = np.concatenate([cut(*own, size) for own in zip(volumes, places, strict=True)])
    shares = np.bincount(patches.ravel()) / patches.size
    assert (100 * shares).round(1).tolist() == [34.2, 29.3, 36.6]  # printed: 34.12, 29.15, 36.71


def test_the_validation_volume_gives_about_six_thousand_patches(study, volumes):
    _, masks, rows = volumes
    (name,) = study.data.layout.validation
    assert len(grid_places(masks[rows[name]] != IGNORED, (16, 16))) == 6053


def test_patches_are_counted_before_the_archive_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = Plan.read({"studies": ["brain"], "data_dir": str(ARCHIVE.parent)}, tmp_path)
    study = plan.whole["brain"]
    seen = seen_of(plan, study, study.variant("brain2_2/segnet"))
    assert (seen.training, seen.validation, seen.volumes) == (9042, 6053, 15)


def most_memory_of_unpacking(folder: Path) -> int:
    """Unpack the archive; give the most memory in KiB that this process had."""
    unpacked(read_study(), folder)
    # Not getrusage: its maximum counts the process that started this one.
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(peak)


def test_the_archive_is_unpacked_within_two_gigabytes(tmp_path):
    # Spawned: a process that does nothing else, and that finds modules where this one does.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        peak = process.submit(most_memory_of_unpacking, tmp_path).result()
    assert peak < 2 * 2**20
