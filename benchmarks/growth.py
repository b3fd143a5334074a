"""How time and memory of dlia's training grow with images, trials and the side of an image.

``python benchmarks/growth.py`` measures that alone and puts it into the results that are there.
"""

import dataclasses
import statistics
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import racing
from cases import VARIANTS
from contestant import Task
from dlia.plan.plan import Plan
from reckoning import exponent

IMAGES = (1_000, 4_000, 15_000, 60_000)
TRIALS = (1, 2, 4, 8, 16, 32)
SIDES = (32, 64, 128, 256)
# What is not varied; a side is that of the segmenter's images, as the digits have but one size.
IMAGES_OF_TRIALS, IMAGES_OF_SIDES = 1_000, 64
EPOCHS, REPEATS = 2, 2
SEED = 2021


def measured(plan: Plan, device: str, scratch: Path, small: bool) -> dict[str, Any]:
    """Measure all three kinds of growth, each point in processes of its own.

    Images are drawn as noise: what they show does not matter for time and memory. Trials are
    trained by one worker, so that the number of cores does not matter.

    Args:
        plan: The studies, whose settings are used.
        device: cpu or cuda.
        scratch: A folder for files.
        small: Take the two smallest sizes only, to try the whole out.

    Returns:
        By images, trials, side: the points, each with its size, ``seconds`` (all epochs with
        their measuring, without start-up), ``seconds_in_all`` and ``peak_memory_mib``, medians of
        the repeats; and the ``exponents`` of seconds and of memory.
    """
    take, repeats = (2, 1) if small else (None, REPEATS)
    tasks = {
        "images": [(n, drawn_task(plan, "ex1_2", n, 28)) for n in IMAGES[:take]],
        "trials": [
            (n, dataclasses.replace(drawn_task(plan, "ex1_2", IMAGES_OF_TRIALS, 28), trials=n))
            for n in TRIALS[:take]
        ],
        "side": [(n, drawn_task(plan, "ex2_1", IMAGES_OF_SIDES, n)) for n in SIDES[:take]],
    }
    found: dict[str, Any] = {}
    for kind, sized in tasks.items():
        points = []
        for size, task in sized:
            print(f"growth: {kind} {size}", flush=True)
            folder = scratch / "growth" / f"{kind}_{size}"
            ready = dataclasses.replace(
                task, device=device, inputs=draw_arrays(task, size, kind, folder)
            )
            points.append({"size": size, **point(ready, folder, repeats)})
        if kind == "trials":
            points = without_startup(points)
        found[kind] = {"points": points, "exponents": exponents(points)}
    found["conditions"] = {
        "epochs": EPOCHS,
        "repeats": repeats,
        "workers": 1,
        "images_of_trials": IMAGES_OF_TRIALS,
        "images_of_sides": IMAGES_OF_SIDES,
        "variants": [key for _, key in VARIANTS.values()],
    }
    return found


def drawn_task(plan: Plan, case: str, images: int, side: int) -> Task:
    """Give a task with a variant's settings, on ``images`` training images that are yet to draw."""
    study_name, key = VARIANTS[case]
    study = plan.studies[study_name]
    return Task(
        settings={**study.variant(key).training_settings, "epochs": EPOCHS},
        task=study.task,
        classes=len(study.data["classes"]),
        image_shape=(study.data["channels"], side, side),
        seed=SEED,
        trials=1,
        workers=1,
        device="cpu",
        inputs={"images": str(images)},
        pictures="",
        scratch="",
    )


def draw_arrays(task: Task, size: int, kind: str, folder: Path) -> dict[str, str]:
    """Draw training images and a tenth as many for validation; give the files by dlia's names."""
    folder.mkdir(parents=True)
    training = int(task.inputs["images"])
    count = training + training // 10
    channels, side, _ = task.image_shape
    shape = (count, side, side) if channels == 1 else (count, side, side, channels)
    generator = np.random.default_rng([SEED, size, len(kind)])
    labelled = (count,) if task.task == "classification" else (count, side, side)
    paths = {name: folder / f"{name}.npy" for name in ("images", "targets")}
    np.save(paths["images"], generator.integers(0, 256, shape, dtype=np.uint8))
    np.save(paths["targets"], generator.integers(0, task.classes, labelled))
    parts = np.where(np.arange(count) < training, "train", "validation")
    table = pd.DataFrame({"id": np.arange(count), "part": parts, "fold": 0})
    table.to_csv(folder / "split.csv", index=False)
    return {**{n: str(path) for n, path in paths.items()}, "split": str(folder / "split.csv")}


def point(task: Task, folder: Path, repeats: int) -> dict[str, float]:
    """Train ``repeats`` times; give the medians of the seconds and of the memory."""
    seconds, in_all, peaks = [], [], []
    for repeat in range(repeats):
        scratch = folder / str(repeat)
        scratch.mkdir()
        run = racing.watched("dlia", dataclasses.replace(task, scratch=str(scratch)))
        in_all.append(run.seconds)
        peaks.append(run.peak_memory_mib)
        seconds.append(run.said["seconds"])
    return {
        "seconds": statistics.median(seconds),
        "seconds_in_all": statistics.median(in_all),
        "peak_memory_mib": statistics.median(peaks),
    }


def without_startup(points: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give points by the number of trials with ``seconds`` that hold for any engine.

    Trials that an engine trains as one share their seconds, and those of trials side by side
    overlap. So the seconds of several are those of the process, less the start-up of the first
    point's process.
    """
    startup = points[0]["seconds_in_all"] - points[0]["seconds"]
    return [{**point, "seconds": point["seconds_in_all"] - startup} for point in points]


def exponents(points: list[dict[str, Any]]) -> dict[str, float | None]:
    """Give the exponents by which seconds and memory grow with the sizes."""
    sizes = [point["size"] for point in points]
    return {
        name: exponent(sizes, [point[name] for point in points])
        for name in ("seconds", "peak_memory_mib")
    }


if __name__ == "__main__":
    from bench import main

    sys.exit(main(["--only", "growth", *sys.argv[1:]]))
