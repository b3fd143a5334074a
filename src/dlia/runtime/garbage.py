"""Garbage collection that does not search what a job imports and keeps until its end."""

import contextlib
import gc
from collections.abc import Iterator

# More objects than any job imports: PyTorch and pandas are 350,000.
_IMPORTED = 500_000


@contextlib.contextmanager
def little_collection() -> Iterator[None]:
    """Postpone the first collection until the imports of a job are done, and omit the last ones.

    Python searches all objects for garbage several times while it imports and twice when it exits,
    which takes a third of the time of a job that computes little. After the first collection,
    which sets the imported objects aside, garbage is collected as usual.
    """
    usual = gc.get_threshold()

    def first(phase: str, _info: dict[str, int]) -> None:
        if phase == "stop":
            gc.callbacks.remove(first)
            gc.freeze()
            gc.set_threshold(*usual)

    gc.callbacks.append(first)
    gc.set_threshold(_IMPORTED)
    try:
        yield
    finally:
        gc.freeze()
