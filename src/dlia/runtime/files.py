"""Atomic writing of files whose bytes depend only on their content."""

import errno
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # The Snakefile imports this module, and should not wait for these.
    import numpy as np
    import pandas as pd

FLOAT_FORMAT = "%.8g"


def write_bytes(path: str | Path, data: bytes) -> None:
    """Write ``data`` atomically: ``path`` never holds part of it.

    Where the system supports unnamed temporary files, even a killed process leaves none behind.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".partial-{os.getpid()}-{path.name}")
    partial.unlink(missing_ok=True)  # left by a killed process with the same process id
    try:
        if not _write_unnamed(partial, data):
            partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        # Errors on an open file have no file name; the message needs the final one.
        error.filename = str(path)
        raise
    finally:
        partial.unlink(missing_ok=True)


def _write_unnamed(path: Path, data: bytes) -> bool:
    """Write ``data`` to an unnamed file and name it ``path``; return False if unsupported."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        file = os.open(path.parent, os.O_WRONLY | os.O_TMPFILE, 0o666)
        with os.fdopen(file, "wb") as stream:
            stream.write(data)
            stream.flush()
            # Python follows the link only if src_dir_fd is given, although the path is absolute.
            os.link(f"/proc/self/fd/{file}", path, src_dir_fd=folder)
    except AttributeError:  # O_TMPFILE is Linux's
        return False
    except OSError as error:
        if error.errno in (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT):
            return False
        raise
    finally:
        os.close(folder)
    return True


def write_text(path: str | Path, text: str) -> None:
    """Write ``text`` as UTF-8."""
    write_bytes(path, text.encode())


def write_csv(path: str | Path, table: "pd.DataFrame") -> None:
    """Write ``table`` without its index, with one float format and one line ending."""
    from pandas.api.types import is_object_dtype

    # pandas formats only pure float columns; ours also contain texts in place of missing numbers.
    mixed = [str(name) for name, kind in table.dtypes.items() if is_object_dtype(kind)]
    table = table.assign(**{name: table[name].map(_written) for name in mixed})
    text = table.to_csv(index=False, float_format=FLOAT_FORMAT, na_rep="nan", lineterminator="\n")
    write_text(path, text)


def _written(value: Any) -> Any:
    return FLOAT_FORMAT % value if isinstance(value, float) else value


def write_json(path: str | Path, record: Mapping[str, Any]) -> None:
    """Write ``record`` as indented JSON with sorted keys."""
    text = json.dumps(record, indent=2, sort_keys=True, ensure_ascii=False)
    write_text(path, text + "\n")


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
