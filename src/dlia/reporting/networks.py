"""The networks of a report, layer by layer, and their initial weights; equal ones stand once."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from dlia.formatting import setting_text, significant
from dlia.reporting.blocks import (
    AnyBlock,
    Cell,
    Folded,
    Prose,
    Row,
    Section,
    Span,
    Table,
    code,
    group,
    joined,
    paragraph,
    table,
    text,
    words,
)

if TYPE_CHECKING:
    from dlia.training.record_types import InitialTensor, LayerFacts

LayerArgument = tuple[str, str, bool]  # name, value, and whether it is the framework's default
_STATISTICS: tuple[Literal["mean", "sd", "lowest", "highest"], ...] = (
    "mean",
    "sd",
    "lowest",
    "highest",
)


class Numbers:
    """Numbers distinct things from 1 on, and remembers their owners.

    Attributes:
        groups: Thing and owners, in the order of the numbers.
    """

    def __init__(self) -> None:
        self.groups: list[tuple[Any, list[str]]] = []
        self._found: dict[str, int] = {}

    def number(self, thing: Any, owner: str) -> int:
        """Return the number of ``thing``: a new one unless an equal thing has a number."""
        index = self._found.setdefault(repr(thing), len(self.groups))
        if index == len(self.groups):
            self.groups.append((thing, []))
        self.groups[index][1].append(owner)
        return index + 1


def layers_part(
    id_: str, records: dict[str, dict[str, Any]], numbers: Numbers, inputs: Mapping[str, str]
) -> Folded:
    """Return the networks of an exercise; one that was shown before is only named.

    Args:
        id_: The exercise.
        records: The record of the training of every variant, by its name.
        numbers: The networks that were shown before.
        inputs: What the network of every variant is applied to, in words.
    """
    users: dict[int, list[str]] = {}
    new: set[int] = set()
    for name, record in records.items():
        before = len(numbers.groups)
        number = numbers.number(record["layers"], f"{id_}/{name}")
        new |= {number} if number > before else set()
        users.setdefault(number, []).append(name)
    blocks: list[AnyBlock] = []
    for number, names in users.items():
        record = records[names[0]]
        told = {
            "names": ", ".join(names),
            "parameters": record["parameters"],
            "macs": record["multiply_adds"],
            "input": inputs[names[0]],
            "target": f"network-{number}",
        }
        if number in new:
            caption = words(
                "Network of {names}: {parameters} trainable parameters, {macs} "
                "multiply-accumulates (MACs) for one {input}. Arguments in grey have the "
                "framework's default value.",
                **told,
            )
            blocks.append(_layers(f"network-{number}", caption, record["layers"]))
        else:
            blocks.append(
                paragraph(
                    "The network of {names} is [one that was shown before][{target}] "
                    "({parameters} trainable parameters, {macs} MACs for one {input}).",
                    **told,
                )
            )
    return Folded(f"{id_}--networks", "Networks, layer by layer", tuple(blocks))


def _layers(anchor: str, caption: Prose, layers: "list[LayerFacts]") -> Table:
    usual = usual_arguments(layers)
    rows = [
        Row(
            (
                Cell((code(layer["name"]),)),
                Cell((code(layer["layer"]),)),
                Cell(
                    _told([a for a in arguments(layer) if a not in usual[layer["layer"]]])
                    or (Span("as below", "soft"),)
                ),
                Cell(text("\N{MULTIPLICATION SIGN}".join(map(str, layer["output"])) or "none")),
                Cell(text(layer["parameters"])),
            )
        )
        for layer in layers
    ]
    defaults = joined(
        (
            words("{kind}: {own}", kind=code(kind), own=_told(own))
            for kind, own in usual.items()
            if own
        ),
        "; ",
    )
    if defaults:
        said = words("Unless a row states otherwise, {defaults}", defaults=defaults)
        rows.append(group(said, 5))
    return table(
        anchor, caption, ["Layer", "Kind", "Arguments", "Output", "#Parameters"], rows, "small"
    )


def arguments(layer: "LayerFacts") -> list[LayerArgument]:
    """Return the arguments of a layer."""
    return [
        (name, setting_text(found["value"]), found["default"])
        for name, found in layer["arguments"].items()
    ]


def _told(found: list[LayerArgument]) -> Prose:
    return joined(
        Span(f"{name} {value}", "soft" if default else "plain") for name, value, default in found
    )


def usual_arguments(layers: "list[LayerFacts]") -> dict[str, list[LayerArgument]]:
    """Return, by kind, the arguments of most of its layers, or the defaults of a single layer."""
    kinds: dict[str, list[list[LayerArgument]]] = {}
    for layer in layers:
        kinds.setdefault(layer["layer"], []).append(arguments(layer))
    return {kind: _usual(lists) for kind, lists in kinds.items()}


def _usual(lists: list[list[LayerArgument]]) -> list[LayerArgument]:
    every = [argument for found in lists for argument in found]
    return [
        argument
        for argument in dict.fromkeys(every)
        if (2 * every.count(argument) > len(lists) if len(lists) > 1 else argument[2])
    ]


def weight_rows(record: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return statistics of the initial weights of every tensor in the first trial, as text."""
    tensors: list[InitialTensor] = record["initial_weights"]
    return [
        (
            tensor["name"],
            tensor["distribution"],
            f"{tensor['numbers']:,}",
            *(significant(tensor[key]) for key in _STATISTICS),
        )
        for tensor in tensors
    ]


def weights_part(numbers: Numbers) -> Section:
    """Return the section of the initial weights: the page has their statistics, each table once."""
    heads = ["Tensor", "Drawn from", "#Elements", "#Mean", "#sd", "#Lowest", "#Highest"]
    intro = paragraph(
        "The distribution and the statistics of every tensor of initial weights, measured in the "
        "first trial before the first training step, are in `results/hyperparameters.csv`, in rows "
        "named `initial_weights`. In the same trial, two variants with the same layers and the "
        "same distribution start from the same weights ([seeds][seeds])."
    )
    made = tuple(
        table(
            f"weights-{number}",
            words("Initial weights of {owners}.", owners=", ".join(owners)),
            heads,
            [(code(name), *rest) for name, *rest in rows],
            "small",
        )
        for number, (rows, owners) in enumerate(numbers.groups, start=1)
    )
    folded = Folded("weights-part", "Statistics of every tensor", made, on_paper=False)
    return Section("weights", "Initial weights", (intro, *([folded] if made else [])))
