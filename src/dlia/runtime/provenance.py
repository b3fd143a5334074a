"""What ran, where, with what; and the fingerprint of the code that a step executes."""

import ast
import functools
import hashlib
import importlib.metadata
import platform
import subprocess
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parents[2]
PACKAGES = (
    "torch",
    "numpy",
    "scipy",
    "scikit-learn",
    "pandas",
    "pillow",
    "matplotlib",
    "safetensors",
    "snakemake",
)


def fingerprint(script: str | Path, *modules: str) -> str:
    """Digest the code of ``script`` and of all modules of this package that it imports.

    Imports are followed transitively. Only what is executed counts: comments, docstrings and
    formatting leave the digest as it is.

    Args:
        script: A Python file.
        modules: Modules of this package that the script finds by name at run time.
    """
    digest = hashlib.sha256(_code(Path(script))[0].encode())
    pending = [*_code(Path(script))[1], *modules]
    seen: set[str] = set()
    while pending:
        module = pending.pop()
        if module not in seen and (path := _module_file(module)):
            seen.add(module)
            pending += _code(path)[1]
    for module in sorted(seen):
        path = _module_file(module)
        assert path is not None
        digest.update(f"\n{module}\n{_code(path)[0]}".encode())
    return digest.hexdigest()[:16]


@functools.cache
def _module_file(module: str) -> Path | None:
    path = SOURCE.joinpath(*module.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


@functools.cache
def _code(path: Path) -> tuple[str, tuple[str, ...]]:
    """Give the code of a file without its comments and docstrings, and what it imports of ours."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        body = getattr(node, "body", None)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and _docstring(body):
            node.body = node.body[1:] or [ast.Pass()]
    packages = [parent for name in imported for parent in _with_parents(name)]
    ours = sorted({name for name in packages if name.split(".")[0] == "dlia"})
    return ast.dump(tree), tuple(ours)


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


def sha256_of(path: str | Path) -> str:
    """Give the SHA-256 of a file's bytes."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """Give the versions of Python and of the libraries that the numbers depend on."""
    found = {name: importlib.metadata.version(name) for name in PACKAGES}
    return {"python": platform.python_version(), **found}


def git_state() -> dict[str, Any]:
    """Give the commit of the checkout and whether files differ from it; "unknown" outside git."""
    try:
        commit = _git("rev-parse", "HEAD")
        return {"commit": commit, "dirty": bool(_git("status", "--porcelain"))}
    except (OSError, subprocess.CalledProcessError):
        return {"commit": "unknown", "dirty": "unknown"}


def _git(*words: str) -> str:
    command = ["git", "-C", str(SOURCE), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
