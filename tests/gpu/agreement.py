"""Trials that are trained as one network, against the same trials in the reference loop."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lines import FAILED, PASSED, Line, Setup
from steps import CASES, MORE, OWN, compute_in_doubles, losses_of
from sweep import job_of

# The steps that are compared: all of them in double precision; in single precision the first ones,
# before rounding decides which of two pixels max pooling takes.
STEPS, FIRST = 20, 4
GOAL, GOAL_SINGLE = 1e-9, 1e-4


def run(setup: Setup) -> Iterator[Line]:
    """Compare the losses of every step; one line, with the greatest difference."""
    cases = {**OWN, **MORE, **{key: CASES[key] for key in ("ex1_1/sgd", "ex1_2/sgd")}}
    chosen = list(cases.items())[: 2 if setup.small else None]
    doubles = {name: difference(setup, name, case, double=True) for name, case in chosen}
    singles = {name: difference(setup, name, case, double=False) for name, case in chosen}
    worst, first = max(doubles, key=doubles.__getitem__), max(singles, key=singles.__getitem__)
    agree = doubles[worst] <= GOAL and singles[first] <= GOAL_SINGLE
    yield Line(
        f"stacked against the loop, {STEPS} steps",
        PASSED if agree else FAILED,
        f"{doubles[worst]:.0e} apart ({len(chosen)} variants)",
        f"at most {GOAL:.0e}",
        detail=f"double precision: {doubles[worst]:.1e} at most, in {worst}; single precision, "
        f"first {FIRST} steps: {singles[first]:.1e}, in {first} (at most {GOAL_SINGLE:.0e})",
    )


def difference(setup: Setup, name: str, case: dict[str, object], double: bool) -> float:
    """Give the greatest difference between the losses of a step in the two engines."""
    folder: Path = setup.folder / f"{name.replace('/', '_')}_{'double' if double else 'single'}"
    with pytest.MonkeyPatch.context() as patch:
        if double:
            compute_in_doubles(patch)
        job = job_of(folder, **case, device=setup.device, epochs=7 if double else 2)
        found, expected = losses_of(job, folder, patch)
    steps = STEPS if double else FIRST
    if len(found) < steps or found.shape != expected.shape:
        raise RuntimeError(f"{name}: {len(found)} and {len(expected)} steps, {steps} are needed")
    return float((found[:steps] - expected[:steps]).abs().max())
