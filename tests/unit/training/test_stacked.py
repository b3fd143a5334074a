"""Trials trained as one network: each does what it would do alone, in the reference loop."""

import dataclasses
import json
import math
import time
from pathlib import Path

import pytest
import torch
from conftest import sampled
from safetensors.torch import load_file
from steps import CASES, OWN, compute_in_doubles, losses_of
from sweep import job_of

from dlia.models import cnn
from dlia.runtime.interruption import Interrupted
from dlia.training import loop, one_by_one, stacked
from dlia.training.checkpoint import Checkpoint
from dlia.training.preparation import start
from dlia.training.train_variant import engine_of, train_variant

NO_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
DEVICES = ["cpu", pytest.param("cuda", marks=[pytest.mark.gpu, NO_GPU])]


@pytest.fixture
def doubles(monkeypatch):
    compute_in_doubles(monkeypatch)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("case", sampled([*CASES.values()], 6), ids=CASES)
def test_steps_cost_each_trial_what_they_cost_it_alone(
    case, device, doubles, tmp_path, monkeypatch
):
    job = job_of(tmp_path / "data", **case, device=device, epochs=7)
    found, expected = losses_of(job, tmp_path, monkeypatch)
    assert len(found) == len(expected) >= 20
    assert torch.allclose(found, expected, atol=1e-9, rtol=0)


def trained(job, engine):
    """Train with an engine; give the trials."""
    return {"loop": one_by_one, "stacked": stacked}[engine].train_trials(job, {})


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("case", OWN.values(), ids=OWN)
def test_every_trial_ends_with_what_it_would_have_alone(case, device, doubles, tmp_path):
    job = job_of(tmp_path / "data", **case, device=device)
    for one, other in zip(trained(job, "loop"), trained(job, "stacked"), strict=True):
        assert other.progress.chosen_epoch == one.progress.chosen_epoch
        assert [row[:3] for row in other.progress.history] == [r[:3] for r in one.progress.history]
        values, expected = (
            torch.tensor([row[3] for row in t.progress.history]) for t in (other, one)
        )
        assert torch.allclose(values, expected, atol=1e-6)
        for name, weight in one.progress.chosen_weights.items():
            assert torch.allclose(other.progress.chosen_weights[name].to(weight), weight), name


def without_time(record):
    """Leave out what may differ from run to run, the engine, and how that computes."""
    trials = [{k: v for k, v in t.items() if "seconds" not in k} for t in record["trials"]]
    apart = ("engine", "computed_layers", "peak_memory_mib", "git")
    return {k: v for k, v in record.items() if k not in apart} | {"trials": trials}


def files_of(job, folder, engine):
    """Train with an engine as a job does; give the record, and the shapes of what was kept."""
    folder.mkdir()
    model, history, record = (str(folder / name) for name in ("model", "history", "record"))
    job = dataclasses.replace(job, engine=engine, checkpoints=folder / "checkpoints")
    train_variant(job, model, history, record)
    shapes = {name: tuple(tensor.shape) for name, tensor in load_file(model).items()}
    return json.loads(Path(record).read_text()), shapes


@pytest.mark.parametrize("case", sampled([*OWN.values()], 2), ids=OWN)
def test_the_record_tells_the_engine_and_is_the_same_otherwise(case, tmp_path):
    job = job_of(tmp_path / "data", **case)
    (one, shapes), (other, stacked_shapes) = (
        files_of(job, tmp_path / engine, engine) for engine in ("loop", "stacked")
    )
    assert (one["engine"], other["engine"]) == ("loop", "stacked")
    assert stacked_shapes == shapes
    # What weights are chosen by may differ by rounding, what was there to choose from may not.
    assert without_time(other) == without_time(one)


def test_trials_share_the_seconds_of_their_stack(tmp_path):
    job = job_of(tmp_path / "data", "ex1_2/sgd")
    before = time.monotonic()
    seconds = [trial.progress.seconds for trial in trained(job, "stacked")]
    assert 0 < sum(seconds) <= time.monotonic() - before


def test_a_trial_that_diverges_leaves_the_others_as_they_are(tmp_path, monkeypatch):
    job = job_of(tmp_path / "data", "ex1_2/sgd")
    expected = trained(job, "stacked")

    def spoiled(job, prepared, trial):
        network = start(job, prepared, trial)
        if trial == 1:
            network.get_parameter("output.weight").data[0, 0] = math.inf
        return network

    monkeypatch.setattr(stacked, "start", spoiled)
    found = trained(dataclasses.replace(job, checkpoints=tmp_path / "anew"), "stacked")
    assert [trial.progress.status for trial in found] == ["ok", "diverged", "ok"]
    assert found[1].progress.epoch == 0
    for number in (0, 2):
        assert found[number].progress.history == expected[number].progress.history


