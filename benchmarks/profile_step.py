"""Where the time of one of dlia's training steps goes: ``python benchmarks/profile_step.py``.

Steps on noise in the shape of the real data are profiled, on one thread as in a build. Of a GPU it
is its own time that counts.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterable
from typing import Any

# Without a GPU its profiler complains of that, at length.
os.environ.setdefault("KINETO_LOG_LEVEL", "99")

import torch
from tabulate import tabulate
from torch.profiler import ProfilerActivity, profile, record_function

from bench import device_of
from cases import ROOT, VARIANTS
from dlia.commands.estimate import on_noise
from dlia.errors import UserError
from dlia.runtime.devices import choose_device
from dlia.study.config import load_config
from dlia.tasks import load_studies

# What belongs to a group by the name of an operation, or of one that it is part of; from the
# outermost operation inwards, the first that tells decides.
GROUPS = {
    "data": ("step: data",),
    "optimizer": ("Optimizer.step", "Optimizer.zero_grad"),
    "loss": ("loss", "softmax"),
    "convolutions": ("conv",),
    "pooling": ("max_pool",),
    "activations": ("relu", "threshold_backward", "elu", "tanh", "sigmoid"),
}
WARM_UP = 5


def profiled(study: Any, settings: dict[str, Any], device: torch.device, steps: int) -> Any:
    """Train ``steps`` steps, and give what torch's profiler saw of them."""
    activities = [ProfilerActivity.CPU]
    if device.type == "cuda":
        activities.append(ProfilerActivity.CUDA)
    size, batch = study.data["size"], settings["batch_size"]
    with on_noise(study, settings, size, batch, device) as (learner, shown):

        def step() -> None:
            with record_function("step: data"):
                images, targets = shown()
            learner.step(images, targets)

        for _ in range(WARM_UP):
            step()
        with profile(activities=activities) as seen:
            for _ in range(steps):
                step()
    return seen


def group_of(names: Iterable[str]) -> str:
    """Give the group of an operation from its name and those that it is part of, outermost first.

    >>> group_of(["aten::conv2d", "aten::copy_"])
    'convolutions'
    """
    for name in names:
        for group, marks in GROUPS.items():
            if any(mark.lower() in name.lower() for mark in marks):
                return group
    return "rest"


def shares(events: Iterable[Any], device: str) -> Counter[str]:
    """Add up the microseconds that the device spent in operations themselves, by group."""
    found: Counter[str] = Counter()
    for event in events:
        chain, outer = [event.name], event.cpu_parent
        while outer is not None:
            chain.insert(0, outer.name)
            outer = outer.cpu_parent
        own = event.self_device_time_total if device == "cuda" else event.self_cpu_time_total
        found[group_of(chain)] += own
    return found


def main(words: list[str]) -> int:
    """Profile both cases and print a table of each; give the exit status."""
    parser = argparse.ArgumentParser(prog="profile_step.py", description=__doc__)
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--operations", action="store_true", help="the profiler's own table, too")
    arguments = parser.parse_args(words)
    try:
        name = device_of(arguments.device)
        device = choose_device(name)
        studies = load_studies(load_config(ROOT)["studies"], ROOT)
        for study, key in VARIANTS.values():
            settings = studies[study].variant(key).training_settings
            seen = profiled(studies[study], settings, device, arguments.steps)
            found = shares(seen.events(), name)
            whole = sum(found.values()) or 1
            rows = [
                [group, f"{time / arguments.steps / 1000:.2f}", f"{100 * time / whole:.1f}"]
                for group, time in found.most_common()
            ]
            print(f"\n{key}, a step of {settings['batch_size']} images on {device}:")
            print(tabulate(rows, ["", "ms", "%"], disable_numparse=True))
            if arguments.operations:
                order = f"self_{'cpu' if name == 'cpu' else 'device'}_time_total"
                print(seen.key_averages().table(sort_by=order, row_limit=25))
    except UserError as error:
        print(f"profile_step: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
