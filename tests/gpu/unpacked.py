"""The archives as arrays, for the parts that train on real images."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from lines import PASSED, ROOT, Line, Setup

from dlia.data.splits import split
from dlia.data.standins import draw
from dlia.data.unpack import Layout, unpack
from dlia.plan.plan import Plan
from dlia.runtime.files import write_csv
from dlia.study.config import load_config
from dlia.study.model import Study

STUDIES = ("warwick", "mnist")
FILES = {"images": "images.npy", "targets": "targets.npy", "split": "split.csv"}
# The stand-ins of --small, in the words of a study's `standin`.
SMALLER = {"mnist": {"train": 200, "test": 50}, "warwick": {"train": 20, "test": 5, "size": 32}}


def run(setup: Setup) -> Iterator[Line]:
    """Unpack and split the archives as the workflow does; without them, draw stand-ins."""
    archives = [Path(setup.data_dir) / f"{name.upper()}.zip" for name in STUDIES]
    real = not setup.small and all(archive.is_file() for archive in archives)
    config = {
        **load_config(ROOT).model_dump(),
        "data_dir": setup.data_dir,
        "standins": not real,
    }
    with contextlib.chdir(setup.folder):  # so that nothing is taken for a build of the user's
        plan = Plan.read({**config, "studies": list(STUDIES)}, ROOT)
    images = 0
    for name in STUDIES:
        study = plan.studies[name]
        drawn: dict[str, Any] = study.data.drawn()
        drawn |= SMALLER[name] if setup.small else {}
        archive = Path(plan.archives[name].path)
        if not real:
            archive = setup.shared / f"{name}.zip"
            draw(archive=archive, **drawn)
        layout = plan.layout(study)
        kind = Layout.of(layout if real else {**layout, "size": [drawn["size"]] * 2})
        images += unpack_and_split(study, archive, kind, setup.shared / name)
    setup.leave("sources", dict.fromkeys(STUDIES, "real" if real else "stand-in"))
    lacking = "" if real or setup.small else f"; {archives[0].parent} lacks the archives"
    yield Line(
        "archives unpacked",
        PASSED,
        f"{images:,} images" + ("" if real else ", stand-ins"),
        detail=f"real images: {real}{lacking}",
    )


def unpack_and_split(study: Study, archive: Path, layout: Layout, folder: Path) -> int:
    """Write the arrays of a study and their split into ``folder``; give the number of images."""
    folder.mkdir()
    paths = {name: folder / file for name, file in FILES.items()}
    unpack(
        archive, layout, images=paths["images"], targets=paths["targets"], ids=folder / "ids.csv"
    )
    ids = pd.read_csv(folder / "ids.csv", keep_default_na=False)
    targets = np.load(paths["targets"], allow_pickle=False)
    parts = split(ids, targets, study.data.validation, study.data.split_seed)
    write_csv(paths["split"], parts)
    return len(ids)


def inputs_of(setup: Setup, study: str) -> dict[str, str]:
    """Give the files of a study by the names that a training knows them by."""
    return {name: str(setup.shared / study / file) for name, file in FILES.items()}
