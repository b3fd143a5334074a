"""Objects of a training, as recorded in run.json, as one list."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from dlia.formatting import significant

if TYPE_CHECKING:
    from dlia.training.record_types import InitialTensor, LayerFacts

SET, FRAMEWORK, MEASURED, FOUND = "set", "framework default", "measured", "as found"
# These have their own tables and are left out of the comparison of variants.
IN_OTHER_TABLES = ("layers.", "initial_weights.", "versions.", "seeds.")
_STATISTICS: dict[Literal["mean", "sd", "lowest", "highest"], str] = {
    "mean": "Mean",
    "sd": "Standard deviation",
    "lowest": "Minimum",
    "highest": "Maximum",
}
MEANINGS = {
    "data.training_images": "Images (of volumes: patches or slices) per epoch, with fixed copies.",
    "data.fixed_copies": "Transformations of the fixed copies.",
    "data.monitored_images": "What of the training part is used for the learning curves.",
    "data.validation_images": "What of the validation part is used for every choice.",
    "data.monitored_test_images": "Test images used for the learning curves, and for no choice.",
    "data.batches_per_epoch": "Steps per epoch.",
    "data.last_batch": "How many are in the last batch of an epoch.",
    "data.divided_by": "Divisor of every pixel value.",
    "parameters": "Trainable parameters.",
    "multiply_adds": "Multiply-accumulates (MACs) for one input, as counted by torchinfo.",
    "dtypes": "Data type of all weights.",
    "engine": "Training engine: loop or stacked.",
    "gradient_norms_of": "Layers whose gradient norms were recorded.",
    "augmentation.elastic": "Strength and smoothness of the elastic deformation, in pixels.",
    "augmentation.moves": "Fraction of images that are flipped or rotated.",
    "augmentation.border": "Fill of the area beyond the edge of an image.",
    "averaging.steps": "Steps over which weights are averaged.",
}


class Item(NamedTuple):
    """A recorded value of an object."""

    name: str
    value: Any
    meaning: str
    origin: str


def recorded_objects(record: dict[str, Any]) -> Iterator[Item]:
    """Yield the recorded values of the objects of a training.

    Args:
        record: The content of run.json.
    """
    for name in ("parameters", "multiply_adds"):
        yield Item(name, record[name], MEANINGS[name], MEASURED)
    yield from _called("loss", record["loss"]["function"], record["loss"]["calls"], record)
    yield from _called("optimizer", record["optimizer"]["class"], [], record)
    for number, group in enumerate(record["optimizer"]["groups"], start=1):
        text = ", ".join(f"{name} {value}" for name, value in group.items())
        yield Item(
            f"optimizer.group{number}",
            text,
            "Parameter group: its tensors, and the options that apply only to them.",
            SET,
        )
    yield Item(
        "schedule.class", record["schedule"]["class"], "Class of the learning-rate schedule.", SET
    )
    for name, value in record["schedule"]["state"].items():
        yield Item(
            f"schedule.{name.removeprefix('_')}",
            value,
            "Attribute of the schedule object; periods are in steps.",
            FOUND,
        )
    for block in ("averaging", "data"):
        for name, value in record[block].items():
            path = f"{block}.{name}"
            yield Item(path, value, MEANINGS.get(path, "As in the settings."), FOUND)
    for name, value in record["augmentation"].items():
        path = f"augmentation.{name}"
        meaning = MEANINGS.get(path, "Range of the random value drawn for every image.")
        yield Item(path, value, meaning, FOUND)
    for name in ("gradient_norms_of", "dtypes", "engine"):
        yield Item(name, record[name], MEANINGS[name], FOUND)
    for name, value in record["determinism"].items():
        yield Item(
            f"determinism.{name}", value, "Flag read from PyTorch or from the environment.", FOUND
        )
    for number, trial in enumerate(record["seeds"]):
        for purpose, seed in trial.items():
            meaning = f"Seed of the random numbers of trial {number} for this purpose."
            yield Item(f"seeds.{purpose}.{number}", seed, meaning, SET)
    for layer in record["layers"]:
        yield from _layer(layer)
    for tensor in record["initial_weights"]:
        yield from _initial(tensor)
    for name, version in record["versions"].items():
        yield Item(f"versions.{name}", version, "Installed version of the library.", FOUND)


def _called(block: str, name: str, calls: list[str], record: dict[str, Any]) -> Iterator[Item]:
    """Yield a function or class, and all its arguments."""
    kind = "function" if "function" in record[block] else "class"
    yield Item(f"{block}.{kind}", name, f"{block.capitalize()} {kind}.", SET)
    if calls:
        yield Item(f"{block}.calls", calls, "Framework functions that it calls.", SET)
    for argument, found in record[block]["arguments"].items():
        origin = FRAMEWORK if found["default"] else SET
        meaning = f"Argument of the {block}."
        yield Item(f"{block}.{argument}", found["value"], meaning, origin)


def _layer(layer: "LayerFacts") -> Iterator[Item]:
    path = f"layers.{layer['name']}"
    yield Item(f"{path}.layer", layer["layer"], "Class of the layer.", SET)
    yield Item(f"{path}.output", layer["output"], "Output shape for one input.", MEASURED)
    yield Item(f"{path}.parameters", layer["parameters"], MEANINGS["parameters"], MEASURED)
    for name, found in layer["arguments"].items():
        origin = FRAMEWORK if found["default"] else SET
        yield Item(f"{path}.{name}", found["value"], f"Argument of {layer['layer']}.", origin)


def _initial(tensor: "InitialTensor") -> Iterator[Item]:
    path = f"initial_weights.{tensor['name']}"
    yield Item(
        f"{path}.distribution",
        tensor["distribution"],
        "Distribution of the initial weights.",
        SET,
    )
    for name, statistic in _STATISTICS.items():
        meaning = f"{statistic} of the initial weights in the first trial."
        yield Item(f"{path}.{name}", significant(tensor[name]), meaning, MEASURED)
