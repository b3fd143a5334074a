"""The two cases: a variant of each study, and its data as the contestants read them."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dlia.data.arrays import Arrays
from dlia.data.splits import split
from dlia.data.standins import draw
from dlia.data.unpack import Layout, unpack
from dlia.errors import UserError
from dlia.runtime.files import write_csv
from dlia.study.config import Config
from dlia.study.model import Study
from dlia.tasks.studies import load_studies
from dlia.training.input_shape import input_shape
from task import Task

ROOT = Path(__file__).resolve().parents[1]
# Study, variant, epochs of a run, and the validation metric to which the time is measured. Of ex2_1
# the variant with the low learning rate: some trainings of the other one collapse.
CASES: dict[str, tuple[str, str, int, float | None]] = {
    "ex1_2": ("mnist", "ex1_2/sgd", 16, 0.985),
    "ex2_1": ("warwick", "ex2_1/baseline_2019", 30, None),
}
# The contestants measure validation images, whatever the variant of the study does.
MONITORED = {"fit": "train", "monitor": ["train", "validation"]}


def study_of(case: str) -> Study:
    """Read the study of a case."""
    return load_studies([CASES[case][0]], ROOT)[CASES[case][0]]


def prepare(case: str, config: Config, folder: Path, device: str, epochs: int) -> Task:
    """Write the data of a case into a folder, as the workflow does, and return its training."""
    data, drawn = study_of(case).data, config.standins is True
    archive = (folder if drawn else ROOT / config.data_dir) / data.archive
    height, width = [data.standin.size] * 2 if drawn else data.size
    if drawn:
        options: dict[str, Any] = data.drawn()
        draw(archive=archive, **options)
    elif not archive.is_file():
        raise UserError(f"{archive}: no such archive; name its folder by --data-dir, or --standins")
    layout = Layout(data.layout_name, (height, width), data.channels, tuple(data.classes))
    images, targets, ids = (folder / name for name in ("images.npy", "targets.npy", "ids.csv"))
    unpack(archive, layout, images=images, targets=targets, ids=ids)
    table = pd.read_csv(ids, keep_default_na=False)
    parts = split(table, np.load(targets), data.validation, data.split_seed)
    write_csv(folder / "split.csv", parts)
    extract_pictures(archive, parts.assign(file=table["file"]), folder / "pictures")
    return task_of(case, folder, device, epochs, config.seed)


def extract_pictures(archive: Path, table: pd.DataFrame, folder: Path) -> None:
    """Extract the PNG files of training and validation: <part>/[<class>/]<name>.png."""
    with zipfile.ZipFile(archive) as opened:
        for row in table[table["part"] != "test"].astype(str).to_dict("records"):
            path = folder / row["part"] / f"{row['id'].partition('/')[2]}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(opened.read(row["file"]))
            mask = row["file"].replace("image_", "label_")
            if mask != row["file"]:
                label = path.with_name(path.name.replace("image_", "label_"))
                label.write_bytes(opened.read(mask))


def task_of(case: str, folder: Path, device: str, epochs: int, seed: int) -> Task:
    """Return the training of a case on the data in a folder."""
    study = study_of(case)
    files = [folder / name for name in ("images.npy", "targets.npy", "split.csv")]
    inputs = {file.stem: str(file) for file in files}
    arrays = Arrays.open(**inputs)
    settings = study.variant(CASES[case][1]).settings
    return Task(
        settings={**settings.of_training(), **MONITORED, "epochs": epochs},
        task=study.task.name,
        metric=study.metric,
        classes=len(study.data.classes),
        image_shape=list(input_shape(settings, arrays.stored_shape)),
        training_images=len(arrays.rows("train")),
        inputs=inputs,
        device=device,
        seed=seed,
    )
