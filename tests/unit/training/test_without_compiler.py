"""Without PyTorch's compiler trainings start sooner, and learn the same."""

import json
import subprocess
import sys

import pytest

# Builds, steps, saves and takes up an optimizer with a schedule, and prints the weights.
TRAINING = """
import json, sys
import torch
from dlia.training.without_compiler import leave_out_compiler
name, schedule, leave_out = sys.argv[1:]
family = getattr(torch.optim, name)
if leave_out == "True":
    leave_out_compiler(family)
    leave_out_compiler(family)
torch.manual_seed(0)
network = torch.nn.Linear(4, 3)
images, options = torch.rand(5, 4), {"momentum": 0.9} if name == "SGD" else {}
optimizer = family(network.parameters(), lr=0.01, **options)
arguments = {"StepLR": [2], "CosineAnnealingLR": [6], "OneCycleLR": [0.1, 6]}.get(schedule, [])
steps = getattr(torch.optim.lr_scheduler, schedule)(optimizer, *arguments)
for number in range(5):
    optimizer.zero_grad()
    network(images).square().mean().backward()
    optimizer.step()
    steps.step()
    if number == 2:
        optimizer.load_state_dict(optimizer.state_dict())
weights = [p.tolist() for p in network.parameters()]
print(json.dumps([weights, "torch._dynamo" in sys.modules]))
"""
CASES = [
    ("SGD", "StepLR"),
    ("Adam", "CosineAnnealingLR"),
    ("AdamW", "OneCycleLR"),
    ("Rprop", "ConstantLR"),
]


def trained(name: str, schedule: str, leave_out: bool) -> tuple[list, bool]:
    words = [sys.executable, "-c", TRAINING, name, schedule, str(leave_out)]
    weights, loaded = json.loads(subprocess.check_output(words, text=True))
    return weights, loaded


@pytest.mark.slow
@pytest.mark.parametrize(("name", "schedule"), CASES)
def test_a_training_does_not_load_the_compiler_and_learns_the_same(name, schedule):
    weights, loaded = trained(name, schedule, leave_out=True)
    assert not loaded
    assert weights == trained(name, schedule, leave_out=False)[0]
