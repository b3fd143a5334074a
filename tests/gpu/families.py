"""The reference loop on the device, for every family of networks and every variant."""

import re
from collections import defaultdict
from collections.abc import Iterator

from lines import FAILED, PASSED, Line, Setup, first_line
from steps import MORE
from sweep import job_of
from trainings import VARIANTS, settings_of

from dlia.runtime.files import write_json
from dlia.training.predict import predict
from dlia.training.train_variant import train_variant

SMALL = 3  # variants of a family, in small
# How torch says that it cannot compute something in one order.
OPERATION = re.compile(r"(\S+) does not have a deterministic implementation")


def run(setup: Setup) -> Iterator[Line]:
    """Train and predict with every variant on a few drawn images; a line for each family."""
    families = defaultdict(list)
    for name, case in ({key: {"key": key} for key in VARIANTS} | MORE).items():
        families[settings_of(**case).model.name].append((name, case))
    for family, every in sorted(families.items()):
        cases = every[: SMALL if setup.small else None]
        faults = [fault for name, case in cases if (fault := fault_of(setup, name, case))]
        number = f"{len(cases) - len(faults)} of {len(cases)}"
        result = FAILED if faults else PASSED
        yield Line(f"the loop: {family}", result, number, detail="; ".join(faults[:5]))


def fault_of(setup: Setup, name: str, case: dict[str, object]) -> str:
    """Train a case for an epoch and predict with it; say what went wrong, or nothing."""
    folder = setup.folder / re.sub(r"\W", "_", name)
    try:
        job = job_of(folder, **case, device=setup.device, trials=1, epochs=1)
        files = {file: str(folder / file) for file in ("model", "history", "record")}
        train_variant(job, **files)
        views = {"views": "dihedral", "threshold": 0.5}
        predict(files["model"], job.inputs, views, setup.device, str(folder / "predictions"))
    except ModuleNotFoundError:
        raise
    except Exception as error:
        found = OPERATION.search(str(error))
        print(f"{name}: {error}", flush=True)
        return (
            f"{name}: {found[1]} is not deterministic" if found else f"{name}: {first_line(error)}"
        )
    write_json(folder / "done.json", {})
    return ""
