"""Trials trained side by side, each in a process with one thread."""

import multiprocessing
import os
import sys
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from dlia.errors import UserError
from dlia.runtime.interruption import (
    Interrupted,
    ask_children_to_end,
    asked_to_end,
    end_with_parent,
    postponed,
    usual_signals,
)
from dlia.runtime.locks import lease

_GRACE = 60  # seconds that a trial has to save its work; a batch takes a few at most


def side_by_side(
    function: Callable[[int], bytes],
    trials: int,
    cores: int,
    places: Path | None,
    forked: bool = True,
) -> list[bytes]:
    """Call ``function`` for every trial, and give what it returns in the order of the trials.

    A trial waits for a free core. All trainings of a build share its cores, so that none is idle
    while any trial waits, whether a few variants have many trials or many have few.

    Args:
        function: Takes a trial's number; it and what it returns can be sent between processes.
        trials: How many there are.
        cores: How many trials may be trained at once in the whole build.
        places: The folder by which trainings tell each other which cores are taken; None where
            there is only this one.
        forked: Whether each is to have a process of its own, so that what kills it (a lack of
            memory, most often) leaves one that can say so.

    Raises:
        UserError: A trial's process was killed.
        Interrupted: This process was asked to end; those of the trials have put away their work.
    """
    count = min(cores, trials)
    # Elsewhere than on Linux a process cannot simply be forked once PyTorch is imported.
    if not forked or sys.platform != "linux":
        return [_on_a_core(function, cores, places, trial) for trial in range(trials)]
    with ProcessPoolExecutor(
        count, multiprocessing.get_context("fork"), _begin, (os.getpid(),)
    ) as pool:
        waiting = [pool.submit(_in_a_process, function, cores, places, t) for t in range(trials)]
        try:
            return [_result(future) for future in waiting]
        except BrokenProcessPool:
            if wish := asked_to_end():
                raise Interrupted(
                    f"ended by {wish}; run the same command again to continue from the last batches"
                ) from None
            raise UserError(
                "the process of a trial was ended or killed, most often because memory ran out: "
                "free some, or run with fewer --cores; then run the same command again to continue "
                "from the last epochs"
            ) from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            ask_children_to_end()
            raise


def _result(future: Future[bytes]) -> bytes:
    """Wait for a trial; ask again, and again, those that have not heard that they are to end."""
    while not wait([future], timeout=1).done:
        if asked_to_end():
            ask_children_to_end()
    return future.result()


def _in_a_process(
    function: Callable[[int], bytes], cores: int, places: Path | None, trial: int
) -> bytes:
    """Call ``function`` in a process of its own, which ends where the trial was interrupted.

    It ends as well when it was asked to and came to something else, or when its parent is gone:
    the signal has been heard by then, and nobody would give it another trial or take a result.
    """
    parent = os.getppid()
    try:
        with postponed(_GRACE):
            try:
                return _on_a_core(function, cores, places, trial)
            except Interrupted as interrupted:
                print(f"trial {trial + 1}: {interrupted}", flush=True)
                os._exit(1)
            finally:
                if asked_to_end():
                    os._exit(1)
    finally:
        if os.getppid() != parent:
            os._exit(1)


def _on_a_core(
    function: Callable[[int], bytes], cores: int, places: Path | None, trial: int
) -> bytes:
    if places is None:
        return function(trial)
    with lease(places, [str(number) for number in range(cores)]):
        return function(trial)


def _begin(parent: int) -> None:
    usual_signals()
    end_with_parent(parent)
