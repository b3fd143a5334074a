"""Reads studies/*.yaml."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from dlia.errors import UserError
from dlia.study.check_settings import study_problems
from dlia.study.document import Document
from dlia.study.messages import Problem, suggestion
from dlia.study.model import Exercise, Study, Variant
from dlia.study.resolve import Resolver
from dlia.study.task import Task
from dlia.study.validate import FaultyError, parse, refuse
from dlia.study.yaml_files import ROOT, load_yaml, own_or_project

# Folders in results/ that belong to no study and no exercise.
_FOLDERS = {"data", "figures", "checkpoints", "benchmarks", "reports"}


def read_studies(names: list[str], root: Path, tasks: Mapping[str, Task]) -> dict[str, Study]:
    """Read the studies ``names`` from studies/ below ``root``, or from the project's studies/.

    Args:
        names: The names of the files, without their suffix.
        root: The folder of the build; its studies replace those of the project.
        tasks: All available tasks, by name.

    Returns:
        The validated studies, by name.

    Raises:
        UserError: A file is invalid; the message lists file, key and fault for all faults of it.
    """
    studies = {name: _read_study(name, root, tasks) for name in names}
    owners: dict[str, str] = {}
    rules: dict[str, str] = {}
    for study in studies.values():
        for exercise in study.exercises.values():
            if exercise.id in owners:
                raise UserError(
                    f"studies/{study.name}.yaml: exercises.{exercise.id}: "
                    f"studies/{owners[exercise.id]}.yaml has an exercise of this name; rename one"
                )
            owners[exercise.id] = study.name
            for variant in all_trainings(exercise):
                rule = f"{exercise.id}_{variant.name}"
                if rules.get(rule) == variant.key:
                    raise UserError(
                        f"studies/{study.name}.yaml: exercises.{exercise.id}.variants."
                        f"{variant.name}: a candidate or a reading of another variant has this "
                        "name; rename the variant"
                    )
                if rule in rules:
                    raise UserError(
                        f"studies/{study.name}.yaml: {variant.key} and {rules[rule]} would both be "
                        f"trained by a rule train_{rule}; rename one"
                    )
                rules[rule] = variant.key
    return studies


def all_trainings(exercise: Exercise) -> Iterator[Variant]:
    """Yield the variants of an exercise, and the candidates and readings of their settings."""
    yield from all_tested(exercise)
    yield from exercise.candidate_trainings


def all_tested(exercise: Exercise) -> Iterator[Variant]:
    """Yield each variant of an exercise, and its readings after it."""
    for variant in exercise.variants.values():
        yield variant
        if not variant.same_as:
            yield from (reading.variant for reading in variant.readings)


def all_variants(studies: dict[str, Study]) -> dict[str, Variant]:
    """Return the variants of all ``studies`` by their key, in the order of the files."""
    return {
        variant.key: variant
        for study in studies.values()
        for exercise in study.exercises.values()
        for variant in exercise.variants.values()
    }


def study_file(name: str, root: Path, key: str = "studies") -> Path:
    """Return the file of a study: in studies/ below ``root``, or in the project's studies/.

    Raises:
        UserError: There is no such file; the message names the ``key`` of config.yaml.
    """
    shown = f"studies/{name}.yaml"
    path = own_or_project(shown, root)
    if not path.is_file():
        known = {file.stem for folder in (root, ROOT) for file in folder.glob("studies/*.yaml")}
        meant = suggestion(name, sorted(known))
        raise UserError(f"config.yaml: {key}: there is no {shown}{meant}")
    return path


def _read_study(name: str, root: Path, tasks: Mapping[str, Task]) -> Study:
    path = study_file(name, root)
    own = root / f"studies/{name}.yaml"
    shown = f"studies/{name}.yaml" if path == own else str(path)
    try:
        document = parse(Document, load_yaml(path, shown))
    except FaultyError as refused:
        refuse(shown, refused.problems)
    if document.task not in tasks:
        text = f"{document.task} is not one of {', '.join(tasks)}{suggestion(document.task, [])}"
        refuse(shown, [Problem("task", text)])
    task = tasks[document.task]
    refuse(shown, study_problems(document, task))
    if name in _FOLDERS:
        raise UserError(f"{shown}: results/ has a folder of this name; rename the file")
    text = "is the name of a folder in results/; choose another name"
    refuse(shown, [Problem(f"exercises.{e}", text) for e in document.exercises if e in _FOLDERS])
    return Resolver(name, shown, document, task).study()
