"""The fingerprint: what is executed counts, wherever it stands; how it is written does not."""

import dataclasses
import re
import shutil
from pathlib import Path

import pytest
from trainings import VARIANTS, settings_of

from dlia.runtime import provenance
from dlia.runtime.provenance import fingerprint
from dlia.study.schema import ROOT

SCRIPTS = ROOT / "workflow" / "scripts"
FILES = {
    "script.py": '"""A script."""\nfrom dlia.near import area\n\nprint(area(2))\n',
    "dlia/__init__.py": '"""A package."""\n',
    "dlia/near.py": "import math\n\nfrom dlia.far import Shape\n\n\n"
    'def area(size, unit="cm"):\n    """Give the area."""\n'
    "    from dlia.late import factor\n\n    return Shape.corners * size * factor, unit\n",
    "dlia/far.py": 'class Shape:\n    """A shape."""\n\n    corners = 4\n',
    "dlia/late.py": "factor = (\n    1 + 1\n)\n",
    "dlia/apart.py": "from dlia.deep import depth\n\nunused = depth\n",
    "dlia/deep/__init__.py": "depth = 3\n",
}


class Package:
    """A checkout with code to fingerprint; edits reset what the process remembers."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = path
        monkeypatch.setattr(provenance, "SOURCE", path)

    def fingerprint(self, script: str | Path = "script.py", *modules: str) -> str:
        provenance._code.cache_clear()
        provenance._module_file.cache_clear()
        return fingerprint(self.path / script, *modules)

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
    yield Package(tmp_path, monkeypatch)
    provenance._code.cache_clear()
    provenance._module_file.cache_clear()


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Give a copy of the real package; the scripts are read where they are."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src" / "dlia", tmp_path / "dlia", ignore=ignored)
    yield Package(tmp_path, monkeypatch)
    provenance._code.cache_clear()
    provenance._module_file.cache_clear()


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
    ],
)
def test_an_edit_that_executes_nothing_else_leaves_the_fingerprint(package, file, old, new):
    before = package.fingerprint()
    package.edit(file, old, new)
    assert package.fingerprint() == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        pytest.param("script.py", "area(2)", "area(3)", id="the script"),
        pytest.param("dlia/near.py", "* size *", "+ size *", id="an imported module"),
        pytest.param("dlia/near.py", '"cm"', '"mm"', id="a default in words"),
        pytest.param("dlia/far.py", "4", "5", id="a module that is imported by that"),
        pytest.param("dlia/late.py", "1 + 1", "1 + 2", id="a module imported inside a function"),
        pytest.param("dlia/__init__.py", "\n", "\nX = 1\n", id="the package's __init__"),
        pytest.param("dlia/far.py", "corners = 4", "pass", id="code removed"),
    ],
)
def test_an_edit_of_code_that_is_executed_changes_the_fingerprint(package, file, old, new):
    before = package.fingerprint()
    package.edit(file, old, new)
    assert package.fingerprint() != before


@pytest.mark.parametrize("file", ["dlia/apart.py", "dlia/deep/__init__.py"])
def test_a_module_that_is_not_imported_does_not_count(package, file):
    before = package.fingerprint()
    package.append(file, "more = 1\n")
    assert package.fingerprint() == before


@pytest.mark.parametrize("file", ["dlia/apart.py", "dlia/deep/__init__.py"])
def test_a_module_found_by_name_counts_with_what_it_imports(package, file):
    before = package.fingerprint("script.py", "dlia.apart")
    package.append(file, "more = 1\n")
    assert package.fingerprint("script.py", "dlia.apart") != before


def test_a_module_found_by_name_changes_the_fingerprint(package):
    assert package.fingerprint("script.py", "dlia.apart") != package.fingerprint()


def test_a_module_that_is_imported_anyway_may_be_named_too(package):
    assert package.fingerprint("script.py", "dlia.far") == package.fingerprint()


def test_modules_that_import_each_other_are_followed_once(package):
    package.append("dlia/far.py", "import dlia.near\n")
    package.fingerprint()


def test_the_place_of_the_checkout_does_not_count(package, tmp_path, monkeypatch):
    before = package.fingerprint()
    shutil.copytree(tmp_path / "dlia", tmp_path / "moved" / "dlia")
    shutil.copy(tmp_path / "script.py", tmp_path / "moved")
    assert Package(tmp_path / "moved", monkeypatch).fingerprint() == before


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
    before = project.fingerprint(SCRIPTS / f"{script}.py")
    project.append(f"dlia/{place}", "EDITED = 1\n")
    assert project.fingerprint(SCRIPTS / f"{script}.py") == before


@pytest.mark.parametrize(
    ("script", "place"),
    [
        ("train", "training/loop.py"),
        ("train", "training/losses.py"),
        ("train", "models/__init__.py"),
        ("train", "models/initialization.py"),
        ("train", "data/rows.py"),
        ("train", "runtime/seeds.py"),
        ("predict", "training/predict.py"),
        ("evaluate", "evaluation/statistics.py"),
        ("evaluate", "evaluation/predictions.py"),
        ("split", "data/splits.py"),
        ("unpack", "data/archives.py"),
        ("draw_figures", "figures/style.py"),
        ("report_html", "reporting/context.py"),
    ],
)
def test_a_step_reruns_for_code_that_it_executes(project, script, place):
    before = project.fingerprint(SCRIPTS / f"{script}.py")
    project.append(f"dlia/{place}", "EDITED = 1\n")
    assert project.fingerprint(SCRIPTS / f"{script}.py") != before


def test_no_module_imports_in_a_way_that_the_fingerprint_cannot_follow():
    files = [*(ROOT / "src" / "dlia").rglob("*.py"), *SCRIPTS.glob("*.py")]
    relative = [file.name for file in files if "\nfrom ." in file.read_text(encoding="utf-8")]
    assert relative == []


def test_what_is_imported_by_name_is_named_to_the_fingerprint():
    """A module found by import_module escapes it; who calls code() must name it or its folder."""
    source = "".join(file.read_text() for file in (ROOT / "src" / "dlia").rglob("*.py"))
    found = re.findall(r'import_module\(f?"(dlia[\w.]*(?:\.\{)?)', source)
    assert len(found) == source.count("import_module(")
    named = [*(ROOT / "workflow" / "rules").glob("*.smk"), ROOT / "src" / "dlia" / "variants.py"]
    places = "".join(file.read_text() for file in named)
    assert [name for name in found if f'"{name}' not in places] == []


@pytest.mark.parametrize(
    ("key", "place", "reruns"),
    [
        ("ex1_2/sgd", "training/optimizers.py", True),
        ("ex1_2/sgd", "models/encoder.py", True),
        ("ex1_2/sgd", "training/by_hand.py", False),
        ("ex1_2/sgd", "training/augmentation.py", False),
        ("ex1_1/numpy_2019", "training/by_hand.py", True),
        ("ex1_1/numpy_2019", "training/optimizers.py", False),
        ("ex1_1/numpy_2019", "models/encoder.py", False),
    ],
)
def test_a_training_reruns_for_the_code_that_its_settings_name(project, key, place, reruns):
    modules = VARIANTS[key].training_modules
    before = project.fingerprint(SCRIPTS / "train.py", *modules)
    project.append(f"dlia/{place}", "EDITED = 1\n")
    assert (project.fingerprint(SCRIPTS / "train.py", *modules) != before) is reruns


def test_a_training_that_augments_reruns_for_the_code_of_the_augmentation():
    augmented = dataclasses.replace(
        VARIANTS["ex1_2/sgd"], settings=settings_of("ex1_2/sgd", augmentation={"name": "random"})
    )
    assert "dlia.training.augmentation" in augmented.training_modules


def test_a_checkout_outside_git_has_an_unknown_commit(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "SOURCE", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert provenance.git_state() == {"commit": "unknown", "dirty": "unknown"}


def test_versions_name_python_and_every_library_that_the_numbers_depend_on():
    assert provenance.versions().keys() == {"python", *provenance.PACKAGES}
