"""Optimizers that do not load PyTorch's compiler, which nothing here uses."""

import inspect
from typing import Any

import torch
from torch.optim import Optimizer


def leave_out_compiler(optimizer: type[Optimizer]) -> None:
    """Let a class of optimizers, before its first object is made, step without ``torch._dynamo``.

    PyTorch imports its compiler to keep it out of some methods and to tell it where a step begins,
    which takes seconds even where nothing is ever compiled. What is computed stays the same. In a
    PyTorch with other insides nothing happens here, and the compiler is imported as ever.
    """
    methods: list[Any] = [m for m in vars(Optimizer).values() if inspect.isfunction(m)]
    for method in methods:
        if method.__code__.co_filename.endswith("_compile.py") and hasattr(method, "__wrapped__"):
            # Where torch._compile looks first for what torch._dynamo would give.
            method.__wrapped__.__dynamo_disable = method.__wrapped__
    step: Any = optimizer.step
    if inspect.isfunction(step) and step.__code__.co_name == "_use_grad":
        optimizer.step = torch.no_grad()(vars(step)["__wrapped__"])  # type: ignore[method-assign]