def same_trials(found, expected):
    """Check that histories and weights of all trials are the same."""
    for one, other in zip(expected, found, strict=True):
        assert other.progress.history == one.progress.history
        for name, weight in one.progress.chosen_weights.items():
            assert torch.equal(other.progress.chosen_weights[name], weight), name


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("case", sampled([*OWN.values()], 3), ids=OWN)
def test_a_killed_stack_goes_on_exactly_where_it_was(case, device, tmp_path, monkeypatch):
    job = job_of(tmp_path / "data", **case, device=device)
    whole = trained(dataclasses.replace(job, checkpoints=tmp_path / "whole"), "stacked")
    save = Checkpoint.save

    def save_and_die(self, state):
        save(self, state)
        if state["trials"][0]["epoch"] == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoint, "save", save_and_die)
    with pytest.raises(KeyboardInterrupt):
        trained(job, "stacked")
    monkeypatch.undo()
    same_trials(trained(job, "stacked"), whole)


@pytest.mark.parametrize("steps", sampled([0, 1, 5, 8], 1))
@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("case", OWN.values(), ids=OWN)
def test_a_stack_goes_on_after_the_batch_at_which_it_was_interrupted(
    case, device, steps, tmp_path, monkeypatch
):
    job = job_of(tmp_path / "data", **case, device=device)
    whole = trained(dataclasses.replace(job, checkpoints=tmp_path / "whole"), "stacked")
    asked = iter([""] * steps)
    monkeypatch.setattr(loop, "asked_to_end", lambda: next(asked, "SIGTERM"))
    with pytest.raises(Interrupted, match=f"after epoch {steps // 3} and {steps % 3} batches"):
        trained(job, "stacked")
    monkeypatch.undo()
    same_trials(trained(job, "stacked"), whole)


@pytest.mark.parametrize(
    ("wanted", "device", "key", "taken"),
    [
        ("auto", "cpu", "ex1_2/sgd", "loop"),
        ("auto", "cuda", "ex1_2/sgd", "loop"),
        ("loop", "cuda", "ex1_2/sgd", "loop"),
        ("stacked", "cpu", "ex1_2/sgd", "stacked"),
        ("stacked", "cuda", "ex1_2/sgd", "stacked"),
        ("stacked", "cpu", "ex1_1/numpy_2019", "loop"),
    ],
)
def test_the_stack_is_taken_only_if_asked_for_and_never_by_numpy(
    wanted, device, key, taken, tmp_path
):
    job = job_of(tmp_path / "data", key, device=device)
    assert engine_of(dataclasses.replace(job, engine=wanted)) == taken


def test_a_family_that_cannot_be_stacked_takes_the_loop(tmp_path, monkeypatch):
    job = dataclasses.replace(job_of(tmp_path / "data", "ex1_2/sgd"), engine="stacked")
    monkeypatch.setattr(cnn, "STACKABLE", False)
    assert engine_of(job) == "loop"


def test_trials_on_a_gpu_are_trained_in_one_process(tmp_path, monkeypatch):
    job = dataclasses.replace(job_of(tmp_path / "data", "ex1_2/sgd"), workers=4)
    monkeypatch.setattr(one_by_one, "device_of", lambda job: torch.device("cuda"))
    forked = []
    monkeypatch.setattr(one_by_one, "side_by_side", lambda *given: forked.append(given[-1]) or [])
    one_by_one.train_trials(job, {})
    assert forked == [False]


@pytest.mark.gpu
@NO_GPU
@pytest.mark.parametrize("engine", ["loop", "stacked"])
def test_both_engines_train_a_variant_on_a_gpu(engine, tmp_path):
    job = job_of(tmp_path / "data", "ex1_5/dropout", device="cuda")
    record, _ = files_of(dataclasses.replace(job, workers=4), tmp_path / "out", engine)
    assert record["engine"] == engine


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("case", sampled([*CASES.values()], 6), ids=CASES)
def test_the_first_steps_agree_in_single_precision_too(case, device, tmp_path, monkeypatch):
    # Later, rounding decides between two pixels in one engine and not in the other.
    job = job_of(tmp_path / "data", **case, device=device, epochs=2)
    found, expected = losses_of(job, tmp_path, monkeypatch)
    assert torch.allclose(found[:4], expected[:4], atol=1e-4, rtol=0)


@pytest.mark.gpu
@NO_GPU
def test_full_batches_are_replayed_on_a_gpu(tmp_path, monkeypatch):
    replays = []
    replay = torch.cuda.CUDAGraph.replay
    monkeypatch.setattr(torch.cuda.CUDAGraph, "replay", lambda g: (replays.append(1), replay(g)))
    trained(job_of(tmp_path / "data", "ex1_2/sgd", device="cuda"), "stacked")
    assert len(replays) == 3 * 4 - stacked.Replayed.CALLS_BEFORE
