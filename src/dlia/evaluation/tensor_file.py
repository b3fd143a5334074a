"""Arrays into a file of safetensors, whole or not at all, without a copy of them in memory."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import save_file


def save_tensors(path: str | Path, arrays: Mapping[str, np.ndarray], text: str) -> None:
    """Write ``arrays`` with a text beside them; ``path`` never holds a part of them.

    ``safetensors.numpy.save`` would have them in memory twice more. ``save_file`` has no copy, but
    gives a file that nobody else may read.

    Args:
        path: The file.
        arrays: By name.
        text: The metadata ``dlia``.

    Raises:
        OSError: The file cannot be written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    dense = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    try:
        # A folder, because ``save_file`` has a temporary file of its own beside the one it writes.
        with TemporaryDirectory(prefix=".partial-", dir=path.parent) as folder:
            partial = Path(folder) / path.name
            partial.touch()
            mode = partial.stat().st_mode  # as the user's settings have it
            save_file(dense, partial, metadata={"dlia": text})
            partial.chmod(mode)
            partial.replace(path)
    except SafetensorError as error:
        raise _of_the_system(error, path) from error
    except OSError as error:
        error.filename = str(path)
        raise


def _of_the_system(error: SafetensorError, path: Path) -> OSError:
    """Return the fault of the system, such as a full disk, that safetensors met."""
    number = re.search(r"\(os error (\d+)\)", str(error))
    if not number:
        return OSError(None, str(error), str(path))
    return OSError(int(number[1]), os.strerror(int(number[1])), str(path))
