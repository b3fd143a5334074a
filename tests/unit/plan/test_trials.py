"""How often the variants of a study are trained, and what a change of that number retrains."""

from pathlib import Path

import pytest

from dlia.plan.plan import Plan
from dlia.study.yaml_files import ROOT


@pytest.fixture
def planned(tmp_path, monkeypatch):
    """Give what plans MNIST as in a build on the real archive: key, trials and settings."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/MNIST.zip").write_bytes(b"PK\x05\x06" + bytes(18))  # without a file
    (tmp_path / "studies").mkdir()
    study = (ROOT / "studies/mnist.yaml").read_text(encoding="utf-8")

    def plan(old: str = "", new: str = "", **config: object) -> dict[str, tuple[int, object]]:
        Path("studies/mnist.yaml").write_text(study.replace(old, new, 1), encoding="utf-8")
        built = Plan.read({"studies": ["mnist"], **config}, tmp_path)
        return {
            own.key: (built.trials(own), own.settings.of_training())
            for _, own in built.trained_variants()
        }

    return plan


ADAM = "      adam_default:\n"


def test_a_stated_number_retrains_its_variant_and_those_that_are_based_on_it(planned):
    before, after = planned(), planned(ADAM, f"{ADAM}        trials: 2\n")
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {"ex1_4/adam_default", "ex1_5/tanh", "ex1_5/dropout"}
    assert {after[key][0] for key in changed} == {2}
    assert all(before[key][1] == after[key][1] for key in before)


def test_a_number_in_the_configuration_is_that_of_all(planned):
    assert {trials for trials, _ in planned(trials=4).values()} == {4}
