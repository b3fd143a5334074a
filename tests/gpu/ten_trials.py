"""One trial and ten of two exercises, by both engines: seconds."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import torch
from lines import MEASURED, Line, Setup
from real_jobs import VARIANTS, real_job

from dlia.training.train_variant import train_variant

GOAL_RATIO, GOAL_SECONDS = 2.0, 15.0
# Epochs by exercise, engine and whether one trial is trained or ten. Those of the loop are few, as
# an epoch of it always takes the same.
EPOCHS = {
    ("ex1_2", "stacked"): (40, 40),
    ("ex1_2", "loop"): (4, 1),
    ("ex2_1", "stacked"): (40, 40),
    ("ex2_1", "loop"): (20, 3),
}


@dataclass(frozen=True)
class Timed:
    """A training by the clock.

    Attributes:
        seconds: From reading the arrays to the written files, in a process that has computed.
        epochs: How many epochs it trained.
        value: The metric of held-out images after the last, the mean over the trials.
        gpu_mib: The most memory that its tensors took on the GPU.
    """

    seconds: float
    epochs: int
    value: float
    gpu_mib: int

    @property
    def epoch(self) -> float:
        """Seconds of an epoch of all trials, with all that is done beside it."""
        return self.seconds / self.epochs


def run(setup: Setup) -> Iterator[Line]:
    """Train, and compare ten trials with one, and the two engines."""
    many = 3 if setup.small else 10
    timed(setup, "ex2_1", "auto", 1, 1)  # loads the libraries that compute
    left = {}
    for exercise, (study, _) in VARIANTS.items():
        stacked = both(setup, exercise, "stacked", many)
        left[exercise] = {"trials": many, "epoch": stacked[1].epoch}
        setup.leave("ten_trials", left)
        detail = f"{described(stacked[0])}; {many} trials: {described(stacked[1])}"
        if exercise == "ex1_2":
            met = stacked[1].seconds < GOAL_SECONDS
            yield Line(
                f"{exercise}: {many} trials, {stacked[1].epochs} epochs",
                setup.judge(met, study),
                f"{stacked[1].seconds:.1f} s",
                f"under {GOAL_SECONDS:.0f} s",
                detail=detail,
            )
        ratio = stacked[1].epoch / stacked[0].epoch
        yield Line(
            f"{exercise}: {many} trials against one",
            setup.judge(ratio <= GOAL_RATIO, study),
            f"{ratio:.2f} times the seconds",
            f"at most {GOAL_RATIO:.0f}",
            detail=detail,
        )
        loop = both(setup, exercise, "loop", many)
        faster = [ours.epoch / theirs.epoch for ours, theirs in zip(loop, stacked, strict=True)]
        yield Line(
            f"{exercise}: loop against stacked",
            MEASURED,
            f"{faster[0]:.1f} (one), {faster[1]:.1f} ({many}) times",
            detail=f"loop: {described(loop[0])}; {many} trials: {described(loop[1])}",
        )


def both(setup: Setup, exercise: str, engine: str, many: int) -> tuple[Timed, Timed]:
    """Train one trial of an exercise, and many."""
    one, ten = EPOCHS[exercise, engine] if not setup.small else (2, 1)
    return timed(setup, exercise, engine, 1, one), timed(setup, exercise, engine, many, ten)


def timed(setup: Setup, exercise: str, engine: str, trials: int, epochs: int) -> Timed:
    """Train once, by the clock."""
    folder = setup.folder / f"{exercise}_{engine}_{trials}_{epochs}"
    folder.mkdir()
    job = real_job(setup, exercise, engine, trials, epochs, folder)
    model, history, record = (str(folder / name) for name in ("m", "h.csv", "r.json"))
    if setup.device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    started = time.monotonic()
    train_variant(job, model, history, record)
    seconds = time.monotonic() - started
    gpu = torch.cuda.max_memory_allocated() >> 20 if setup.device == "cuda" else 0
    rows = pd.read_csv(history)
    last = rows[(rows["part"] != "train") & (rows["epoch"] == rows["epoch"].max())]
    value = float(last[last["metric"] != "loss"]["value"].mean())
    found = Timed(seconds, epochs, value, gpu)
    print(exercise, engine, trials, found, flush=True)
    return found


def described(timed: Timed) -> str:
    """Say a training's numbers in words."""
    memory = f", {timed.gpu_mib} MiB on the GPU" if timed.gpu_mib else ""
    return (
        f"{timed.epochs} epochs in {timed.seconds:.2f} s ({timed.epoch:.3f} s an epoch), "
        f"held-out {timed.value:.4f}{memory}"
    )
