"""How time and memory of dlia's training grow with images, trials and the side of an image.

Trains on noise, because what images show does not matter, and with one worker.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cases import study_of, task_of
from race import race

SIZES = {
    "images": (1_000, 4_000, 15_000, 60_000),
    "trials": (1, 2, 4, 8, 16, 32),
    "side": (32, 64, 128, 256),
}
FIXED = {
    "images": {"case": "ex1_2", "trials": 1, "side": 28},
    "trials": {"case": "ex1_2", "images": 1_000, "side": 28},
    "side": {"case": "ex2_1", "images": 64, "trials": 1},
}
EPOCHS, REPEATS, SEED = 2, 2, 2021


def measure_growth(device: str, scratch: Path, small: bool) -> dict[str, Any]:
    """Train with different sizes; ``small`` takes the two smallest only, to try it out.

    ``seconds`` are those of all epochs with their validation, without the start-up.
    """
    found: dict[str, Any] = {"conditions": {"epochs": EPOCHS, "repeats": REPEATS, "fixed": FIXED}}
    for kind, sizes in SIZES.items():
        sizes = sizes[:2] if small else sizes
        medians = [measure_point(kind, size, device, scratch / f"{kind}_{size}") for size in sizes]
        points = pd.DataFrame(medians).assign(size=sizes)
        if kind == "trials":  # they overlap, so that the seconds of the process count
            startup = points["seconds_in_all"] - points["seconds"]
            points["seconds"] = points["seconds_in_all"] - startup.iloc[0]
        exponents = {m: exponent(points["size"], points[m]) for m in ("seconds", "peak_memory_mib")}
        found[kind] = {"points": points.to_dict("records"), "exponents": exponents}
    return found


def measure_point(kind: str, size: int, device: str, folder: Path) -> pd.Series:
    """Train with one size, and return the medians of the repeats."""
    print(f"growth: {kind} {size}", flush=True)
    varied: dict[str, Any] = {**FIXED[kind], kind: size}
    draw_noise(varied["case"], varied["images"], varied["side"], folder)
    task = replace(task_of(varied["case"], folder, device, EPOCHS, SEED), trials=varied["trials"])
    tasks = [replace(task, folder=str(folder / str(number))) for number in range(REPEATS)]
    runs = pd.json_normalize([race(task, "dlia") for task in tasks])
    named = runs.rename(columns={"seconds": "seconds_in_all", "said.seconds": "seconds"})
    return named[["seconds", "seconds_in_all", "peak_memory_mib"]].median()


def exponent(sizes: pd.Series, values: pd.Series) -> float:
    """Fit values = constant * sizes ** exponent, by least squares of the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(values.clip(lower=0.01)), deg=1)[0])


def draw_noise(case: str, images: int, side: int, folder: Path) -> None:
    """Draw training images of a case, and a tenth as many for validation."""
    study, count = study_of(case), images + images // 10
    shape = (count, side, side, study.data.channels)
    labelled = shape[:3] if study.task.per_pixel else shape[:1]
    generator = np.random.default_rng([SEED, images, side])
    folder.mkdir()
    np.save(folder / "images.npy", generator.integers(0, 256, shape, dtype=np.uint8))
    np.save(folder / "targets.npy", generator.integers(0, len(study.data.classes), labelled))
    parts = np.where(np.arange(count) < images, "train", "validation")
    table = pd.DataFrame({"id": np.arange(count), "part": parts, "fold": 0})
    table.to_csv(folder / "split.csv", index=False)
