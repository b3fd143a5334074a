"""The studies of the project, read once for all tests of a process."""

from functools import cache

from conftest import ROOT

from dlia.study.model import Study
from dlia.tasks.studies import load_studies


@cache
def own_study(name: str) -> Study:
    """Return a study of the project, as it stands."""
    return load_studies([name], ROOT)[name]


def own_studies(*names: str) -> dict[str, Study]:
    """Return some of the studies of the project."""
    return {name: own_study(name) for name in names}
