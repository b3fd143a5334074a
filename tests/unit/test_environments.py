"""The conda environment of the rules: the versions of requirements.txt, and nothing forgotten."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker

from dlia.study.yaml_files import ROOT

CONDA = yaml.safe_load((ROOT / "workflow/envs/dlia.yaml").read_text(encoding="utf-8"))
ENTRY = re.compile(r"^([\w.-]+)==([\w.]+)(?: ; (.*?))? \\$", re.MULTILINE)
RULES = sorted((ROOT / "workflow/rules").glob("*.smk"))


def python() -> str:
    """Give the Python that conda gives."""
    (given,) = (e for e in CONDA["dependencies"] if isinstance(e, str) and e.startswith("python="))
    return given.removeprefix("python=")


def locked() -> dict[str, str]:
    """Give what the requirements come to on Linux with that Python."""
    machine = {"python_version": python(), "python_full_version": f"{python()}.0"}
    machine |= {"sys_platform": "linux", "platform_machine": "x86_64"}
    text = (ROOT / "requirements.txt").read_text()
    return {
        name: version
        for name, version, marker in ENTRY.findall(text)
        if not marker or Marker(marker).evaluate(machine)
    }


def pinned() -> dict[str, str]:
    (of_pip,) = (entry["pip"] for entry in CONDA["dependencies"] if isinstance(entry, dict))
    return dict(entry.split("==") for entry in of_pip)


def imported(path: Path) -> set[str]:
    """Give the packages of others that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {"dlia"}


def test_conda_gives_the_versions_of_the_requirements():
    of_requirements = locked()
    assert len(of_requirements) > 50
    assert pinned() == {name: of_requirements.get(name, "not there") for name in pinned()}


def test_conda_gives_all_that_the_rules_import():
    files = [*(ROOT / "workflow/scripts").glob("*.py"), *(ROOT / "src/dlia").rglob("*.py")]
    of_rules = [f for f in files if f.parent.name != "commands" and f.name != "__main__.py"]
    wanted = set().union(*map(imported, of_rules))
    owners = importlib.metadata.packages_distributions()
    distributions = {owners[name][0].lower().replace("_", "-") for name in wanted}
    assert {"torch", "scikit-learn", "pyyaml"} <= distributions
    assert distributions <= pinned().keys()


def test_conda_gives_a_python_that_the_package_runs_on():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    least = [int(n) for n in project["requires-python"].removeprefix(">=").split(".")]
    assert [int(n) for n in python().split(".")] >= least


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_every_rule_that_executes_something_names_the_environment(path):
    rules = re.split(r"^ *rule(?: \w+)?:", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    for rule in rules:
        executes = re.search(r"^ *(script|shell|run|notebook|wrapper):", rule, flags=re.MULTILINE)
        assert rule.count("conda:") == rule.count("script:") == int(bool(executes)), rule
