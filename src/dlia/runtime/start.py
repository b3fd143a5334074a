"""``python -m dlia.runtime.start MODULE ...``: runs a module with a clean environment."""

import os
import sys
from pathlib import Path

from dlia.runtime.environment import clean

if __name__ == "__main__":
    clean(Path(".snakemake/cache"))
    # A new process, because Python itself reads some of the variables when it starts. -P: a file in
    # this folder, such as random.py, must not replace a module.
    os.execv(sys.executable, [sys.executable, "-P", "-m", *sys.argv[1:]])  # noqa: S606 (no shell)
