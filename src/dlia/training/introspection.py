"""Descriptions of the objects of a training, read from the objects and not from the settings."""

import inspect
from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor, nn
from torchinfo import summary

from dlia.models.initialization import distributions
from dlia.study.settings import Initialization
from dlia.training.losses import CALLED
from dlia.training.record_types import (
    Argument,
    InitialTensor,
    LayerFacts,
    LossFacts,
    OptimizerFacts,
    ScheduleFacts,
)

# Where a layer lies, arguments that PyTorch keeps for old code only, and one of its own use.
_LEFT_OUT = {"device", "dtype", "size_average", "reduce", "_stacklevel"}

# The shape of a schedule with phases, which torch keeps under private names.
_SHAPE = {"_schedule_phases", "_anneal_func_type"}
# What a schedule changes: after the last step, these are those of a step that was never taken.
_MOVED = {"params", "lr", "momentum", "betas"}


def arguments_of(
    function: Callable[..., object], given: Mapping[str, object]
) -> dict[str, Argument]:
    """Give every argument of ``function`` that has a value, and whether it is its default.

    Args:
        function: A function or class of the framework, or of ours.
        given: The values that it was called with, or that an object of it has; others have theirs
            from its signature.
    """
    arguments: dict[str, Argument] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        default = parameter.default
        if name in _LEFT_OUT or (default is parameter.empty and name not in given):
            continue
        value = plain(given.get(name, default))
        arguments[name] = {"value": value, "default": _is_same(value, plain(default))}
    return arguments


def _is_same(value: object, default: object) -> bool:
    """Tell whether a value is the default; layers hold one number as one for each dimension."""
    if value == default:
        return True
    return isinstance(value, list) and bool(value) and value == [default] * len(value)


def plain(value: object) -> object:
    """Give a value as it can stand in a record: numbers, words, truth values, lists of them."""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Tensor) and value.numel() == 1:
        return value.item()
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return getattr(value, "__name__", str(value))


def layers_of(network: nn.Module, images: Tensor) -> tuple[list[LayerFacts], int]:
    """Return the layers of a network in the order of the forward pass, and its cost.

    Args:
        network: The network, trained or not.
        images: A batch of one image, (1, C, H, W).

    Returns:
        For each layer: name, layer (its class), arguments, output (its shape without the batch
        axis) and parameters; and the multiply-accumulates (MACs) of one image, as counted by
        torchinfo.
    """
    names = {module: name for name, module in network.named_modules()}
    passed = summary(network, input_data=[images], verbose=0)
    layers: list[LayerFacts] = [
        {
            "name": names[info.module],
            "layer": type(info.module).__name__,
            "arguments": _arguments_of_layer(info.module),
            "output": list(info.output_size[1:]),
            "parameters": sum(p.numel() for p in info.module.parameters(recurse=False)),
        }
        for info in passed.summary_list
        if _is_layer(info.module) and info.depth > 0
    ]
    return layers, passed.total_mult_adds


def _is_layer(module: nn.Module) -> bool:
    """Tell a layer from what holds layers and does nothing else, which has no words of its own."""
    holds = isinstance(module, nn.Sequential) or list(module.children())
    return not holds or bool(module.extra_repr())


def _arguments_of_layer(layer: nn.Module) -> dict[str, Argument]:
    if list(layer.children()):
        return {"connection": {"value": layer.extra_repr(), "default": False}}
    names = inspect.signature(type(layer)).parameters
    held = {name: getattr(layer, name) for name in names if hasattr(layer, name)}
    if "bias" in held:  # where an argument was True, the layer has a tensor
        held["bias"] = held["bias"] is not None and held["bias"] is not False
    arguments = arguments_of(type(layer), held)
    if "stride" in names and names["stride"].default is None:  # that of pooling is its kernel size
        arguments["stride"]["default"] = held["stride"] == held["kernel_size"]
    return arguments


def initial_weights(network: nn.Module, settings: Initialization) -> list[InitialTensor]:
    """Measure the weights and biases that a network starts with.

    Args:
        network: Not trained yet.
        settings: The variant's ``initialization`` block.

    Returns:
        For each tensor: name, distribution (in words), numbers, mean, sd, lowest and highest value.
    """
    words = distributions(network, settings)
    return [
        {
            "name": name,
            "distribution": words[name],
            "numbers": tensor.numel(),
            "mean": float(tensor.mean()),
            "sd": float(tensor.std(correction=0)),
            "lowest": float(tensor.min()),
            "highest": float(tensor.max()),
        }
        for name, tensor in ((n, p.detach().double()) for n, p in network.named_parameters())
    ]


def loss_of(loss: partial[Tensor]) -> LossFacts:
    """Give a loss's name and its arguments, those of the framework's functions in it too."""
    arguments: dict[str, Argument] = {}
    called = CALLED.get(loss.func.__name__, {})  # that of detectors is written out here
    for function, given in called.items():
        arguments |= arguments_of(function, given)
    return {
        "function": loss.func.__name__,
        "calls": [f"torch.nn.functional.{function.__name__}" for function in called],
        "arguments": arguments | arguments_of(loss.func, loss.keywords),
    }


def optimizer_of(optimizer: torch.optim.Optimizer) -> OptimizerFacts:
    """Give an optimizer's class, its arguments, and what its groups of tensors have instead."""
    return {
        "class": f"torch.optim.{type(optimizer).__name__}",
        "arguments": arguments_of(type(optimizer), optimizer.defaults),
        "groups": [
            {
                "tensors": len(group["params"]),
                "numbers": sum(p.numel() for p in group["params"]),
                **{
                    name: plain(value)
                    for name, value in group.items()
                    if name not in _MOVED and value != optimizer.defaults.get(name)
                },
            }
            for group in optimizer.param_groups
        ],
    }


def schedule_of(schedule: torch.optim.lr_scheduler.LRScheduler) -> ScheduleFacts:
    """Give a schedule's class and the state that it ended in; its periods are in steps."""
    state = {
        name: plain(value)
        for name, value in schedule.state_dict().items()
        if not name.startswith("_") or name in _SHAPE
    }
    return {"class": f"torch.optim.lr_scheduler.{type(schedule).__name__}", "state": state}
