"""Settings changed one at a time: which keys there are, and what a training makes of them."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import numpy as np
import pandas as pd
from pydantic import BaseModel
from safetensors.torch import load_file
from trainings import SMALL, drawn, settings_of, task_of

from dlia.evaluation.predictions import read_predictions
from dlia.study.block import Block
from dlia.study.overlay import overlay
from dlia.study.settings import Settings
from dlia.tasks import curves_of
from dlia.training.predict import predict
from dlia.training.train_variant import train_variant
from dlia.training.training_job import TrainingJob

Plain = dict[str, Any]
Branches = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Key:
    """A setting that the models know.

    Attributes:
        path: Where it stands in a variant's settings.
        branches: What the blocks around it are called where it exists: paths of names, and these.
        values: All that it can be (or hold, if it is a list), if they can be counted.
    """

    path: str
    branches: Branches
    values: tuple[Any, ...]

    def __str__(self) -> str:
        return " ".join([self.path, *(f"({path}: {'|'.join(of)})" for path, of in self.branches)])

    def exists_in(self, settings: Settings) -> bool:
        """Tell whether the blocks around it are those where it exists."""
        return all(value_at(settings, path) in names for path, names in self.branches)


def value_at(settings: Settings, path: str) -> Any:
    """Give what stands at a path, or None."""
    return reduce(lambda block, key: getattr(block, key, None), path.split("."), settings)


def keys_of(model: type[Block]) -> list[Key]:
    """List every key that a model knows, those of all options of its blocks included."""
    return list(_walk(model, "", ()))


def _walk(model: type[Block], prefix: str, branches: Branches) -> Iterator[Key]:
    for key, info in model.model_fields.items():
        options = _options(info.annotation)
        blocks = [option for option in options if is_block(option)]
        if blocks:
            assert blocks == options, f"{prefix}{key} may be a block or none: {options}"
            yield from _walk_options(blocks, f"{prefix}{key}.", branches)
        else:
            (kind,) = options
            yield Key(prefix + key, branches, _values(kind, prefix + key))


def _walk_options(blocks: list[type[Block]], prefix: str, branches: Branches) -> Iterator[Key]:
    """Walk the options of a block, told apart by their names unless there is only one."""
    if len(blocks) == 1:
        yield from _walk(blocks[0], prefix, branches)
        return
    names = [get_args(block.model_fields["name"].annotation) for block in blocks]
    yield Key(f"{prefix}name", branches, tuple(name for of in names for name in of))
    shared = _shared(blocks)
    for key, kind in shared.items():
        yield from _walk(kind, f"{prefix}{key}.", branches)
    for block, own in zip(blocks, names, strict=True):
        inside = (*branches, (f"{prefix}name", own))
        for key in _walk(block, prefix, inside):
            if key.path.removeprefix(prefix).split(".")[0] not in {"name", *shared}:
                yield key


def _shared(blocks: list[type[Block]]) -> dict[str, type[Block]]:
    """Give the blocks that all options have within, one and the same; no single settings."""
    first, *others = ({k: f.annotation for k, f in b.model_fields.items()} for b in blocks)
    same = {key for key, kind in first.items() if all(o.get(key) is kind for o in others)}
    return {key: kind for key, kind in first.items() if key in same and is_block(kind)}


def is_block(kind: Any) -> bool:
    """Tell a model from the kind of a single value."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _options(kind: Any) -> list[Any]:
    """Give what an annotation allows, but for null: blocks, or the one kind of a value."""
    if get_origin(kind) is Annotated:
        return _options(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return [option for part in get_args(kind) for option in _options(part)]
    return [] if kind is type(None) else [kind]


def _values(kind: Any, path: str) -> tuple[Any, ...]:
    if get_origin(kind) is list:
        (kind,) = _options(get_args(kind)[0])
    if get_origin(kind) is Literal:
        return get_args(kind)
    assert kind in (bool, int, float, str), f"{path}: {kind} may hide keys; teach me to read it"
    return (False, True) if kind is bool else ()


@dataclass(frozen=True)
class Case:
    """Two trainings that differ in one setting."""

    path: str
    before: Settings = field(repr=False)
    after: Settings = field(repr=False)

    def __str__(self) -> str:
        values = (str(value_at(settings, self.path)) for settings in (self.before, self.after))
        block, _, key = self.path.rpartition(".")
        name = None if key == "name" else value_at(self.before, f"{block}.name")
        return f"{self.path}{f' of {name}' if name else ''}: {' to '.join(values)}"

    def shows(self, key: Key) -> set[Any]:
        """Give the values of ``key`` (or what these hold) that it goes from or to."""
        if key.path != self.path:
            return set()
        found = [value_at(s, key.path) for s in (self.before, self.after) if key.exists_in(s)]
        return {part for value in found for part in (value if isinstance(value, list) else [value])}


def sweep(path: str, *values: Any, on: Plain, **around: Any) -> list[Case]:
    """Give a case for each two consecutive values of a setting.

    Args:
        path: Of the setting. A name's values are names, or whole blocks that state their name.
        values: Two or more.
        on: What a study file would state.
        around: What is laid over that: where the setting applies.
    """
    settings = []
    for value in values:
        stated = copy.deepcopy(on)
        overlay(stated, copy.deepcopy(around))
        *blocks, last = path.split(".")
        if isinstance(value, dict):
            *blocks, last = blocks
        block = stated
        for name in blocks:
            block = block.setdefault(name, {})
        block[last] = value
        settings.append(Settings.model_validate(stated))
    return [Case(path, before, after) for before, after in pairwise(settings)]


def table_of(settings: Settings) -> dict[str, Any]:
    """Give the table of hyperparameters that the report would print: values by path."""
    return {leaf.path: leaf.value for leaf in settings.leaves()}


@dataclass(frozen=True)
class Run:
    """What a training left.

    Attributes:
        record: What run.json says of the objects; not what was wanted, nor how long it took.
        outcome: The weights that were kept, the history, and what the networks say of test images.
    """

    record: Plain
    outcome: dict[str, Any]


def write_data(folder: Path, task: str) -> dict[str, str]:
    """Write 24 training, 8 validation and 8 test images as unpack and split do."""
    images, targets = drawn(task, 40)
    paths = {name: str(folder / name) for name in ("images.npy", "targets.npy", "split.csv")}
    np.save(paths["images.npy"], images.squeeze(-1).numpy())
    np.save(paths["targets.npy"], targets.numpy())
    parts = ["train"] * 24 + ["validation"] * 8 + ["test"] * 8
    names = [f"{row:02}" for row in range(40)]
    folds = [int(place % 3 == 0) for place in range(32)] + [-1] * 8
    table = pd.DataFrame({"id": names, "part": parts, "fold": folds})
    table.to_csv(paths["split.csv"], index=False)
    return {name.split(".")[0]: path for name, path in paths.items()}


def train_and_predict(settings: Settings, folder: Path) -> Run:
    """Train and predict as the rules of the workflow do, on a few drawn images."""
    task = task_of(settings)
    classes = 2 if task == "segmentation" else 10
    inputs = write_data(folder, task)
    model, history, record, predictions = (str(folder / n) for n in ("m", "h.csv", "r.json", "p"))
    job = TrainingJob(
        settings,
        curves_of(task),
        classes,
        settings.trials,
        1,
        "code",
        "cpu",
        inputs,
        folder / "checkpoints",
    )
    train_variant(job, model, history, record)
    predict(model, inputs, settings.prediction.plain(), "cpu", predictions)

    written = json.loads(Path(record).read_text(encoding="utf-8"))
    for name in ("settings", "code", "git", "peak_memory_mib"):
        del written[name]
    for trial in written["trials"]:
        del trial["seconds"], trial["seconds_per_epoch"]
    said = read_predictions(predictions)
    trials = range(settings.trials)
    return Run(
        written,
        {
            "weights": {name: t.numpy().tobytes() for name, t in load_file(model).items()},
            "history": Path(history).read_text(encoding="utf-8"),
            "probabilities": [said.probabilities(trial).tobytes() for trial in trials],
            "classes": [said.classes(trial).tobytes() for trial in trials],
        },
    )


def job_of(folder, key, device="cpu", trials=3, **changes):
    """Give the training of a variant with ``changes`` on a few drawn images in ``folder``."""
    settings = settings_of(key, **{**SMALL, **changes})
    task = task_of(settings)
    folder.mkdir(exist_ok=True)
    classes = 2 if task == "segmentation" else 10
    inputs = write_data(folder, task)
    return TrainingJob(
        settings,
        curves_of(task),
        classes,
        trials,
        1,
        "code",
        device,
        inputs,
        folder / "checkpoints",
    )
