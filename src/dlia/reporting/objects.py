"""What run.json says of the objects of a training, as one list."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from dlia.formatting import significant

SET, FRAMEWORK, MEASURED, FOUND = "set", "framework default", "measured", "as found"
# These stand in tables of their own, and are left out where the others are set side by side.
IN_OTHER_TABLES = ("layers.", "initial_weights.", "versions.", "seeds.")
MEANINGS = {
    "data.training_images": "Images of an epoch, with their fixed copies.",
    "data.fixed_copies": "How the fixed copies among them were changed.",
    "data.monitored_images": "Training images that the curves are taken on.",
    "data.validation_images": "Images that every choice is made on.",
    "data.batches_per_epoch": "Steps of an epoch.",
    "data.last_batch": "Images of the last step of an epoch.",
    "data.divided_by": "The number that every pixel is divided by.",
    "parameters": "Numbers that are learnt.",
    "multiply_adds": "Multiplications with an addition for one image, as torchinfo counts them.",
    "dtypes": "The type of all weights.",
    "engine": "The loop that trained.",
    "gradient_norms_of": "Layers whose gradients were recorded.",
    "augmentation.elastic": "Strength and smoothness of the elastic change, in pixels; no range.",
    "augmentation.moves": "How many of how many images are flipped or turned.",
    "augmentation.border": "What is seen beyond the edge of an image.",
    "averaging.steps": "Steps that the averaged weights are taken over.",
}


class Item(NamedTuple):
    """Something that an object had."""

    name: str
    value: Any
    meaning: str
    origin: str


def recorded_objects(record: dict[str, Any]) -> Iterator[Item]:
    """Walk what the objects of a training had.

    Args:
        record: Its run.json.
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
            "Tensors that are updated alike, and what holds for them alone.",
            SET,
        )
    yield Item("schedule.class", record["schedule"]["class"], "What changes the rate.", SET)
    for name, value in record["schedule"]["state"].items():
        yield Item(
            f"schedule.{name.removeprefix('_')}",
            value,
            "As the object holds it; periods are in steps.",
            FOUND,
        )
    for block in ("averaging", "data"):
        for name, value in record[block].items():
            path = f"{block}.{name}"
            yield Item(path, value, MEANINGS.get(path, "As the settings say."), FOUND)
    for name, value in record["augmentation"].items():
        path = f"augmentation.{name}"
        meaning = MEANINGS.get(path, "Least and greatest of what is drawn for every image.")
        yield Item(path, value, meaning, FOUND)
    for name in ("gradient_norms_of", "dtypes", "engine"):
        yield Item(name, record[name], MEANINGS[name], FOUND)
    for name, value in record["determinism"].items():
        yield Item(f"determinism.{name}", value, "As torch or the environment says.", FOUND)
    for number, trial in enumerate(record["seeds"]):
        for purpose, seed in trial.items():
            meaning = f"What the random numbers of trial {number} for this start from."
            yield Item(f"seeds.{purpose}.{number}", seed, meaning, SET)
    for layer in record["layers"]:
        yield from _layer(layer)
    for tensor in record["initial_weights"]:
        yield from _initial(tensor)
    for name, version in record["versions"].items():
        yield Item(f"versions.{name}", version, "Library that was installed.", FOUND)


def _called(block: str, name: str, calls: list[str], record: dict[str, Any]) -> Iterator[Item]:
    """Walk a function or class, and all arguments that it had."""
    kind = "function" if "function" in record[block] else "class"
    yield Item(f"{block}.{kind}", name, "What computes it.", SET)
    if calls:
        yield Item(f"{block}.calls", calls, "The framework's functions in it.", SET)
    for argument, found in record[block]["arguments"].items():
        origin = FRAMEWORK if found["default"] else SET
        meaning = f"An argument of the {block}."
        yield Item(f"{block}.{argument}", found["value"], meaning, origin)


def _layer(layer: dict[str, Any]) -> Iterator[Item]:
    path = f"layers.{layer['name']}"
    yield Item(f"{path}.layer", layer["layer"], "The layer's class.", SET)
    yield Item(f"{path}.output", layer["output"], "The shape that an image has after it.", MEASURED)
    yield Item(f"{path}.parameters", layer["parameters"], MEANINGS["parameters"], MEASURED)
    for name, found in layer["arguments"].items():
        origin = FRAMEWORK if found["default"] else SET
        yield Item(f"{path}.{name}", found["value"], f"Argument of {layer['layer']}.", origin)


def _initial(tensor: dict[str, Any]) -> Iterator[Item]:
    path = f"initial_weights.{tensor['name']}"
    yield Item(
        f"{path}.distribution",
        tensor["distribution"],
        "What the first weights were drawn from.",
        SET,
    )
    for name in ("mean", "sd", "lowest", "highest"):
        meaning = f"{name.capitalize()} of them in the first trial."
        yield Item(f"{path}.{name}", significant(tensor[name]), meaning, MEASURED)
