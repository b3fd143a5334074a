"""Reading pickled batches of images without running what a pickle may ask for.

Unpickling can call any function. Here, a pickle can only build dictionaries, lists, tuples, bytes,
texts and numbers, and arrays of bytes: the few functions of NumPy that such pickles call are
replaced by objects of ours, which check what they are given. Everything else is refused.
"""

import io
import pickle
import pickletools
import struct
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from dlia.data.offences import EntryError

_OPERATIONS = frozenset(
    """
    PROTO FRAME STOP MARK EMPTY_DICT EMPTY_LIST EMPTY_TUPLE DICT LIST TUPLE TUPLE1 TUPLE2 TUPLE3
    SETITEM SETITEMS APPEND APPENDS BINPUT LONG_BINPUT MEMOIZE BINGET LONG_BINGET NONE NEWTRUE
    NEWFALSE BININT BININT1 BININT2 SHORT_BINSTRING BINSTRING SHORT_BINUNICODE BINUNICODE
    SHORT_BINBYTES BINBYTES GLOBAL STACK_GLOBAL REDUCE BUILD
    """.split()  # noqa: SIM905 (a list of one a line would be no easier to read)
)
# What pickle is known to raise on hostile bytes.
_FAULTS = (
    pickle.UnpicklingError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)


class _Array:
    """An array of bytes while it is read."""

    __slots__ = ("values",)

    def __init__(self) -> None:
        self.values = np.zeros(0, np.uint8)

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, by_columns, raw = state
        if not isinstance(kind, _Kind) or by_columns or not isinstance(raw, bytes):
            raise pickle.UnpicklingError("an array that is not one of bytes, row by row")
        self.values = np.frombuffer(raw, np.uint8).reshape(shape)


class _Kind:
    """NumPy's type of bytes, uint8; no other is read."""

    __slots__ = ()

    def __setstate__(self, state: Any) -> None:
        """Accept how NumPy describes the order of bytes, which single bytes do not have."""


# Without attributes, so that a pickle cannot change them.
class _NewArray:
    __slots__ = ()

    def __call__(self, *_: Any) -> _Array:
        return _Array()


class _NewKind:
    __slots__ = ()

    def __call__(self, name: Any, *_: Any) -> _Kind:
        if name not in (b"u1", "u1"):
            raise pickle.UnpicklingError("an array of other numbers, not of bytes")
        return _Kind()


class _Encode:
    __slots__ = ()

    def __call__(self, text: Any, encoding: Any) -> bytes:
        if not isinstance(text, str) or encoding not in ("latin1", b"latin1"):
            raise pickle.UnpicklingError("a text of another encoding")
        return text.encode("latin1")


class _Nothing:
    __slots__ = ()


# What pickled arrays name, in old and new releases of NumPy; bytes in pickles of protocol 2.
_KNOWN: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): _NewArray(),
    ("numpy._core.multiarray", "_reconstruct"): _NewArray(),
    ("numpy", "ndarray"): _Nothing(),
    ("numpy", "dtype"): _NewKind(),
    ("_codecs", "encode"): _Encode(),
}


class _Unpickler(pickle._Unpickler):
    """Python's own unpickler, written in Python: the one in C cannot be told to check keys.

    A tuple of tuples of tuples takes few bytes if they are kept and used twice, and its hash and
    its text take for ever. So no object but a text is hashed or printed.
    """

    dispatch: ClassVar[dict[int, Callable[[pickle.Unpickler], None]]] = dict(
        pickle._Unpickler.dispatch
    )

    def find_class(self, module: str, name: str) -> Any:
        """Give what stands for a function or class that arrays name; refuse all others."""
        try:
            return _KNOWN[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"asks for {module}.{name}") from None


def _checked(code: bytes, keys: Callable[[Any], list[Any]]) -> None:
    """Let the operation ``code`` refuse keys that are no texts."""
    run = _Unpickler.dispatch[code[0]]

    def check(own: Any) -> None:
        if not all(isinstance(key, bytes | str) for key in keys(own)):
            raise pickle.UnpicklingError("a dictionary with keys that are no texts")
        run(own)

    _Unpickler.dispatch[code[0]] = check


# Since the last mark, ``stack`` has what was put there.
_checked(pickle.SETITEM, lambda own: own.stack[-2:-1])
_checked(pickle.SETITEMS, lambda own: own.stack[::2])
_checked(pickle.DICT, lambda own: own.stack[::2])


def _check_operations(data: bytes) -> None:
    """Refuse operations that such pickles do not need, and numbers that ask for much memory."""
    for count, (operation, argument, _) in enumerate(pickletools.genops(data)):
        if operation.name not in _OPERATIONS:
            raise pickle.UnpicklingError(f"has the operation {operation.name}")
        # Python keeps as many places as the highest number of a kept object asks for.
        if operation.name in ("BINPUT", "LONG_BINPUT") and int(argument or 0) > count:
            raise pickle.UnpicklingError(f"keeps an object as number {argument}")


def read_batch(data: bytes) -> tuple[np.ndarray, list[int]]:
    """Read the pixels (n, 3072) and the labels of a pickled batch.

    Raises:
        EntryError: It is damaged, or holds or asks for anything else.
    """
    try:
        _check_operations(data)
        found = _Unpickler(io.BytesIO(data), encoding="bytes").load()
    except _FAULTS as error:
        text = "cannot be read as a batch of images"
        raise EntryError(f"{text}: {error}", text, "Nothing that it asks for was run.") from None
    if not isinstance(found, dict):
        raise EntryError("is a pickle, but not of a batch of images")
    fields = {k.decode("latin1") if isinstance(k, bytes) else k: v for k, v in found.items()}
    pixels, labels = fields.get("data"), fields.get("labels")
    if not isinstance(pixels, _Array) or not isinstance(labels, list):
        raise EntryError("has no data, an array of bytes, with a list of labels")
    if not all(type(label) is int for label in labels):
        raise EntryError("has labels that are no whole numbers")
    return pixels.values, labels
