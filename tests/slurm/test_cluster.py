"""No Slurm is set up where there is one, or where its programs are missing."""

from pathlib import Path

import cluster
import pytest
from cluster import hindrance


@pytest.fixture
def free(monkeypatch):
    """Pretend that all programs are there, and no Slurm."""
    for name, value in {"COMMANDS": (), "DAEMONS": (), "CONFIGURED": (), "RUNNING": ()}.items():
        monkeypatch.setattr(cluster, name, value)
    for name in ("SLURM_CONF", "SLURM_JOB_ID"):
        monkeypatch.delenv(name, raising=False)
    assert hindrance() == ""


@pytest.mark.parametrize("name", ["SLURM_CONF", "SLURM_JOB_ID"])
def test_no_slurm_is_set_up_where_the_environment_names_one(free, name, monkeypatch):
    monkeypatch.setenv(name, "1")
    assert "this is a Slurm cluster" in hindrance()


def test_no_slurm_is_set_up_where_one_has_its_settings(free, tmp_path, monkeypatch):
    (tmp_path / "slurm.conf").touch()
    monkeypatch.setattr(cluster, "CONFIGURED", (str(tmp_path / "slurm.conf"),))
    assert hindrance() == f"there is a Slurm on this machine: {tmp_path}/slurm.conf"


def test_no_slurm_is_set_up_where_one_runs(free, monkeypatch):
    name = Path("/proc/self/comm").read_text().strip()
    monkeypatch.setattr(cluster, "RUNNING", (name,))
    assert hindrance() == f"there is a Slurm on this machine: {name} runs"


def test_what_is_missing_is_named_with_the_remedy(free, monkeypatch):
    monkeypatch.setattr(cluster, "DAEMONS", ("munged-that-is-nowhere",))
    assert hindrance() == "munged-that-is-nowhere missing: apt-get install slurm-wlm munge"
