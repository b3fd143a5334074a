"""The digest of code: what is computed counts, wherever it stands; how it is written does not."""

import ast
import dataclasses
import re
import shutil
from pathlib import Path

import pytest
from trainings import STUDIES, VARIANTS, settings_of

from dlia.plan.modules import training_modules
from dlia.runtime import code_digest
from dlia.study.yaml_files import ROOT

SCRIPTS = ROOT / "workflow" / "scripts"
FILES = {
    "script.py": '"""A script."""\nfrom dlia.near import area\n\nprint(area(2))\n',
    "dlia/__init__.py": '"""A package."""\n',
    "dlia/near.py": """
import math
from typing import TYPE_CHECKING

from dlia.far import Shape
from dlia.locks import lock

if TYPE_CHECKING:
    from dlia.types import Size


def area(size, unit="cm"):
    \"""Give the area.\"""
    from dlia.late import factor

    if size < 0:
        raise ValueError("no size")
    assert size, "positive"
    if size > 9:
        warn("large")
    print("the area", flush=True)
    return Shape.corners * size * factor, unit


def warn(words): ...
""",
    "dlia/far.py": "from .deep.inner import edges\n\n\nclass Shape:\n"
    '    """A shape."""\n\n    corners = 4\n',
    "dlia/late.py": "factor = (\n    1 + 1\n)\n",
    "dlia/locks.py": "from dlia.waits import wait\n\nlock = 1\n",
    "dlia/waits.py": "wait = 1\n",
    "dlia/types.py": "Size = 1\n",
    "dlia/apart.py": "from dlia.deep import depth\n\nunused = depth\n",
    "dlia/deep/__init__.py": "depth = 3\n",
    "dlia/deep/inner.py": "from .beside import edges\n",
    "dlia/deep/beside.py": "edges = 3\n",
}


