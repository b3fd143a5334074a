"""The losses of every step, of trials that are trained as one network and of each trained alone."""

import sys

import torch
from trainings import VARIANTS

from dlia.models.dropout import draw_from
from dlia.training import learner as autograd
from dlia.training import one_by_one, stacked
from dlia.training.batches import Batches
from dlia.training.checkpoint import Checkpoint
from dlia.training.device_data import Part
from dlia.training.loop import train
from dlia.training.preparation import batches_of, prepare, start, streams_of

TRIALS = 3
AUTOGRAD = [key for key, v in VARIANTS.items() if not v.by_hand]
# What the studies use no combination of, or not at all.
SHIFTS = {"name": "random", "shift": 2, "quarter_turns": True, "stain": 0.2}
MORE = {
    "channels dropped": {
        "key": "ex2_2/batch_norm",
        "model": {"dropout": {"rate": 0.3, "of": "channels"}},
    },
    "augmented": {"key": "ex2_2/step_20", "augmentation": SHIFTS},
    "decay of kernels": {"key": "ex2_2/weight_decay", "model": {"batch_norm": True}},
    "averaged": {"key": "ex2_2/step_20", "averaging": {"name": "ema", "decay": 0.9}},
    "one cycle": {"key": "ex1_4/adam_default", "schedule": {"name": "one_cycle"}},
    "soft Dice": {"key": "ex2_1/baseline_2019", "loss": {"name": "soft_dice"}},
    "smoothed": {"key": "ex1_2/sgd", "loss": {"name": "cross_entropy", "label_smoothing": 0.1}},
    "rprop": {"key": "ex1_2/sgd", "optimizer": {"name": "rprop", "learning_rate": 0.001}},
    "elu": {"key": "ex1_2/sgd", "model": {"activation": "elu"}},
}
CASES = {key: {"key": key} for key in AUTOGRAD} | MORE
# One of each kind of thing that a trial has of its own.
OWN = {
    "dropout": CASES["ex1_5/dropout"],
    "normalisation": CASES["ex2_3/skip"],
    "gradient norms": CASES["ex2_4/residual_2"],
    "augmentation": CASES["augmented"],
    "averaging": CASES["averaged"],
    "the best epoch": {"key": "ex1_4/adam_default", "select": "best_validation"},
}


def losses_of_steps(learner, steps):
    """Have ``learner`` write its losses into ``steps``."""
    step = learner.step

    def noted(*batch):
        loss = step(*batch)
        steps.append(loss.clone())
        return loss

    learner.step = noted
    return learner


def alone(job, trial, folder):
    """Give the losses of a trial's steps in the reference loop."""
    prepared, steps = prepare(job), []
    network, streams = (
        start(job, prepared, trial),
        streams_of(job.seed, trial, torch.device(job.device)),
    )
    learner = losses_of_steps(autograd.Learner(network, job.settings, prepared.steps), steps)
    draw_from(network, streams.dropout)
    batches = batches_of(Batches, prepared.data, job.settings, [streams])
    checkpoint = Checkpoint(folder / f"{trial}.pt", "key")
    train(learner, batches, prepared.data, job.settings, job.curves, checkpoint, len_of)
    return torch.stack(steps)


def len_of(progress):
    """Announce nothing."""
    return len(progress.history)


def losses_of(job, folder, monkeypatch):
    """Give the losses of all steps and trials, (steps, K): as one network, and each alone."""
    expected = torch.stack([alone(job, trial, folder) for trial in range(TRIALS)], dim=1)
    steps = []
    build = stacked.Learner
    monkeypatch.setattr(stacked, "Learner", lambda *given: losses_of_steps(build(*given), steps))
    stacked.train_trials(job, {})
    return torch.stack(steps), expected


def compute_in_doubles(monkeypatch):
    """Compute in double precision.

    In single precision rounding now and then decides which of two pixels max pooling takes, and
    from there on two trainings differ, however alike the engines are.
    """
    inputs, single = Part.inputs, start
    monkeypatch.setattr(Part, "inputs", lambda part, rows: inputs(part, rows).double())
    for module in (one_by_one, stacked, sys.modules[__name__]):
        monkeypatch.setattr(module, "start", lambda *given: single(*given).double())
