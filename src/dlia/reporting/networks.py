"""The networks of an exercise, layer by layer, and their initial weights."""

from typing import Any

from dlia.formatting import setting_text, significant


def networks(variants: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return every network once, with the variants that use it.

    Args:
        variants: name and run (the record of the training) of each.

    Returns:
        For each network: variants, parameters, multiply_adds, and layers: name, layer, arguments
        (name, value, default), output (shape for one image), parameters (trainable).
    """
    groups: dict[str, dict[str, Any]] = {}
    for variant in variants:
        run = variant["run"]
        group = groups.setdefault(
            repr(run["layers"]),
            {
                "variants": [],
                "parameters": run["parameters"],
                "multiply_adds": run["multiply_adds"],
                "layers": [_layer(layer) for layer in run["layers"]],
            },
        )
        group["variants"].append(variant["name"])
    return list(groups.values())


def _layer(layer: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": layer["name"],
        "layer": layer["layer"],
        "arguments": [
            {"name": name, "value": setting_text(found["value"]), "default": found["default"]}
            for name, found in layer["arguments"].items()
        ],
        "output": "\N{MULTIPLICATION SIGN}".join(map(str, layer["output"])),
        "parameters": layer["parameters"],
    }


def initial_weight_rows(run: dict[str, Any]) -> list[dict[str, str]]:
    """Return statistics of the initial weights of every tensor in the first trial, as text."""
    return [
        {
            "name": tensor["name"],
            "distribution": tensor["distribution"],
            "numbers": f"{tensor['numbers']:,}",
            **{key: significant(tensor[key]) for key in ("mean", "sd", "lowest", "highest")},
        }
        for tensor in run["initial_weights"]
    ]
