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
    tree = ast.parse(source)
    _Executed().visit(tree)
    imported: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package or None)
            imported += [base, *(f"{base}.{alias.name}" for alias in node.names)]
        body = getattr(node, "body", None)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and _docstring(body):
            node.body = node.body[1:] or [ast.Pass()]
    packages = [parent for name in imported for parent in _with_parents(name)]
    ours = sorted({name for name in packages if name.split(".")[0] == "dlia"})
    return _dump(_Wordless().visit(tree)), tuple(ours)


def _dump(node: Any) -> str:
    """Write a syntax tree without its empty fields, of which newer versions of Python have more."""
    if isinstance(node, ast.AST):
        fields = ((name, value) for name, value in ast.iter_fields(node) if value not in (None, []))
        return f"{type(node).__name__}({','.join(f'{n}={_dump(value)}' for n, value in fields)})"
    return f"[{','.join(map(_dump, node))}]" if isinstance(node, list) else repr(node)


class _Executed(ast.NodeTransformer):
    """Removes code that only type checkers read."""

    def visit_If(self, node: ast.If) -> ast.AST:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return ast.Pass()
        return self.generic_visit(node)


class _Wordless(ast.NodeTransformer):
    """Removes the texts of errors, warnings and prints: no result depends on them."""

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        return _without_words(node)

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        node.msg = None
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        talks = isinstance(node.func, ast.Name) and node.func.id in _TALKING
        return _without_words(node) if talks else self.generic_visit(node)


def _without_words(tree: ast.AST) -> ast.AST:
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                setattr(node, name, [_blank(item) for item in value])
            else:
                setattr(node, name, _blank(value))
    return tree


def _blank(node: Any) -> Any:
    text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return ast.Constant("") if text or isinstance(node, ast.JoinedStr) else node


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
