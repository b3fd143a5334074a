"""Which reports a build writes, about which studies, and where."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import get_args

from dlia.errors import UserError
from dlia.study.config import Config, Format, Report
from dlia.study.load import study_file
from dlia.study.model import Exercise, Study

# The tables of every study, in results/<study>/. Those of all studies are collected in results/.
TABLES = ("claims", "claims_timing", "hyperparameters", "timing")
FRONT_PAGE = "results/report.html"
NUMBER_FILES = ("results/numbers.tex", "results/numbers.json")


def check_reports(config: Config, root: Path) -> None:
    """Refuse reports about studies that do not exist, and names that two reports would have.

    Args:
        config: The configuration.
        root: The folder of the build; its studies replace those of the project.

    Raises:
        UserError: Names the report.
    """
    for name, report in config.reports.items():
        for study in report.studies:
            study_file(study, root, f"reports.{name}.studies")
        if name in config.studies and report.studies != [name]:
            raise UserError(
                f"config.yaml: reports.{name}: is also the name of a study, which gets a report of "
                "this name where it is built alone; rename the report"
            )


def reports_of(config: Config, studies: Mapping[str, Study]) -> dict[str, Report]:
    """Return the reports of a build, by name.

    They are those of config.yaml of which all studies are built, so that a build of some studies
    leaves the other reports as they are. A study that is in none of them gets one of its own, with
    the author of the report that it would be in.
    """
    return {
        name: config.reports.get(name) or _of_its_own(studies[name], config)
        for name in studies_of_reports(config, [*studies])
    }


def studies_of_reports(config: Config, studies: Sequence[str]) -> dict[str, list[str]]:
    """Return the studies of each report that a build of ``studies`` writes, by its name."""
    whole = {n: r.studies for n, r in config.reports.items() if {*studies} >= {*r.studies}}
    told = {study for own in whole.values() for study in own}
    return whole | {study: [study] for study in studies if study not in told}


def _of_its_own(study: Study, config: Config) -> Report:
    listed = [report for report in config.reports.values() if study.name in report.studies]
    known = {"course": listed[0].course, "author": listed[0].author} if listed else {}
    return Report(title=study.title, studies=[study.name], **known)


def tables_there(table: str, studies: Mapping[str, Study]) -> list[str]:
    """Return the files of a table of every study, of this build and of earlier ones."""
    return _there(f"*/{table}.csv", [f"{name}/{table}.csv" for name in studies])


def summaries_there(exercises: Iterable[Exercise]) -> list[str]:
    """Return the summaries of exercises, of this build and of earlier ones."""
    return _there("*/summary.csv", [f"{exercise.id}/summary.csv" for exercise in exercises])


def reports_there(built: list[str]) -> list[str]:
    """Return the files of all reports and their outlines, of this build and of earlier ones.

    Args:
        built: The files of the reports of this build.
    """
    outlines = _there("reports/*.json", [f"reports/{Path(file).stem}.json" for file in built])
    formats = get_args(Format)
    files = [Path(each).with_suffix(f".{suffix}") for each in outlines for suffix in formats]
    return sorted({*outlines, *built, *(file.as_posix() for file in files if file.is_file())})


def _there(pattern: str, built: list[str]) -> list[str]:
    """Return files in results/, sorted, so that it does not matter which of them are built."""
    results = Path("results")
    there = {path.as_posix() for path in results.glob(pattern)}
    return sorted(there.union(f"{results}/{name}" for name in built))
