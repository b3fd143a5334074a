"""What is raced: two variants of the studies, and their data as every contestant reads them."""

import contextlib
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from contestant import Task
from dlia.data.splits import split
from dlia.data.standins import draw
from dlia.data.unpack import Layout, unpack
from dlia.errors import UserError
from dlia.plan.plan import Plan
from dlia.runtime.files import write_csv
from dlia.study.config import load_config
from dlia.study.model import Study

ROOT = Path(__file__).resolve().parents[1]
# Study and variant of every case; the name of a case is that of its exercise. Of ex2_1 the one with
# the low rate: trainings of the other collapse now and then, by seed, and could not be compared.
VARIANTS = {"ex1_2": ("mnist", "ex1_2/sgd"), "ex2_1": ("warwick", "ex2_1/baseline_2019")}
# The validation metric that the time is taken to, where there is one; and the epochs of a run.
LEVELS = {"ex1_2": 0.985}
EPOCHS = {"ex1_2": 16, "ex2_1": 30}


@dataclass(frozen=True)
class Case:
    """One network on one data set.

    Attributes:
        name: Its exercise.
        variant: The variant that its settings are from.
        kind: "real" or "stand-in".
        metric: accuracy or dice.
        level: The validation metric that the time is taken to, or None.
        margin: How much less of the metric still counts as learning as much.
        epochs: Epochs of a run.
        training_images: Images of an epoch.
        preparation: Seconds that it took to make the arrays, and the folder of PNG files.
        task: What contestants are told, but for seed, trials, workers and scratch.
    """

    name: str
    variant: str
    kind: str
    metric: str
    level: float | None
    margin: float
    epochs: int
    training_images: int
    preparation: dict[str, float]
    task: Task


def read_plan(data_dir: str | None, standins: bool, scratch: Path) -> Plan:
    """Read the studies, and choose the archives: real ones, unless stand-ins are asked for.

    Raises:
        UserError: There are no real archives, and no stand-ins are asked for.
    """
    config = load_config(ROOT)
    folder = (ROOT / (data_dir or config["data_dir"])).resolve()
    # In the scratch folder, so that nothing is taken for a build of the user's.
    with contextlib.chdir(scratch):
        try:
            return Plan.read({**config, "data_dir": str(folder), "standins": standins}, ROOT)
        except UserError as error:
            first = str(error).partition(";")[0]
            raise UserError(
                f"{first}.\nTimes on drawn images would say nothing about the exercises. Name the "
                "folder of the archives, make bench ARGS='--data-dir /where/they/are', or try the "
                "benchmark out on stand-ins: make bench ARGS=--standins"
            ) from None


def prepare(
    name: str, plan: Plan, device: str, epochs: int | None, pictures: bool, scratch: Path
) -> Case:
    """Make the data of a case below ``scratch``: arrays as dlia's rules do, and a folder of PNGs.

    Args:
        name: A key of ``VARIANTS``.
        plan: The studies and archives.
        device: cpu or cuda.
        epochs: Epochs of a run; None for those in ``EPOCHS``.
        pictures: Whether anybody reads the folder of PNG files, which takes a while to write.
        scratch: The folder that ``plan`` was read in.
    """
    study_name, key = VARIANTS[name]
    study = plan.studies[study_name]
    choice = plan.archives[study_name]
    archive, folder = scratch / choice.path, scratch / study_name
    if choice.kind == "stand-in" and not archive.exists():
        draw(archive=archive, **study.data["standin"])
    started = time.monotonic()
    inputs = make_arrays(study, archive, plan.layout(study), folder)
    unpacked = time.monotonic()
    if pictures:
        make_pictures(archive, folder)
    pictured = time.monotonic()
    epochs = epochs or EPOCHS[name]
    settings = {**study.variant(key).training_settings, "epochs": epochs}
    images = np.load(inputs["images"], mmap_mode="r")
    table = pd.read_csv(inputs["split"], keep_default_na=False)
    return Case(
        name=name,
        variant=key,
        kind=choice.kind,
        metric=study.metric,
        level=LEVELS.get(name),
        margin=plan.config["margins"][study.metric],
        epochs=epochs,
        training_images=int((table["part"] == "train").sum()),
        preparation={"arrays": unpacked - started, "pictures": pictured - unpacked},
        task=Task(
            settings=settings,
            task=study.task,
            classes=len(study.data["classes"]),
            image_shape=settings.input.shape(
                (study.data["channels"], images.shape[1], images.shape[2])
            ),
            seed=plan.config["seed"],
            trials=1,
            workers=1,
            device=device,
            inputs=inputs,
            pictures=str(folder / "pictures"),
            scratch="",
        ),
    )


def make_arrays(
    study: Study, archive: Path, layout: dict[str, Any], folder: Path
) -> dict[str, str]:
    """Unpack and split an archive as the workflow's rules do; give the files by dlia's names."""
    paths = {name: folder / f"{name}.npy" for name in ("images", "targets")}
    unpack(
        archive,
        Layout(layout["kind"], tuple(layout["size"]), layout["channels"], tuple(layout["classes"])),
        **paths,
        ids=folder / "ids.csv",
    )
    ids = pd.read_csv(folder / "ids.csv", keep_default_na=False)
    targets = np.load(paths["targets"], allow_pickle=False)
    table = split(ids, targets, study.data["validation"], study.data["split_seed"])
    write_csv(folder / "split.csv", table)
    return {**{n: str(path) for n, path in paths.items()}, "split": str(folder / "split.csv")}


def make_pictures(archive: Path, folder: Path) -> None:
    """Take the PNG files of both parts out of an archive: pictures/<part>/[<class>/]<name>.png.

    The parts are those of the arrays. Test images stay in the archive.
    """
    files = pd.read_csv(folder / "ids.csv", keep_default_na=False)["file"]
    table = pd.read_csv(folder / "split.csv", keep_default_na=False).assign(file=files)
    with zipfile.ZipFile(archive) as opened:
        names = set(opened.namelist())
        for row in table[table["part"] != "test"].itertuples():
            below = str(row.id).partition("/")[2]
            pairs = {below: str(row.file)}
            mask = str(row.file).replace("image_", "label_")
            if mask != row.file and mask in names:
                pairs[below.replace("image_", "label_")] = mask
            for target, entry in pairs.items():
                path = folder / "pictures" / str(row.part) / f"{target}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(opened.read(entry))
