"""A training in a process of its own, to be killed, or to run out of memory.

Called with a folder, which has its images, a device, an engine and a number of epochs; and, if
memory is to run out, MiB. It writes its files into the folder.
"""

import resource
import sys
from pathlib import Path

from sweep import job_of

from dlia.runtime.interruption import Interrupted
from dlia.runtime.job import job
from dlia.training.train_variant import train_variant
from dlia.training.training_job import TrainingJob

FILES = ("model.safetensors", "history.csv", "run.json")
KEY = "ex1_5/dropout"  # each trial reads random numbers also on the device
# A network one of whose layers takes 72 MiB.
LARGE = {"model": {"name": "fcn", "channels": [1024, 2048]}}


def main(words: list[str]) -> int:
    """Train; give 3 if the training was asked to end."""
    folder, device, engine, epochs = Path(words[0]), words[1], words[2], int(words[3])
    if len(words) > 4:
        asked = job_of(
            folder / "data", "ex2_1/baseline_2019", device=device, epochs=epochs, **LARGE
        )
        with job(str(folder / "training.log")):
            limit_memory(device, int(words[4]))
            train(asked, engine, folder)
        return 0
    try:
        train(job_of(folder / "data", KEY, device=device, epochs=epochs), engine, folder)
    except Interrupted as interrupted:
        print(interrupted, flush=True)
        return 3
    return 0


def train(asked: TrainingJob, engine: str, folder: Path) -> None:
    """Train with an engine, as a job of the workflow does."""
    own = {"engine": engine, "checkpoints": folder / "checkpoints"}
    train_variant(TrainingJob(**{**vars(asked), **own}), *(str(folder / name) for name in FILES))


def limit_memory(device: str, mib: int) -> None:
    """Let this process take so many MiB, on a GPU in all, on a CPU beyond what it has now."""
    import torch

    if device == "cuda":
        total = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(mib * 2**20 / total)
        return
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0])
    most = pages * resource.getpagesize() + mib * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
