"""Every setting acts, alone: on its row of the table, on the objects, and on the outcome."""

import functools
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import pytest
from conftest import sampled
from pydantic.fields import FieldInfo
from sweep import Case, Run, keys_of, table_of, train_and_predict, value_at
from sweep_cases import CASES
from trainings import VARIANTS, task_of

from dlia.study.check_settings import settings_problems
from dlia.study.document import Document
from dlia.study.settings import CnnDropout, DropoutBlock, Layers, Mlp, RandomAugmentation, Settings
from dlia.study.yaml_files import ROOT, load_yaml
from dlia.tasks import task_named

STUDIES = {
    "classification": Document.model_validate(load_yaml(ROOT / "studies/mnist.yaml")),
    "segmentation": Document.model_validate(load_yaml(ROOT / "studies/warwick.yaml")),
}
TRAININGS = [case for case in CASES if not case.path.startswith("prediction.")]
# `make test` trains some of them.
SAMPLED = sampled(TRAININGS, 30)
PREDICTIONS = [case for case in CASES if case.path.startswith("prediction.")]

# Where the record of a training shows a block of settings.
SHOWN_IN = {
    "trials": {"seeds"},
    "input": {"data", "layers"},
    "model": {"layers"},
    "initialization": {"initial_weights"},
    "loss": {"loss"},
    "gradients": {"optimizer"},
    "optimizer": {"optimizer"},
    "schedule": {"schedule", "optimizer"},  # it keeps its limits in the optimizer's groups
    "averaging": {"averaging"},
    "augmentation": {"augmentation"},
    "add_copies": {"data"},
    "copies": {"data"},
    "batch_size": {"data"},
    "epochs": {"trials"},
    "fit": {"data"},
    "held_out_fold": {"data"},
    "split": {"data"},
    "monitor": {"data"},
    "select": {"trials"},
    "gradient_norms": {"gradient_norms_of"},
}
# What computes the same function in another way.
ALIKE = {"gradients", "model.activation_place"}
# What the few test images here do not show: their ids and their classes have the same order.
UNSEEN = {"prediction.batch_statistics.order"}

# Settings that a function or class of the framework, or a loss of ours, takes as they are.
ARGUMENTS = [
    case if case in SAMPLED else pytest.param(case, marks=pytest.mark.slow)
    for case in TRAININGS
    if case.path.startswith(("loss.", "optimizer."))
    and not case.path.endswith((".name", ".weight_decay_on"))
]


@functools.cache
def _run(text: str) -> Run:
    with TemporaryDirectory() as folder:
        return train_and_predict(Settings.model_validate_json(text), Path(folder))


def runs(case: Case) -> tuple[Run, Run]:
    """Train both; what two cases have in common is trained once."""
    return _run(case.before.model_dump_json()), _run(case.after.model_dump_json())


# By module, so that what is asked of one case is asked on one worker.
@pytest.fixture(scope="module", params=SAMPLED, ids=str)
def training(request):
    return request.param


@pytest.mark.parametrize("case", CASES, ids=str)
def test_both_are_what_a_study_may_state(case):
    for settings in (case.before, case.after):
        assert Settings.model_validate(settings.plain()) == settings
        assert not settings_problems(
            settings, STUDIES[task_of(settings)], task_named(task_of(settings))
        )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_setting_changes_its_row_of_the_table_alone(case):
    before, after = table_of(case.before), table_of(case.after)
    assert {path for path in before.keys() & after.keys() if before[path] != after[path]} == {
        case.path
    }
    # A name decides which keys its block has; nothing else does.
    block = case.path.removesuffix("name")
    assert all(path.startswith(block) for path in before.keys() ^ after.keys())


def test_a_setting_changes_what_the_objects_say_of_themselves(training):
    before, after = (run.record for run in runs(training))
    changed = {part for part in before if before[part] != after[part]}
    assert changed & SHOWN_IN[training.path.split(".")[0]]


def test_a_setting_changes_what_comes_of_a_training(training):
    before, after = (run.outcome for run in runs(training))
    assert before != after or training.path in ALIKE


@pytest.mark.parametrize("case", ARGUMENTS, ids=str)
def test_a_setting_is_recorded_with_its_value(case):
    block, key = case.path.split(".")
    argument = {"learning_rate": "lr"}.get(key, key)
    values = [run.record[block]["arguments"][argument]["value"] for run in runs(case)]
    assert values == [value_at(settings, case.path) for settings in (case.before, case.after)]


@pytest.mark.parametrize("case", PREDICTIONS, ids=str)
def test_a_way_of_predicting_changes_predictions_and_no_training(case):
    before, after = runs(case)
    changed = {part for part, found in before.outcome.items() if found != after.outcome[part]}
    assert changed or case.path in UNSEEN
    assert changed <= {"probabilities", "classes"}
    assert before.record == after.record


# Settings for volumes, groups and photographs, which have trainings of their own elsewhere, and a
# name that
# never changes alone: only a SegNet lists its convolutions.
OF_OTHER_DATA = re.compile(
    r"input\.scaling|sampling|split|prediction\.boxes|model\.name: segnet"
    r"|.*\b(retinanet|retinanet_lite0|focal_and_smooth_l1)\b"
)


def without_a_case():
    """Name the keys that no case changes, and the values that none goes from or to."""
    missing = []
    for key in keys_of(Settings):
        shown = {value for case in CASES for value in case.shows(key)}
        left = [v for v in key.values if v not in shown]
        missing += [f"{key}: {value}" for value in left] if shown else [str(key)]
    return [key for key in missing if not OF_OTHER_DATA.match(key)]


def test_every_key_of_the_settings_has_a_case_and_so_has_every_value_of_a_list():
    assert without_a_case() == []


@pytest.mark.parametrize(
    ("block", "named"),
    [
        (RandomAugmentation, "augmentation.blur (augmentation.name: random)"),
        (Layers, "initialization.layers.blur"),
        (CnnDropout, "model.dropout.blur (model.name: cnn)"),
        (Settings, "blur"),
    ],
)
def test_a_new_key_without_a_case_is_named(block, named, monkeypatch):
    monkeypatch.setitem(block.model_fields, "blur", FieldInfo(annotation=float))
    assert named in without_a_case()


def test_a_new_value_without_a_case_is_named(monkeypatch):
    more = Literal["relu", "gelu"]
    monkeypatch.setattr(Mlp.model_fields["activation"], "annotation", more)
    assert "model.activation (model.name: mlp): gelu" in without_a_case()


@pytest.mark.parametrize(
    "kind", [dict[str, int], Any, list[DropoutBlock], int | DropoutBlock, int | str]
)
def test_a_key_that_may_hide_others_is_not_passed_over(kind, monkeypatch):
    monkeypatch.setitem(Settings.model_fields, "blur", FieldInfo(annotation=kind))
    with pytest.raises((AssertionError, ValueError)):
        keys_of(Settings)


def test_every_setting_of_every_variant_is_among_the_keys_of_the_settings():
    known = {key.path for key in keys_of(Settings)}
    stated = {leaf.path for variant in VARIANTS.values() for leaf in variant.settings.leaves()}
    assert stated <= known
