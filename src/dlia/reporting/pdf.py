"""The LaTeX report as PDF, by latexmk and LuaLaTeX."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from dlia.errors import UserError
from dlia.runtime.files import write_bytes

PROGRAMS = ("latexmk", "lualatex")
_PACKAGES = (
    "latexmk texlive-luatex texlive-latex-extra texlive-science fonts-freefont-otf "
    "fonts-droid-fallback"
)
INSTALL = (
    f"on Debian or Ubuntu, apt-get install {_PACKAGES}; elsewhere, TeX Live or MiKTeX, which have "
    "them all"
)
SHOWN = 6  # lines of an error


def what_is_missing(path: str) -> str:
    """Say which programs ``path`` cannot be made without, and what to do; "" if all are there."""
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    if not missing:
        return ""
    return (
        f"{path}: {' and '.join(missing)} cannot be found. Install what is needed ({INSTALL}), "
        "then run the same command again; or leave pdf out of report.formats in config.yaml"
    )


def compile_pdf(tex: str, path: str, log: str) -> None:
    """Typeset a LaTeX document; the same document and figures give the same bytes.

    Nothing that stands in the document can run a program, and no configuration of latexmk is read.

    Args:
        tex: The document; figures are named by paths in its folder.
        path: Where the PDF goes.
        log: Where LaTeX's own log goes.

    Raises:
        UserError: A program is missing, or LaTeX found an error; the text has its first lines.
    """
    if fault := what_is_missing(path):
        raise UserError(f"{fault}: {tex} is there")
    source = Path(tex)
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(  # noqa: S603
            _command(source.name, folder),
            cwd=source.parent,
            env={**os.environ, "SOURCE_DATE_EPOCH": "0", "max_print_line": "10000"},
            stdin=subprocess.DEVNULL,
            check=False,
        )
        product = Path(folder) / source.with_suffix(".pdf").name
        words = product.with_suffix(".log")
        text = words.read_text(encoding="utf-8", errors="replace") if words.is_file() else ""
        write_bytes(log, text.encode())
        if result.returncode != 0:
            raise UserError(f"{tex}: LaTeX cannot typeset it (its log is {log}):\n{_fault(text)}")
        write_bytes(path, product.read_bytes())


def _command(name: str, folder: str) -> list[str]:
    latex = ("-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape")
    return ["latexmk", "-norc", "-lualatex", *latex, f"-outdir={folder}", name]


def _fault(log: str) -> str:
    """Give the first error of a log, and what helps against it."""
    lines = log.splitlines()
    starts = [i for i, line in enumerate(lines) if line.startswith(("!", "Missing character"))]
    if not starts:
        return "  it says no more"
    first = lines[starts[0]]
    help_ = {
        "Missing character": "No font that is installed has this letter; install one that "
        "report/tex/preamble.tex names, or add one there.",
        "not found": f"Install what is missing: {INSTALL}.",
    }
    shown = [line for line in lines[starts[0] : starts[0] + SHOWN] if line.strip()]
    hints = [hint for words, hint in help_.items() if words in first]
    return "\n".join(f"  {line}" for line in [*shown, *hints])
