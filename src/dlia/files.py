"""Writing files so that a reader only ever sees complete ones, with the same bytes every time."""

import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # The Snakefile imports this module, and should not wait for these.
    import numpy as np
    import pandas as pd

FLOAT_FORMAT = "%.8g"


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Give a temporary name beside ``path``, which takes its place when the block ends well.

    The temporary name keeps the suffix, because libraries choose the file format by it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{os.getpid()}-{path.name}")
    try:
        yield partial
        partial.replace(path)
    except OSError as error:
        # Writing to an open file fails without its name; who reads the message needs the final one.
        if error.filename in (None, str(partial)):
            error.filename = str(path)
        raise
    finally:
        partial.unlink(missing_ok=True)


def write_bytes(path: str | Path, data: bytes) -> None:
    """Write ``data``; libraries that write files themselves hide why they could not."""
    with atomic(path) as partial:
        partial.write_bytes(data)


def write_csv(path: str | Path, table: "pd.DataFrame") -> None:
    """Write ``table`` without its index, with one float format and one line ending."""
    from pandas.api.types import is_object_dtype

    # pandas formats whole columns of floats; ours also hold words where a number cannot exist.
    mixed = [str(name) for name, kind in table.dtypes.items() if is_object_dtype(kind)]
    table = table.assign(**{name: table[name].map(_written) for name in mixed})
    with atomic(path) as partial:
        table.to_csv(
            partial, index=False, float_format=FLOAT_FORMAT, na_rep="nan", lineterminator="\n"
        )


def _written(value: Any) -> Any:
    return FLOAT_FORMAT % value if isinstance(value, float) else value


def write_json(path: str | Path, record: Mapping[str, Any]) -> None:
    """Write ``record`` as indented JSON with sorted keys."""
    with atomic(path) as partial:
        text = json.dumps(record, indent=2, sort_keys=True, ensure_ascii=False)
        partial.write_text(text + "\n", encoding="utf-8")


def write_npy(path: str | Path, array: "np.ndarray") -> None:
    """Write ``array`` in NumPy's own format; raises ValueError if that would need pickle."""
    import numpy as np
    from numpy.lib import format as npy

    if array.dtype.hasobject:
        raise ValueError(f"{path}: an array of objects could only be pickled")
    array = np.ascontiguousarray(array)
    header = io.BytesIO()
    npy.write_array_header_1_0(header, npy.header_data_from_array_1_0(array))
    write_bytes(path, header.getvalue() + array.tobytes())
