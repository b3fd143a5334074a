"""``python -m dlia.runtime.start MODULE ...``: runs a module with a clean environment.

Or a script, whose name ends in .py; it may import what is beside it.
"""

import os
import sys
from pathlib import Path

from dlia.runtime.environment import clean

if __name__ == "__main__":
    clean(Path(".snakemake/cache"))
    # -P: a file in this folder, such as random.py, must not replace a module.
    options = [] if sys.argv[1].endswith(".py") else ["-P", "-m"]
    # A new process, because Python itself reads some of the variables when it starts.
    os.execv(sys.executable, [sys.executable, *options, *sys.argv[1:]])  # noqa: S606 (no shell)
