"""All trials of a variant, from arrays on disk to the files that stay."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from trainings import settings_of

from dlia.evaluation.timing import collect_timing
from dlia.tasks.classification.curves import CURVES
from dlia.training.checkpoint import Checkpoint
from dlia.training.train_variant import train_variant
from dlia.training.training_job import TrainingJob


@pytest.fixture
def inputs(tmp_path) -> dict[str, str]:
    generator = np.random.default_rng(0)
    parts = ["train"] * 40 + ["validation"] * 10 + ["test"] * 10
    names = [f"{row:02}" for row in range(60)]
    paths = {name: str(tmp_path / name) for name in ("images.npy", "targets.npy", "split.csv")}
    np.save(paths["images.npy"], generator.integers(0, 256, (60, 28, 28), dtype=np.uint8))
    np.save(paths["targets.npy"], np.arange(60) % 10)
    pd.DataFrame({"id": names, "part": parts, "fold": 0}).to_csv(paths["split.csv"], index=False)
    return {name.split(".")[0]: path for name, path in paths.items()}


def run(inputs, folder, seed=1):
    settings = settings_of("ex1_2/sgd", epochs=4, batch_size=8)
    job = TrainingJob(
        settings,
        CURVES,
        10,
        2,
        seed,
        "code",
        "cpu",
        inputs,
        folder / "checkpoints",
    )
    files = [str(folder / name) for name in ("model.safetensors", "history.csv", "run.json")]
    folder.mkdir(exist_ok=True)
    train_variant(job, *files)
    return [(folder / name).read_bytes() for name in ("model.safetensors", "history.csv")]


def test_an_epoch_takes_a_part_of_the_seconds_of_its_trial(inputs, tmp_path):
    run(inputs, tmp_path / "timed")
    for trial in json.loads((tmp_path / "timed" / "run.json").read_text())["trials"]:
        # Four epochs; besides, the history is measured. The seconds are rounded.
        assert 0 < 4 * trial["seconds_per_epoch"] <= trial["seconds"] + 0.01


def test_checkpoints_of_another_number_of_classes_are_not_used():
    settings, facts = settings_of("ex1_2/sgd"), {"code": "code"}
    ten, three = (
        TrainingJob(settings, CURVES, classes, 2, 1, "code", "cpu", {}, Path("checkpoints"))
        for classes in (10, 3)
    )
    assert ten.key(facts, 0) != three.key(facts, 0)


def test_a_killed_job_resumes_to_the_same_bytes(inputs, tmp_path, monkeypatch):
    whole = run(inputs, tmp_path / "whole")
    save, saved = Checkpoint.save, []

    def save_and_die(self, state):
        save(self, state)
        saved.append(1)
        if len(saved) == 6:  # in the second epoch of the second trial
            raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoint, "save", save_and_die)
    with pytest.raises(KeyboardInterrupt):
        run(inputs, tmp_path / "killed")
    monkeypatch.undo()
    assert run(inputs, tmp_path / "killed") == whole


def test_the_seconds_of_a_resumed_trial_count_from_its_start_and_so_do_those_of_its_job(
    inputs, tmp_path, monkeypatch, capfd
):
    results = tmp_path / "results/e"
    results.mkdir(parents=True)
    save = Checkpoint.save

    def slow_save_and_die(self, state):
        state["trials"] = [{**trial, "seconds": 100.0} for trial in state["trials"]]
        save(self, state)
        raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoint, "save", slow_save_and_die)
    with pytest.raises(KeyboardInterrupt):
        run(inputs, results / "killed")
    monkeypatch.undo()
    capfd.readouterr()
    run(inputs, results / "killed")
    (tmp_path / "train_e_killed.log").write_text(capfd.readouterr().out)
    seconds = [
        t["seconds"] for t in json.loads((results / "killed/run.json").read_text())["trials"]
    ]
    assert seconds[0] > 100
    (tmp_path / "train_e_killed.tsv").write_text("s\th:m:s\n50.0\t0:00:50\n")  # of the last run
    job = {"job": "train_e_killed", "step": "train", "exercise": "e", "variant": "killed"}
    record = str(results / "killed/run.json")
    bases = {"e/killed": ""}
    table = collect_timing("s", [record], [job | {"data": "real"}], bases, tmp_path, tmp_path)
    [last] = table[table["kind"] == "job"].to_dict("records")
    # Its log says that one trial is trained at a time.
    assert (last["seconds"], last["seconds_of_last_run"]) == (round(sum(seconds), 2), 50.0)


def test_no_checkpoint_is_left_after_success(inputs, tmp_path):
    run(inputs, tmp_path / "done")
    assert not (tmp_path / "done" / "checkpoints").exists()


def test_the_log_tells_the_device_the_engine_and_how_every_trial_ended(inputs, tmp_path, capfd):
    run(inputs, tmp_path / "done")
    log = capfd.readouterr().out.splitlines()
    assert log[:2] == [
        "device: cpu wanted, cpu taken",
        "engine: auto wanted, loop taken; trials at once in this build: 1",
    ]
    assert [line.partition(":")[0] for line in log[-2:]] == ["trial 1", "trial 2"]
    assert all(line.endswith(", epoch 4 kept") for line in log[-2:])


def test_another_seed_gives_other_networks(inputs, tmp_path):
    first, second = run(inputs, tmp_path / "a"), run(inputs, tmp_path / "b", seed=2)
    assert first[0] != second[0]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_two_trainings_on_a_gpu_give_the_same_bytes(inputs, tmp_path, monkeypatch):
    settings = settings_of("ex1_2/sgd", epochs=2)
    results = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        job = TrainingJob(settings, CURVES, 10, 1, 1, "code", "cuda", inputs, folder / "c")
        files = [str(folder / file) for file in ("model.safetensors", "history.csv", "run.json")]
        train_variant(job, *files)
        results.append((folder / "model.safetensors").read_bytes())
    assert results[0] == results[1]
