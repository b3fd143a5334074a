"""CUDA graphs: that they are replayed, change nothing, and how much faster they make a step."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from lines import FAILED, NEEDS_GPU, PASSED, Line, Setup
from steps import CASES, OWN
from sweep import job_of

from dlia.training import stacked
from dlia.training.cuda_graphs import Replayed

NEAR = 1e-4  # what rounding may come to in an epoch of three steps
CHOSEN = {"sgd": CASES["ex1_2/sgd"], **{n: OWN[n] for n in ("dropout", "normalisation")}}


@dataclass(frozen=True)
class Trained:
    """What came of a training: its histories, the seconds of its steps, how often it replayed."""

    histories: list[list[tuple[int, str, str, float]]]
    seconds: float
    replays: int


def run(setup: Setup) -> Iterator[Line]:
    """Train with graphs and without, and compare."""
    epochs = 2 if setup.small else 40
    faults, notes, ratios = [], [], []
    for name, case in CHOSEN.items():
        with_graphs = trained(setup, f"{name}_with", case, epochs, graphs=True)
        without = trained(setup, f"{name}_without", case, epochs, graphs=False)
        ratios.append(without.seconds / with_graphs.seconds)
        apart = difference(with_graphs, without)
        if apart > NEAR:
            faults.append(f"{name}: after an epoch {apart:.0e} from what is without graphs")
        if with_graphs.histories != without.histories:
            notes.append(f"{name}: not the same bit by bit; after an epoch {apart:.0e} apart")
        # Three batches an epoch, all full.
        expected = 3 * epochs - Replayed.CALLS_BEFORE if setup.device == "cuda" else 0
        if with_graphs.replays != expected or without.replays:
            faults.append(f"{name}: {with_graphs.replays} replays, {expected} are expected")
    detail = "; ".join(faults + notes)
    if setup.device != "cuda":
        yield Line("CUDA graphs", FAILED if faults else NEEDS_GPU, detail=detail)
        return
    times = f"{min(ratios):.1f} to {max(ratios):.1f} times as fast"
    yield Line("CUDA graphs", FAILED if faults else PASSED, times, "same losses", detail=detail)


def difference(first: Trained, second: Trained) -> float:
    """Give how far two trainings are apart in what was measured until the end of epoch 1."""
    pairs = zip(first.histories, second.histories, strict=True)
    rows = [rows for histories in pairs for rows in zip(*histories, strict=True)]
    return max(abs(one[3] - other[3]) for one, other in rows if one[0] <= 1)


def trained(setup: Setup, name: str, case: dict[str, Any], epochs: int, graphs: bool) -> Trained:
    """Train a case with the stacked engine, with graphs or without."""
    replays: list[None] = []
    replay = torch.cuda.CUDAGraph.replay

    def counted(graph: torch.cuda.CUDAGraph) -> None:
        replays.append(None)
        replay(graph)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda.CUDAGraph, "replay", counted)
        if not graphs:
            patch.setattr(Replayed, "CALLS_BEFORE", 10**9)
        job = job_of(setup.folder / name, **case, device=setup.device, epochs=epochs)
        trials = [trial.progress for trial in stacked.train_trials(job, {})]
    seconds = sum(trial.learning_seconds for trial in trials)
    return Trained([trial.history for trial in trials], seconds, len(replays))
