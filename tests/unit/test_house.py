"""The wings of the package: each imports from those below it, and nothing runs in a circle."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from conftest import ROOT

SOURCE = ROOT / "src"
# From the ground up. What stands in one row may not import from each other.
FLOORS = (
    {"errors", "formatting"},
    {"study", "runtime"},
    {"models", "data"},
    {"evaluation"},
    {"training", "verdicts", "figures"},
    {"tasks"},
    {"plan"},
    {"reporting"},
    {"commands"},
    {"__main__"},
)
HEIGHT = {wing: floor for floor, wings in enumerate(FLOORS) for wing in wings}


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


FILES = {name_of(file): file for file in sorted((SOURCE / "dlia").rglob("*.py"))}


def imports(module: str) -> set[str]:
    """Give the modules of this package that a module imports, but for what types need."""
    tree = ast.parse(FILES[module].read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = {f"{node.module}.{alias.name}" for alias in node.names} & FILES.keys()
            found |= modules or {node.module}
    return found & FILES.keys()


def wing(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


@pytest.mark.parametrize("module", sorted(FILES.keys() - {"dlia"}))
def test_a_module_imports_from_its_own_wing_and_from_those_below(module):
    assert wing(module) in HEIGHT, "a new wing: give it its place in FLOORS"
    others = {wing(other) for other in imports(module)} - {wing(module)}
    assert {other for other in others if HEIGHT[other] >= HEIGHT[wing(module)]} == set()


def test_no_modules_import_each_other_in_a_circle():
    try:
        TopologicalSorter({module: imports(module) for module in FILES}).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_the_package_does_not_import_snakemake():
    users = [name for name, file in FILES.items() if "import snakemake" in file.read_text()]
    assert users == []


# What several modules have on purpose, so that one can take another's place.
INTERFACES = {"arrange", "build", "draw", "entries", "evaluate", "picture", "place", "reference"}


def public_names(module: str) -> set[str]:
    """Give the functions, classes and constants that a module defines for others."""
    found = set()
    for node in ast.parse(FILES[module].read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return {name for name in found if not name.startswith("_")} - INTERFACES


def test_no_two_wings_call_different_things_alike():
    wings: dict[str, set[str]] = {}
    for module in FILES:
        for name in public_names(module):
            wings.setdefault(name, set()).add(wing(module))
    assert {name: found for name, found in wings.items() if len(found) > 1} == {}
