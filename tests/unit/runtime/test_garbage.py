"""When a job searches for garbage."""

import gc
import weakref

import pytest

from dlia.runtime.garbage import little_collection


class Circle:
    """An object that only a search for garbage can free."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def as_before():
    """Undo what a job does to the process that it has for itself."""
    usual = gc.get_threshold()
    yield
    gc.set_threshold(*usual)
    gc.unfreeze()


def searches() -> int:
    """Count the searches for garbage of this process."""
    return sum(generation["collections"] for generation in gc.get_stats())


def test_as_many_objects_as_imports_make_start_no_search():
    with little_collection():
        before = searches()
        kept = [[] for _ in range(400_000)]
        after = searches()
    assert (len(kept), after) == (400_000, before)


def test_garbage_that_a_job_makes_later_is_freed():
    with little_collection():
        kept = [[] for _ in range(600_000)]
        garbage = weakref.ref(Circle())
        kept += [[] for _ in range(100_000)]
        assert garbage() is None


def test_a_job_leaves_nothing_to_search_at_its_exit():
    with little_collection():
        kept = [[] for _ in range(1000)]
    assert kept
    assert len(gc.get_objects()) < 1000
