"""Weights that stand in for pre-trained ones: a short training on drawn shapes of other classes.

A class that the head of the real weights names looks as it does in the study's stand-in; all other
outputs are shapes that the study does not have.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pandas as pd

from dlia.data import standins
from dlia.data.unpack import Layout, unpack
from dlia.models.pretrained import write_standin
from dlia.study.settings import Settings
from dlia.training.measures import Curves
from dlia.training.one_by_one import train_trial
from dlia.training.training_job import TrainingJob

_IMAGES, _HELD_OUT = 120, 12
_EPOCHS, _BATCH, _RATE = 7, 8, 0.002
_OUTPUTS = 6  # of weights without a head that the study uses
_SEED = 7  # the drawings differ from those of the study


def pretrain(
    network: Mapping[str, object], drawn: Mapping[str, object], curves: Curves, path: str
) -> None:
    """Train a detector on drawn shapes and write its weights.

    Args:
        network: The ``model`` block of the study's variants on its stand-in.
        drawn: What the study's stand-in depends on.
        curves: The measures of detections.
        path: The file of the weights.
    """
    settings = _settings(network)
    looks = _looks(network, len(cast(list[str], drawn["classes"])))
    names = [f"shape {number}" for number in range(len(looks))]
    part = {"images": "<name>.jpg"}
    layout = {
        "name": "boxes_table",
        "train": {**part, "annotations": "train.csv"},
        "test": {**part, "annotations": "test.csv"},
    }
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        size = cast(int, drawn["size"])
        standins.draw(
            "shapes",
            place / "shapes.zip",
            train=_IMAGES,
            test=_HELD_OUT,
            size=size,
            seed=cast(int, drawn["seed"]) + _SEED,
            classes=names,
            layout="boxes_table",
            options=layout,
            channels=3,
            group=1,
            objects=drawn["objects"],
            looking_like=looks,
        )
        files = {name: place / f"{name}.npy" for name in ("images", "targets")}
        files["ids"] = place / "ids.csv"
        shape = Layout("boxes_table", (size, size), 3, tuple(names), layout)
        unpack(
            place / "shapes.zip",
            shape,
            images=files["images"],
            targets=files["targets"],
            ids=files["ids"],
        )
        ids = pd.read_csv(files["ids"], keep_default_na=False, dtype=str)
        split = ids.assign(part=ids["part"].replace("test", "validation"), fold=-1)
        split[["id", "part", "fold"]].to_csv(place / "split.csv", index=False)
        inputs = {
            "images": files["images"],
            "targets": files["targets"],
            "split": place / "split.csv",
        }
        trained = train_trial(
            TrainingJob(
                settings=settings,
                curves=curves,
                classes=len(names),
                trials=1,
                seed=_SEED,
                code="",
                device="cpu",
                inputs={name: str(file) for name, file in inputs.items()},
                checkpoints=place,
            ),
            {},
            0,
        )
    write_standin(path, trained.progress.chosen_weights)


def _settings(network: Mapping[str, object]) -> Settings:
    left = {"weights", "other_output", "frozen_stages"}
    model = {key: value for key, value in network.items() if key not in left}
    return Settings.model_validate(
        {
            "model": {**model, "frozen_stages": 0} if "frozen_stages" in network else model,
            "initialization": {"name": "he_normal"},
            "loss": {"name": "focal_and_smooth_l1"},
            "optimizer": {"name": "adamw", "learning_rate": _RATE},
            "schedule": {"name": "one_cycle"},
            "augmentation": {"name": "random", "horizontal_flip": True},
            "batch_size": _BATCH,
            "epochs": _EPOCHS,
        }
    )


def _looks(network: Mapping[str, object], classes: int) -> list[int]:
    """Give the look of every output of the head: of a class that it names, or one of no class."""
    weights = cast(Mapping[str, object], network["weights"])
    head = cast(list[int] | None, weights.get("head"))
    if head is None:
        return [classes + number for number in range(_OUTPUTS)]
    named = {output: look for look, output in enumerate(head) if output >= 0}
    others = iter(range(classes, classes + cast(int, weights["outputs"])))
    return [
        named[output] if output in named else next(others)
        for output in range(cast(int, weights["outputs"]))
    ]
