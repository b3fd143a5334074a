"""The jobs whose run time the timing table lists: all that run before the table is written."""

from collections.abc import Iterator

from dlia.data.choice import STANDIN
from dlia.plan.plan import Plan

TimedJob = dict[str, str]


def timed_jobs(plan: Plan) -> list[TimedJob]:
    """List the timed jobs, in the order of the steps.

    Args:
        plan: The plan of the build.

    Returns:
        One mapping per job: job (the rule's name), step, exercise and variant ("" if not
        applicable), data (real or stand-in), and file (one of its outputs).
    """
    return [
        *_on_data(plan),
        *_on_variants(plan),
        *_on_exercises(plan),
        *_on_shows(plan),
        *_on_all(plan),
    ]


def _on_data(plan: Plan) -> Iterator[TimedJob]:
    for name, choice in plan.archives.items():
        files = {"unpack": "source.json", "split": "split.csv", "describe": "balance.csv"}
        if choice.kind == STANDIN:
            yield _job("draw_standin", name, choice.kind, choice.path)
        for step, file in files.items():
            yield _job(step, name, choice.kind, f"results/data/{name}/{file}")


def _on_variants(plan: Plan) -> Iterator[TimedJob]:
    trained, predicting = plan.trained_variants(), plan.predicting_variants()
    steps = (("train", "run.json", trained), ("predict", "predictions.safetensors", predicting))
    for step, file, variants in steps:
        for study, variant in variants:
            job = _job(
                step,
                f"{variant.exercise}_{variant.name}",
                plan.archives[study.name].kind,
                f"results/{variant.key}/{file}",
            )
            yield job | {"exercise": variant.exercise, "variant": variant.name}


def _on_shows(plan: Plan) -> Iterator[TimedJob]:
    for study, exercise, kind in plan.shows():
        tables, figures = plan.show_files(exercise, kind)
        job = _job(
            f"show_{kind}", exercise.id, plan.archives[study.name].kind, [*tables, *figures][0]
        )
        yield job | {"exercise": exercise.id}


def _on_exercises(plan: Plan) -> Iterator[TimedJob]:
    for study, exercise in plan.exercises():
        files = {
            "evaluate": "summary.csv",
            "compare": "comparisons.csv",
            **({"measure_speed": "speed.csv"} if exercise.level else {}),
            "draw": "figures/curves.svg",
        }
        if plan.config.readings and exercise.read:
            files |= {"evaluate_readings": "readings/summary.csv", "draw_readings": "readings.csv"}
        for step, file in files.items():
            path = f"results/{exercise.id}/{file}"
            job = _job(step, exercise.id, plan.archives[study.name].kind, path)
            yield job | {"exercise": exercise.id}


def _on_all(plan: Plan) -> Iterator[TimedJob]:
    kinds = " and ".join(sorted({choice.kind for choice in plan.archives.values()}))
    yield _job("judge", "claims", kinds, "results/claims.csv")
    yield _job("judge", "claims_about_time", kinds, "results/claims_timing.csv")
    yield _job("list", "hyperparameters", kinds, "results/hyperparameters.csv")


def _job(step: str, of: str, data: str, file: str) -> TimedJob:
    names = {"job": f"{step}_{of}", "step": step, "exercise": "", "variant": ""}
    return {**names, "data": data, "file": file}
