"""Where a training stands: the lines of its log, written by the training, read by others."""

import math

import pytest

from dlia.runtime.log_lines import EpochLine
from dlia.runtime.training_log import Standing
from dlia.training.progress import Progress
from dlia.training.run_record import announcer


def line(who="trial 1/1", epoch=3, epochs=10, left=None, **measured) -> str:
    named = {name.replace("_", " ", 1): value for name, value in measured.items()}
    return str(EpochLine(who, epoch, epochs, named, left))


@pytest.mark.parametrize(
    "said",
    [
        EpochLine("trial 1/1", 0, 40, {"train loss": 2.3026, "train accuracy": 0.1}, None),
        EpochLine("trial 2/10", 7, 40, {"validation dice_soft_pooled": 0.5}, 30.0),
        EpochLine("first of 3 trials", 40, 40, {"train loss": 0.0}, 0.0),
        EpochLine("trial 1/1", 1, 2, {"train loss": math.inf}, 9.0),
    ],
    ids=str,
)
def test_what_is_written_is_read(said):
    assert EpochLine.parse(str(said)) == said


@pytest.mark.parametrize(
    "other",
    [
        "",
        "device: auto wanted, cpu taken",
        "trial 1: ok, epoch 40 kept",
        "trial 1/1: ended by SIGTERM after epoch 3 and 2 batches; the same command goes on",
        "dlia failed: checkpoints/ex1_2/sgd: epoch 3/4 is missing",
    ],
)
def test_other_lines_of_a_log_are_not_taken_for_one(other):
    assert EpochLine.parse(other) is None


def test_a_shortened_training_says_how_many_epochs_it_should_have(capsys):
    announcer("trial 1/1", 12, 100)(Progress(epoch=3))
    written = capsys.readouterr().out.rstrip()
    assert "epoch 3/12 of 100" in written
    assert EpochLine.parse(written) == EpochLine("trial 1/1", 3, 12, {}, None, 100)
    assert Standing.of([written]).epochs == "3 of 12 (of 100)"


def test_a_training_prints_such_lines_from_its_beginning(capsys):
    announce = announcer("trial 1/2", 4)
    progress = Progress(history=[(0, "train", "loss", 2.5), (0, "train", "loss.conv", 1.0)])
    announce(progress)
    progress.epoch, progress.history = 1, [(1, "train", "loss", 1.25)]
    announce(progress)
    first, second = map(EpochLine.parse, capsys.readouterr().out.splitlines())
    assert first == EpochLine("trial 1/2", 0, 4, {"train loss": 2.5}, None)
    assert (second.epoch, second.measured, second.left) == (1, {"train loss": 1.25}, 0.0)


def test_a_trial_stands_where_its_last_line_says():
    log = [line(epoch=1), line(epoch=2, train_loss=0.5), "something else"]
    standing = Standing.of(log)
    assert (standing.which, standing.epochs) == ("1 of 1", "2 of 10")
    assert standing.measured == {"train loss": 0.5}


def test_trials_side_by_side_are_all_named():
    log = [line("trial 1/3", 10), line("trial 2/3", 4), line("trial 3/3", 5)]
    standing = Standing.of(log)
    assert (standing.which, standing.epochs) == ("2, 3 of 3", "4, 5 of 10")


def test_a_trial_that_diverged_is_not_under_way():
    log = [line("trial 1/2", 0, train_loss=math.inf), line("trial 2/2", 4, left=12)]
    standing = Standing.of(log)
    assert (standing.which, standing.epochs, standing.seconds_left(0)) == ("2 of 2", "4 of 10", 12)


def test_trials_trained_as_one_are_named_so():
    standing = Standing.of([line("first of 10 trials", 4)])
    assert (standing.which, standing.epochs) == ("all", "4 of 10")


def test_a_training_that_has_said_nothing_stands_nowhere():
    standing = Standing.of(["device: auto wanted, cpu taken"])
    assert (standing.which, standing.epochs, standing.measured) == ("", "", {})
    assert standing.seconds_left(0) is None


@pytest.mark.parametrize(
    ("log", "seconds"),
    [
        ([line(epoch=0)], None),
        ([line(epoch=4, left=60)], 60),
        # Two of ten epochs each take 5 s, and a second trial is to come.
        ([line("trial 1/2", 4, left=30)], 30 + 50),
        # Side by side, 6 and 8 epochs are left, of 5 s each.
        ([line("trial 1/2", 4, left=30), line("trial 2/2", 2, left=40)], 35),
        ([line("first of 10 trials", 4, left=12)], 12),
    ],
)
def test_the_time_left_counts_trials_that_have_not_begun(log, seconds):
    assert Standing.of(log).seconds_left(0) == seconds


def test_the_time_left_goes_down_between_two_lines():
    standing = Standing.of([line(epoch=4, left=60)])
    assert standing.seconds_left(10) == 50
    assert standing.seconds_left(100) == 0
