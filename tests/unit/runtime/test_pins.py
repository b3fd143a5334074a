"""Installed versions beside those that requirements.txt pins."""

import importlib.metadata

from dlia.runtime.pins import other_versions
from dlia.runtime.provenance import PACKAGES
from dlia.study.yaml_files import ROOT

NUMPY = importlib.metadata.version("numpy")


def test_a_package_in_another_version_than_the_pinned_one_is_named(tmp_path):
    file = tmp_path / "requirements.txt"
    file.write_text(f"numpy==1.0 \\\n    --hash=sha256:1\nscipy=={NUMPY} \\\n")
    assert other_versions(["numpy"], file) == [f"numpy {NUMPY} (pinned: 1.0)"]


def test_a_build_for_one_platform_is_no_other_version(tmp_path):
    (tmp_path / "requirements.txt").write_text(f"numpy=={NUMPY} \\\n")
    assert other_versions(["numpy"], tmp_path / "requirements.txt") == []


def test_pins_for_other_versions_of_python_do_not_count(tmp_path):
    old, new = "python_full_version < '3.8'", "python_full_version >= '3.8'"
    text = f"numpy==1.0 ; {old} \\\nnumpy=={NUMPY} ; {new} \\\n"
    (tmp_path / "requirements.txt").write_text(text)
    assert other_versions(["numpy"], tmp_path / "requirements.txt") == []


def test_without_pins_nothing_differs(tmp_path):
    assert other_versions(PACKAGES, tmp_path / "requirements.txt") == []


def test_this_environment_is_compared_for_every_package_that_numbers_depend_on():
    from dlia.runtime.pins import pinned

    assert set(PACKAGES) <= pinned(ROOT / "requirements.txt").keys()


def test_a_package_that_is_missing_is_named(tmp_path):
    (tmp_path / "requirements.txt").write_text("no-such-package==1.0 \\\n")
    found = other_versions(["no-such-package"], tmp_path / "requirements.txt")
    assert found == ["no-such-package missing (pinned: 1.0)"]
