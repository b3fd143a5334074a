"""Settings changed one at a time: which keys there are, and what a training makes of them."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from dlia.study.schema import fill, load_schema
from safetensors.torch import load_file
from trainings import SMALL, drawn, settings_of, task_of

from dlia.evaluation.predictions import read_predictions
from dlia.study.model import Variant
from dlia.study.overlay import overlay
from dlia.tasks import curves_of
from dlia.training.predict import predict
from dlia.training.train_variant import train_variant
from dlia.training.training_job import TrainingJob

Settings = dict[str, Any]


@dataclass(frozen=True)
class Key:
    """A setting that a schema knows.

    Attributes:
        path: Where it stands in a variant's settings.
        branches: What the blocks around it are called where it exists: paths of names, and these.
        values: All that it can be (or hold, if it is a list), if they can be counted.
    """

    path: str
    branches: tuple[tuple[str, tuple[str, ...]], ...]
    values: tuple[Any, ...]

    def __str__(self) -> str:
        return " ".join([self.path, *(f"({path}: {'|'.join(of)})" for path, of in self.branches)])

    def exists_in(self, settings: Settings) -> bool:
        """Tell whether the blocks around it are those where it exists."""
        return all(value_at(settings, path) in names for path, names in self.branches)


def value_at(settings: Settings, path: str) -> Any:
    """Give what stands at a path, or None."""
    return reduce(lambda block, key: (block or {}).get(key), path.split("."), settings)


def keys_of(schema: Settings) -> list[Key]:
    """List every key that a schema knows, those of all its branches included."""
    return list(_walk(schema, schema, "", (), None, frozenset()))


def _walk(
    schema: Settings,
    root: Settings,
    prefix: str,
    branches: tuple[tuple[str, tuple[str, ...]], ...],
    allowed: list[str] | None,
    outside: frozenset[str],
) -> Iterator[Key]:
    """Walk a block; ``outside`` are the keys that its branches only permit once more."""
    unknown = {"anyOf", "oneOf", "else", "dependentSchemas", "patternProperties"} & set(schema)
    assert not unknown, f"{prefix}: {unknown} may hide keys; teach this function to read them"
    allowed = schema.get("propertyNames", {}).get("enum", allowed)
    properties = schema.get("properties", {})
    for key, item in properties.items():
        item = _resolved(item, root)
        if key in outside or (allowed and key not in allowed):
            continue
        if item.get("type") == "object":
            yield from _walk(item, root, f"{prefix}{key}.", branches, None, frozenset())
        else:
            yield Key(prefix + key, branches, _values(item))
    for branch in schema.get("allOf", ()):
        named = branch["if"]["properties"]["name"]
        names = tuple(named.get("enum", [named.get("const")]))
        then = _resolved(branch["then"], root)
        inside = (*branches, (f"{prefix}name", names))
        yield from _walk(then, root, prefix, inside, allowed, outside | set(properties))


def _resolved(schema: Settings, root: Settings) -> Settings:
    if "$ref" not in schema:
        return schema
    path = schema["$ref"].removeprefix("#/").split("/")
    return {**reduce(lambda block, key: block[key], path, root), **schema}


def _values(schema: Settings) -> tuple[Any, ...]:
    if schema.get("type") == "boolean":
        return (False, True)
    return tuple(schema.get("items", schema).get("enum", ()))


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


def sweep(path: str, *values: Any, on: Settings, **around: Any) -> list[Case]:
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
        settings.append(fill(stated, load_schema("variant")))
    return [Case(path, before, after) for before, after in pairwise(settings)]


def table_of(settings: Settings) -> dict[str, Any]:
    """Give the table of hyperparameters that the report would print: values by path."""
    variant = Variant("study", "exercise", "name", settings, {})
    return {leaf.path: leaf.value for leaf in variant.hyperparameters()}


@dataclass(frozen=True)
class Run:
    """What a training left.

    Attributes:
        record: What run.json says of the objects; not what was wanted, nor how long it took.
        outcome: The weights that were kept, the history, and what the networks say of test images.
    """

    record: Settings
    outcome: dict[str, Any]


def write_data(folder: Path, task: str) -> dict[str, str]:
    """Write 24 training, 8 validation and 8 test images as unpack and split do."""
    images, targets = drawn(task, 40)
    paths = {name: str(folder / name) for name in ("images.npy", "targets.npy", "split.csv")}
    np.save(paths["images.npy"], images.squeeze(-1).numpy())
    np.save(paths["targets.npy"], targets.numpy())
    parts = ["train"] * 24 + ["validation"] * 8 + ["test"] * 8
    names = [f"{row:02}" for row in range(40)]
    pd.DataFrame({"id": names, "part": parts, "fold": 0}).to_csv(paths["split.csv"], index=False)
    return {name.split(".")[0]: path for name, path in paths.items()}


def train_and_predict(settings: Settings, folder: Path) -> Run:
    """Train and predict as the rules of the workflow do, on a few drawn images."""
    variant = Variant("study", "exercise", "name", settings, {})
    task = task_of(settings)
    classes = 2 if task == "segmentation" else 10
    inputs = write_data(folder, task)
    model, history, record, predictions = (str(folder / n) for n in ("m", "h.csv", "r.json", "p"))
    job = TrainingJob(
        variant.training_settings,
        curves_of(task),
        classes,
        settings["trials"],
        1,
        "code",
        "cpu",
        inputs,
        folder / "checkpoints",
    )
    train_variant(job, model, history, record)
    predict(model, inputs, settings["prediction"], "cpu", predictions)

    written = json.loads(Path(record).read_text(encoding="utf-8"))
    for name in ("settings", "code", "git", "peak_memory_mib"):
        del written[name]
    for trial in written["trials"]:
        del trial["seconds"], trial["seconds_per_epoch"]
    said = read_predictions(predictions)
    trials = range(settings["trials"])
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
