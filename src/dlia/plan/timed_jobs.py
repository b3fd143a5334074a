"""The jobs whose run time the timing table lists: all that run before the table is written."""

from collections.abc import Iterator
from pathlib import Path

from dlia.plan import outputs
from dlia.plan.plan import Plan
from dlia.study.model import Study
from dlia.study.origins import STANDIN

TimedJob = dict[str, str]


def timed_jobs(plan: Plan, study: Study) -> list[TimedJob]:
    """List the timed jobs of a study, in the order of the steps.

    Args:
        plan: The plan of the build.
        study: The study.

    Returns:
        One mapping per job: job (the rule's name), step, exercise and variant ("" if not
        applicable), data (real or stand-in), and file (one of its outputs).
    """
    kind = plan.archives[study.name].kind
    jobs = [
        *_on_data(plan, study),
        *_on_variants(plan, study),
        *_on_exercises(plan, study),
        *_on_shows(plan, study),
        *_on_study(study),
    ]
    return [{**job, "data": kind} for job in jobs]


def _on_data(plan: Plan, study: Study) -> Iterator[TimedJob]:
    name, choice = study.name, plan.archives[study.name]
    files = {"unpack": "source.json", "split": "split.csv", "describe": "balance.csv"}
    if choice.kind == STANDIN:
        yield _job("draw_standin", name, choice.path)
    known = plan.pretrained(study)
    shown = [
        plan.network(study, e) for e in study.exercises.values() if e.network and "tsne" in e.shows
    ]
    begun = [*(variant for _, variant in plan.trained_variants(study)), *shown]
    used = (plan.weights(study, variant) for variant in begun)
    for path in dict.fromkeys(path for path in used if path in known):
        yield _job("pretrain", f"{name}_{Path(path).stem}", path)
    for step, file in files.items():
        yield _job(step, name, f"results/data/{name}/{file}")


def _on_variants(plan: Plan, study: Study) -> Iterator[TimedJob]:
    trained, predicting = plan.trained_variants(study), plan.predicting_variants(study)
    steps = (("train", "run.json", trained), ("predict", "predictions.safetensors", predicting))
    for step, file, variants in steps:
        for _, variant in variants:
            of = f"{variant.exercise}_{variant.name}"
            job = _job(step, of, f"results/{variant.key}/{file}")
            yield job | {"exercise": variant.exercise, "variant": variant.name}


def _on_shows(plan: Plan, study: Study) -> Iterator[TimedJob]:
    for _, exercise, kind in plan.shows(study):
        tables, figures = outputs.show_files(exercise, kind)
        for file in [*tables, *figures][:1]:
            yield _job(f"show_{kind}", exercise.id, file) | {"exercise": exercise.id}


def _on_exercises(plan: Plan, study: Study) -> Iterator[TimedJob]:
    for _, exercise in plan.exercises(study):
        files = {
            "evaluate": "summary.csv",
            "compare": "comparisons.csv",
            **({"measure_speed": "speed.csv"} if exercise.level else {}),
            **({"agree": "agreement.csv"} if exercise.agreement else {}),
            "draw": "figures/curves.svg",
        }
        if plan.config.readings and exercise.read:
            files |= {"evaluate_readings": "readings/summary.csv", "draw_readings": "readings.csv"}
        for step, file in files.items():
            job = _job(step, exercise.id, f"results/{exercise.id}/{file}")
            yield job | {"exercise": exercise.id}


def _on_study(study: Study) -> Iterator[TimedJob]:
    name = study.name
    yield _job("judge", f"claims_{name}", f"results/{name}/claims.csv")
    yield _job("judge", f"times_{name}", f"results/{name}/claims_timing.csv")
    yield _job("list", f"hyperparameters_{name}", f"results/{name}/hyperparameters.csv")
    if any(exercise.variants for exercise in study.exercises.values()):
        yield _job("draw_headline", name, f"results/{name}/figures/headline.svg")


def _job(step: str, of: str, file: str) -> TimedJob:
    return {"job": f"{step}_{of}", "step": step, "exercise": "", "variant": "", "file": file}
