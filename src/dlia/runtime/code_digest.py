"""Digests of the code that a step executes; a changed digest makes Snakemake rerun the step."""

import ast
import functools
import hashlib
import sys
from importlib.util import resolve_name
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parents[2]
# Modules that compute no results: messages, logs, locks, GPUs, signals, and the models of settings
# (the values of settings are Snakemake params of the steps that depend on them). They are left out
# of all digests, together with the modules that only they import: an edit to them reruns nothing.
NO_NUMBERS = frozenset(
    f"dlia.{name}"
    for name in (
        "data.misplaced",
        "data.offences",
        "errors",
        "runtime.build_folder",
        "runtime.build_record",
        "runtime.checkout",
        "runtime.environment",
        "runtime.fork_server",
        "runtime.forks",
        "runtime.garbage",
        "runtime.gpus",
        "runtime.interruption",
        "runtime.job",
        "runtime.locks",
        "runtime.log_lines",
        "runtime.planned_code",
        "runtime.terminal",
        "runtime.training_log",
        "study.block",
        "study.layout_batches",
        "study.layout_blocks",
        "study.layout_boxes",
        "study.layout_volumes",
        "study.messages",
        "study.settings",
        "study.settings_detectors",
        "study.settings_images",
        "study.settings_initial_weights",
        "study.settings_learning",
        "study.settings_losses",
        "study.settings_networks",
        "study.settings_patches",
        "study.settings_segnet",
        "training.record_types",
    )
)
_TALKING = {"print", "warn", "UserError", "EntryError"}


def code_digest(script: str | Path, *modules: str) -> str:
    """Digest the code of ``script`` and of all modules of this package that it imports.

    Imports are followed transitively, except into ``NO_NUMBERS``. Comments, docstrings, formatting
    and the texts of errors, warnings and log lines do not affect the digest.

    Args:
        script: The path of a Python file.
        modules: Modules of this package that the script imports by name at run time.

    Returns:
        16 hexadecimal digits.
    """
    text, imported = _code(Path(script))
    digest = hashlib.sha256(text.encode())
    pending = [*imported, *modules]
    seen: set[str] = set()
    while pending:
        module = pending.pop()
        if module not in seen and module not in NO_NUMBERS and (path := _module_file(module)):
            seen.add(module)
            pending += _code(path, module)[1]
    for module in sorted(seen):
        path = _module_file(module)
        assert path is not None
        digest.update(f"\n{module}\n{_code(path, module)[0]}".encode())
    return digest.hexdigest()[:16]


def imported_by(script: Path) -> tuple[str, ...]:
    """Return the modules of this package that a script imports; some of them may be functions."""
    return _code(script)[1]


def source_state(*folders: Path) -> str:
    """Digest the names, sizes and times of all Python files in ``folders`` and of this package."""
    states = [(str(file), file.stat()) for _, file in _files(folders)]
    facts = [(name, s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino) for name, s in states]
    return hashlib.sha256(repr([sys.version, facts]).encode()).hexdigest()


def source_content(*folders: Path) -> str:
    """Digest all Python files in ``folders`` and of this package; equal for a copy of them."""
    digest = hashlib.sha256(sys.version.encode())
    for folder, file in _files(folders):
        code = file.read_bytes()
        digest.update(f"\n{file.relative_to(folder)} {len(code)}\n".encode())
        digest.update(code)
    return digest.hexdigest()


def _files(folders: tuple[Path, ...]) -> list[tuple[Path, Path]]:
    """Return the Python files in ``folders`` and of this package, each with its folder."""
    places = [*folders, SOURCE / "dlia"]
    return [(folder, file) for folder in places for file in sorted(folder.rglob("*.py"))]


@functools.cache
def _module_file(module: str) -> Path | None:
    path = SOURCE.joinpath(*module.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


@functools.cache
def _code(path: Path, module: str = "") -> tuple[str, tuple[str, ...]]:
    """Return a file's code as text, and the modules of this package that it imports."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    return _code_of(path.read_text(encoding="utf-8"), package)


@functools.cache
def _code_of(source: str, package: str) -> tuple[str, tuple[str, ...]]:
    imported: list[str] = []
    text = _dump(ast.parse(source), package, imported)
    packages = [parent for name in imported for parent in _with_parents(name)]
    return text, tuple(sorted({name for name in packages if name.split(".")[0] == "dlia"}))


def _dump(node: Any, package: str, imported: list[str], wordless: bool = False) -> str:
    """Write a syntax tree as text, and add the names of the modules that it imports.

    Left out are docstrings, what only type checkers read, the texts of errors, warnings and prints
    (no result depends on them), and empty fields, of which newer versions of Python have more.

    Args:
        node: A syntax tree, a list of trees, or the value of a field.
        package: The package that relative imports start from.
        imported: What is imported is appended to it; names of modules may be those of functions.
        wordless: Whether texts are left out, because this is a part of an error or a warning.
    """
    if isinstance(node, list):
        return f"[{','.join([_dump(part, package, imported, wordless) for part in node])}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    left_out = ""
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr() if wordless:
            return "Constant(value='')"
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return "Pass()"
        case ast.Import():
            imported += [alias.name for alias in node.names]
        case ast.ImportFrom():
            base = resolve_name("." * node.level + (node.module or ""), package or None)
            imported += [base, *(f"{base}.{alias.name}" for alias in node.names)]
        case ast.Raise():
            wordless = True
        case ast.Call(func=ast.Name(id=name)) if name in _TALKING:
            wordless = True
        case ast.Assert():
            left_out = "msg"
        case ast.Module() | ast.ClassDef() | ast.FunctionDef() if _docstring(node.body):
            node.body = node.body[1:] or [ast.Pass()]
    fields = []
    for field in node._fields:
        value = getattr(node, field, None)
        if value is not None and value != [] and field != left_out:
            fields.append(f"{field}={_dump(value, package, imported, wordless)}")
    return f"{type(node).__name__}({','.join(fields)})"


def _docstring(body: Any) -> bool:
    first = body[0] if body else None
    return (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )


def _with_parents(name: str) -> list[str]:
    words = name.split(".")
    return [".".join(words[: end + 1]) for end in range(len(words))]
