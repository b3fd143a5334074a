"""Breaks the code in random places, one at a time, and says which breaks no fast test finds.

A break replaces an operator, a comparison, a condition or a number by another:

    python tests/mutants.py --count 40 --seed 22

Left out is what no result depends on (texts, types, decorators, rows of tables without a name),
what needs a GPU, and where figures have their parts: `crowded` looks at those in the whole.

It first runs the tests of the files that import the broken module, then the other fast tests, all
in a clone of this repository: changes that are not committed are not in it. The fast tests must
pass there before anything is broken.
"""

import argparse
import ast
import copy
import multiprocessing
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PACKAGES = ("evaluation", "data", "training", "tasks", "verdicts")
PAIRS = (
    *((ast.Lt, ast.LtE), (ast.Gt, ast.GtE), (ast.Eq, ast.NotEq), (ast.In, ast.NotIn)),
    *((ast.Is, ast.IsNot), (ast.And, ast.Or), (ast.Add, ast.Sub), (ast.Mult, ast.Div)),
    *((ast.FloorDiv, ast.Mod), (ast.Pow, ast.Mult)),
)
SWAPPED = {second: first for first, second in PAIRS} | dict(PAIRS)
PRELOADED = ["pytest", "torch", "pandas", "scipy.stats", "matplotlib.pyplot", "hypothesis"]
NO_RESULT = ("annotation", "returns", "decorator_list", "ignore_index", "strict")
LIMIT = 600  # seconds of processor time, for breaks that lead into an endless loop


class Mutant(NamedTuple):
    """A file of the package with one expression replaced."""

    file: Path
    line: int
    old: str
    new: str
    source: bytes


def changed(node: ast.AST) -> ast.AST | None:
    """Give an expression that computes something else, or None."""
    other = copy.copy(node)
    match other:
        case ast.BinOp() | ast.BoolOp() if type(other.op) in SWAPPED:
            other.op = SWAPPED[type(other.op)]()
        case ast.Compare(ops=[operator]):
            other.ops = [SWAPPED[type(operator)]()]
        case ast.UnaryOp(op=ast.Not()):
            return other.operand
        case ast.Constant(value=bool(value)):
            other.value = not value
        case ast.Constant(value=int(value) | float(value)):
            other.value = value + 1
        case _:
            return None
    return other


def computed(node: ast.AST) -> Iterator[ast.AST]:
    """Walk what results depend on."""
    yield node
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            no_result = isinstance(child, ast.JoinedStr | ast.Raise) or name in NO_RESULT
            no_result |= isinstance(child, ast.keyword) and child.arg in NO_RESULT
            if isinstance(child, ast.AST) and not no_result:
                yield from computed(child)


def mutants_of(file: Path) -> Iterator[Mutant]:
    """Give all breaks of a file."""
    source = (ROOT / file).read_bytes()
    starts = [0, *(match.end() for match in re.finditer(rb"\n", source))]
    draws = b"dlia.figures" in source
    for node in computed(ast.parse(source)):
        other = changed(node)
        if other and not (draws and isinstance(node, ast.BinOp | ast.Constant)):
            first = starts[node.lineno - 1] + node.col_offset
            last = starts[node.end_lineno - 1] + node.end_col_offset
            new = ast.unparse(other)
            broken = source[:first] + f"({new})".encode() + source[last:]
            yield Mutant(file, node.lineno, ast.unparse(node), new, broken)


def drawn(count: int, seed: int) -> list[Mutant]:
    """Choose among the breaks of all files."""
    folders = [ROOT / "src/dlia" / package for package in PACKAGES]
    files = [file.relative_to(ROOT) for folder in folders for file in sorted(folder.rglob("*.py"))]
    files = [file for file in files if file.name != "cuda_graphs.py"]
    return random.Random(seed).sample([m for file in files for m in mutants_of(file)], count)


def finder(mutant: Mutant, checkout: Path) -> str:
    """Give the first fast test that fails in a checkout with the break; "" if none does."""
    module = ".".join(mutant.file.with_suffix("").parts[1:])
    parent, _, name = module.rpartition(".")
    imports = re.compile(rf"{re.escape(module)}\b|{re.escape(parent)} import .*\b{name}\b")
    files = tests_of(checkout)
    near = [file for file in files if imports.search(file.read_text(encoding="utf-8"))]
    return first_failure(checkout, near) or first_failure(
        checkout, [file for file in files if file not in near]
    )


def tests_of(checkout: Path) -> list[Path]:
    """Give the files of tests of a checkout, those of single modules before those that build."""
    files = (checkout / "tests").rglob("test_*.py")
    return sorted(files, key=lambda file: ("unit" not in file.parts, file))


def first_failure(checkout: Path, files: list[Path]) -> str:
    """Give the first fast test of ``files`` that fails in a process of its own, or ""."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    process = context.Process(target=_run, args=(checkout, [str(file) for file in files]))
    process.start()
    process.join()
    if process.exitcode in (0, 5):  # 5: nothing but slow tests
        return ""
    told = (checkout / "told.txt").read_text(encoding="utf-8")
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", told, re.MULTILINE)
    return failed[1] if failed else f"status {process.exitcode}"


def _run(checkout: Path, files: list[str]) -> None:
    import pytest

    os.chdir(checkout)
    with Path("told.txt").open("wb") as told:
        os.dup2(told.fileno(), 1)
        os.dup2(told.fileno(), 2)
    os.environ["PYTHONPATH"] = str(checkout / "src")
    sys.path.insert(0, str(checkout / "src"))
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))
    sys.exit(pytest.main(["-x", "-m", "not slow", "--tb=no", "-rfE", *files]) if files else 0)


def main() -> None:
    """Print a line or two for every break, and how many were found."""
    parser = argparse.ArgumentParser(description="breaks the code and looks for tests that fail")
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=22)
    asked = parser.parse_args()
    found = 0
    with tempfile.TemporaryDirectory() as folder:
        checkout = Path(folder) / "checkout"
        subprocess.run(["git", "clone", "--quiet", ROOT, checkout], check=True)
        if failed := first_failure(checkout, tests_of(checkout)):
            sys.exit(f"{failed} fails without a break; repair it first")
        for mutant in drawn(asked.count, asked.seed):
            (checkout / mutant.file).write_bytes(mutant.source)
            test = finder(mutant, checkout)
            (checkout / mutant.file).write_bytes((ROOT / mutant.file).read_bytes())
            found += bool(test)
            print(f"{mutant.file}:{mutant.line}: {mutant.old} -> {mutant.new}", flush=True)
            print(f"    {test or 'NOT FOUND'}", flush=True)
    print(f"{found} of {asked.count} found")


if __name__ == "__main__":
    main()