class Package:
    """A checkout with code to fingerprint; edits reset what the process remembers."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = path
        monkeypatch.setattr(code_digest, "SOURCE", path)

    def digest(self, script: str | Path = "script.py", *modules: str) -> str:
        code_digest._code.cache_clear()
        code_digest._module_file.cache_clear()
        return code_digest.code_digest(self.path / script, *modules)

    def edit(self, file: str, old: str, new: str) -> None:
        text = (self.path / file).read_text()
        assert old in text
        (self.path / file).write_text(text.replace(old, new))

    def append(self, place: str, text: str) -> None:
        """Append to a file, or to all files of a folder."""
        path = self.path / place
        for file in [path] if path.is_file() else sorted(path.rglob("*.py")):
            file.write_text(file.read_text() + text)


@pytest.fixture
def package(tmp_path, monkeypatch):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(code_digest, "NO_NUMBERS", frozenset({"dlia.locks"}))
    yield Package(tmp_path, monkeypatch)
    code_digest._code.cache_clear()
    code_digest._module_file.cache_clear()


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Give a copy of the real package; the scripts are read where they are."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src" / "dlia", tmp_path / "dlia", ignore=ignored)
    yield Package(tmp_path, monkeypatch)
    code_digest._code.cache_clear()
    code_digest._module_file.cache_clear()


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        pytest.param("script.py", "print", "# Why.\nprint", id="comment in the script"),
        pytest.param("script.py", '"""A script."""\n', "", id="docstring of the script removed"),
        pytest.param("dlia/far.py", "4\n", "4  # a square\n", id="comment in a module"),
        pytest.param("dlia/__init__.py", "A package", "The package", id="docstring of a package"),
        pytest.param("dlia/near.py", "Give the area.", "Area.", id="docstring of a function"),
        pytest.param("dlia/near.py", '    """Give the area."""\n', "", id="function without one"),
        pytest.param("dlia/far.py", "A shape.", "Any\n\n    shape.", id="docstring of a class"),
        pytest.param("dlia/late.py", "(\n    1 + 1\n)", "1 + 1", id="parentheses and lines"),
        pytest.param("dlia/near.py", '"cm"', "'cm'", id="quotes"),
        pytest.param("dlia/near.py", '"cm"):', '"cm",):', id="trailing comma"),
        pytest.param("dlia/near.py", "\n\n\ndef", "\n\ndef", id="blank lines"),
        pytest.param("dlia/near.py", "no size", "a size is missing", id="words of an error"),
        pytest.param("dlia/near.py", '"no size"', 'f"{unit}: none"', id="other words of an error"),
        pytest.param("dlia/near.py", "positive", "above 0", id="words of an assertion"),
        pytest.param("dlia/near.py", "large", "huge", id="words of a warning"),
        pytest.param("dlia/near.py", "the area", "an area", id="words of a log"),
        pytest.param("dlia/locks.py", "1", "2", id="a module that computes no number"),
        pytest.param("dlia/waits.py", "1", "2", id="a module that only such a module imports"),
        pytest.param("dlia/types.py", "1", "2", id="a module that only type checkers import"),
    ],
)
def test_an_edit_that_executes_nothing_else_leaves_the_fingerprint(package, file, old, new):
    before = package.digest()
    package.edit(file, old, new)
    assert package.digest() == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        pytest.param("script.py", "area(2)", "area(3)", id="the script"),
        pytest.param("dlia/near.py", "* size *", "+ size *", id="an imported module"),
        pytest.param("dlia/near.py", '"cm"', '"mm"', id="a default in words"),
        pytest.param("dlia/far.py", "4", "5", id="a module that is imported by that"),
        pytest.param("dlia/late.py", "1 + 1", "1 + 2", id="a module imported inside a function"),
        pytest.param("dlia/near.py", "size < 0", "size < 1", id="when an error is raised"),
        pytest.param("dlia/deep/beside.py", "3", "4", id="a module imported relatively"),
        pytest.param("dlia/__init__.py", "\n", "\nX = 1\n", id="the package's __init__"),
        pytest.param("dlia/far.py", "corners = 4", "pass", id="code removed"),
    ],
)
def test_an_edit_of_code_that_is_executed_changes_the_fingerprint(package, file, old, new):
    before = package.digest()
    package.edit(file, old, new)
    assert package.digest() != before


@pytest.mark.parametrize("file", ["dlia/apart.py"])
def test_a_module_that_is_not_imported_does_not_count(package, file):
    before = package.digest()
    package.append(file, "more = 1\n")
    assert package.digest() == before


@pytest.mark.parametrize("file", ["dlia/apart.py", "dlia/deep/__init__.py"])
def test_a_module_found_by_name_counts_with_what_it_imports(package, file):
    before = package.digest("script.py", "dlia.apart")
    package.append(file, "more = 1\n")
    assert package.digest("script.py", "dlia.apart") != before


def test_a_module_found_by_name_changes_the_fingerprint(package):
    assert package.digest("script.py", "dlia.apart") != package.digest()


def test_a_field_that_only_newer_versions_of_python_have_does_not_count(package, monkeypatch):
    """Since 3.12, functions and classes have a list ``type_params``, which mostly is empty."""
    before, parse = package.digest(), ast.parse

    def newer(text):
        tree = parse(text)
        for node in ast.walk(tree):
            node._fields = (*node._fields, "of_newer_versions")
            node.of_newer_versions = []
        return tree

    monkeypatch.setattr(ast, "parse", newer)
    assert package.digest() == before


def test_a_module_that_is_imported_anyway_may_be_named_too(package):
    assert package.digest("script.py", "dlia.far") == package.digest()


def test_modules_that_import_each_other_are_followed_once(package):
    package.append("dlia/far.py", "import dlia.near\n")
    package.digest()


def test_the_place_of_the_checkout_does_not_count(package, tmp_path, monkeypatch):
    before = package.digest()
    shutil.copytree(tmp_path / "dlia", tmp_path / "moved" / "dlia")
    shutil.copy(tmp_path / "script.py", tmp_path / "moved")
    assert Package(tmp_path / "moved", monkeypatch).digest() == before


@pytest.mark.parametrize(
    ("script", "place"),
    [
        ("train", "figures"),
        ("train", "reporting"),
        ("train", "commands"),
        ("train", "study/load.py"),
        ("train", "study/resolve.py"),
        ("train", "plan/plan.py"),
        ("train", "evaluation/summary.py"),
        ("train", "models/fcn.py"),
        ("train", "data/splits.py"),
        ("evaluate", "training"),
        ("evaluate", "figures"),
        ("evaluate", "reporting"),
        ("evaluate", "study/load.py"),
        ("draw_figures", "training"),
        ("draw_figures", "models"),
        ("split", "training"),
        ("unpack", "data/splits.py"),
    ],
)
def test_a_step_does_not_rerun_for_code_that_it_does_not_execute(project, script, place):
    before = project.digest(SCRIPTS / f"{script}.py")
    project.append(f"dlia/{place}", "EDITED = 1\n")
    assert project.digest(SCRIPTS / f"{script}.py") == before


@pytest.mark.parametrize(
    ("script", "place"),
    [
        ("train", "training/loop.py"),
        ("train", "training/losses.py"),
        ("train", "models/__init__.py"),
        ("train", "models/initialization.py"),
        ("train", "data/rows.py"),
        ("train", "runtime/seeds.py"),
        ("predict", "tasks/__init__.py"),
        ("evaluate", "evaluation/statistics.py"),
        ("evaluate", "evaluation/predictions.py"),
        ("split", "data/splits.py"),
        ("unpack", "data/archives.py"),
        ("draw_figures", "figures/style.py"),
        ("report_html", "reporting/document.py"),
    ],
)
def test_a_step_reruns_for_code_that_it_executes(project, script, place):
    before = project.digest(SCRIPTS / f"{script}.py")
    project.append(f"dlia/{place}", "EDITED = 1\n")
    assert project.digest(SCRIPTS / f"{script}.py") != before


def test_no_training_reruns_for_modules_that_compute_no_number(project):
    modules = training_modules(STUDIES["mnist"], VARIANTS["ex1_2/sgd"])
    before = project.digest(SCRIPTS / "train.py", *modules)
    for module in code_digest.NO_NUMBERS:
        project.append(f"{module.replace('.', '/')}.py", "EDITED = 1\n")
    assert project.digest(SCRIPTS / "train.py", *modules) == before


def test_nothing_is_drawn_or_trained_again_for_claims_and_how_they_are_written(project):
    scripts = [f"{name}.py" for name in ("draw_standin", "unpack", "split", "pretrain", "train")]
    before = [project.digest(SCRIPTS / name) for name in scripts]
    for place in ("study/claims.py", "study/quantities.py", "formatting.py", "verdicts"):
        project.append(f"dlia/{place}", "EDITED = 1\n")
    project.append("dlia/data/choice.py", "EDITED = 1\n")
    assert [project.digest(SCRIPTS / name) for name in scripts] == before


def test_what_is_imported_by_name_is_named_to_the_fingerprint():
    """A module found by import_module escapes it; plan/modules.py must name it or its folder."""
    source = "".join(file.read_text() for file in (ROOT / "src" / "dlia").rglob("*.py"))
    found = re.findall(r'import_module\(f?"(dlia[\w.]*(?:\.\{)?)', source)
    assert len(found) == source.count("import_module(")
    places = (ROOT / "src" / "dlia" / "plan" / "modules.py").read_text()
    assert [name for name in found if f'"{name}' not in places] == []


@pytest.mark.parametrize(
    ("key", "place", "reruns"),
    [
        ("ex1_2/sgd", "training/optimizers.py", True),
        ("ex1_2/sgd", "models/encoder.py", True),
        ("ex1_2/sgd", "training/numpy_learner.py", False),
        ("ex1_2/sgd", "training/augmentation.py", False),
        ("ex1_1/numpy_2019", "training/numpy_learner.py", True),
        ("ex1_1/numpy_2019", "training/optimizers.py", False),
        ("ex1_1/numpy_2019", "models/encoder.py", False),
    ],
)
def test_a_training_reruns_for_the_code_that_its_settings_name(project, key, place, reruns):
    modules = training_modules(STUDIES["mnist"], VARIANTS[key])
    before = project.digest(SCRIPTS / "train.py", *modules)
    project.append(f"dlia/{place}", "EDITED = 1\n")
    assert (project.digest(SCRIPTS / "train.py", *modules) != before) is reruns


def test_a_training_that_augments_reruns_for_the_code_of_the_augmentation():
    augmented = dataclasses.replace(
        VARIANTS["ex1_2/sgd"], settings=settings_of("ex1_2/sgd", augmentation={"name": "random"})
    )
    assert "dlia.training.augmentation" in training_modules(STUDIES["mnist"], augmented)
