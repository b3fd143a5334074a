"""A training of detectors, from weights to boxes; the real network takes two steps."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from dlia.data.boxes import Box, flat
from dlia.errors import UserError
from dlia.evaluation.predictions import read_predictions
from dlia.models import build
from dlia.models.store import load_models
from dlia.runtime.files import write_npy
from dlia.runtime.provenance import sha256_of
from dlia.study.settings import Retinanet, Settings
from dlia.tasks import curves_of
from dlia.training.predict import predict
from dlia.training.train_variant import train_variant
from dlia.training.training_job import TrainingJob

pytest.importorskip("faster_coco_eval")


def data_set(folder: Path, images: int, side: int) -> dict[str, str]:
    """Bright squares of one class and dark ones of another, on grey."""
    generator = np.random.default_rng(0)
    pixels = generator.integers(110, 140, (images, side, side, 3), dtype=np.uint8)
    boxes = []
    for row in range(images):
        x, y = generator.integers(0, side // 2, 2)
        pixels[row, y : y + side // 3, x : x + side // 3] = 250 if row % 2 else 10
        boxes.append((Box(float(x), float(y), x + side // 3, y + side // 3, row % 2),))
    write_npy(folder / "images.npy", pixels)
    write_npy(folder / "boxes.npy", flat(boxes))
    parts = ["train"] * (images - 8) + ["validation"] * 4 + ["test"] * 4
    ids = [f"{part}/{row}" for row, part in enumerate(parts)]
    pd.DataFrame({"id": ids, "part": parts, "fold": -1}).to_csv(folder / "split.csv", index=False)
    files = {"images": "images.npy", "targets": "boxes.npy", "split": "split.csv"}
    return {name: str(folder / file) for name, file in files.items()}


def settings_of(model: dict[str, object], **changes: object) -> Settings:
    return Settings.model_validate(
        {
            "model": model,
            "loss": {"name": "focal_and_smooth_l1"},
            "optimizer": {"name": "adamw", "learning_rate": 0.002},
            "initialization": {"name": "he_normal"},
            "batch_size": 4,
            "epochs": 1,
            **changes,
        }
    )


def trained(folder: Path, settings: Settings, inputs: dict[str, str]) -> pd.DataFrame:
    job = TrainingJob(
        settings=settings,
        curves=curves_of("detection"),
        classes=2,
        trials=1,
        seed=1,
        code="",
        device="cpu",
        inputs=inputs,
        checkpoints=folder / "checkpoints",
    )
    files = [str(folder / name) for name in ("model.safetensors", "history.csv", "run.json")]
    train_variant(job, *files)
    return pd.read_csv(folder / "history.csv")


SMALL = {"name": "retinanet_lite0", "channels": 16, "frozen_stages": 0}


@pytest.mark.slow
def test_a_detector_learns_and_predicts_boxes(tmp_path):
    inputs = data_set(tmp_path, images=24, side=64)
    history = trained(tmp_path, settings_of(SMALL, epochs=3), inputs)
    losses = history[(history["part"] == "train") & (history["metric"] == "loss")]["value"]
    assert losses.iloc[-1] < 0.7 * losses.iloc[0]
    rows = history.pivot_table(index=["part", "epoch"], columns="metric", values="value")
    total = rows["classification_loss"] + rows["regression_loss"]
    assert total.to_numpy() == pytest.approx(rows["loss"].to_numpy(), rel=1e-5)
    predict(
        str(tmp_path / "model.safetensors"), inputs, {"views": "none"}, "cpu", str(tmp_path / "p")
    )
    found = read_predictions(tmp_path / "p")
    assert found.logits.shape[:2] == (1, 4)
    assert found.ids == [f"test/{row}" for row in range(20, 24)]


@pytest.mark.slow
def test_the_network_of_torchvision_trains_two_steps_from_a_file_of_weights(tmp_path):
    torch.manual_seed(0)
    whole = build(Retinanet(name="retinanet"), (3, 64, 64), 5)
    with torch.no_grad():
        for name, buffer in whole.named_buffers():
            if name.endswith("running_var"):
                buffer.fill_(50.0)  # so that nothing grows from layer to layer
    path = tmp_path / "weights.pth"
    torch.save(whole.state_dict(), path)
    said = {"file": "weights.pth", "sha256": sha256_of(path), "origin": "a test", "head": [3, -1]}
    model = {"name": "retinanet", "weights": {**said, "outputs": 5}}
    settings = settings_of(model, optimizer={"name": "sgd", "learning_rate": 0.001})
    inputs = {**data_set(tmp_path, images=16, side=64), "weights": str(path)}
    history = trained(tmp_path, settings, inputs)
    assert np.isfinite(history["value"]).all()
    (network,) = load_models(tmp_path / "model.safetensors")
    own, its = network.state_dict(), whole.state_dict()
    frozen, moved = "backbone.body.layer1.0.conv1.weight", "backbone.body.layer4.0.conv1.weight"
    assert torch.equal(own[frozen], its[frozen])
    assert not torch.equal(own[moved], its[moved])


@pytest.mark.slow
def test_a_detector_without_epochs_is_its_weights(tmp_path):
    from dlia.models.pretrained import write_standin

    inputs = data_set(tmp_path, images=12, side=64)
    network = build(settings_of(SMALL).model, (3, 64, 64), 3)
    write_standin(tmp_path / "w.safetensors", network.state_dict())
    said = {"file": "w.pth", "sha256": "0" * 8, "origin": "a test", "head": [0, -1], "outputs": 3}
    model = {**SMALL, "weights": said, "other_output": True}
    history = trained(
        tmp_path,
        settings_of(model, epochs=0),
        {**inputs, "weights": str(tmp_path / "w.safetensors")},
    )
    (kept,) = load_models(tmp_path / "model.safetensors")
    assert history["epoch"].unique().tolist() == [0]
    assert torch.equal(kept.scores.last.weight, network.scores.last.weight)


def test_missing_boxes_of_a_model_are_refused(tmp_path):
    from dlia.commands.detect import classes_of, photographs_in

    with pytest.raises(UserError, match="no such file"):
        classes_of(tmp_path / "model.safetensors")
    with pytest.raises(UserError, match="no photographs in it"):
        photographs_in(tmp_path)
