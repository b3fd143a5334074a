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
    f"on Debian or Ubuntu, apt-get install {_PACKAGES}; elsewhere, a full TeX Live or MiKTeX, "
    "which contains them"
)
SHOWN = 6  # lines of an error


def what_is_missing(path: str) -> str:
    """Name the missing programs that ``path`` needs, and the fix; "" if none is missing."""
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    if not missing:
        return ""
    return (
        f"{path}: {' and '.join(missing)} not found. Install the packages ({INSTALL}), "
        "then run the same command again; or remove pdf from formats in config.yaml"
    )


def compile_pdf(tex: str, path: str, log: str) -> None:
    """Typeset a LaTeX document; the same document and figures give the same bytes.

    The document cannot run programs, and no configuration of latexmk is read.

    Args:
        tex: The document; figures are named by paths in its folder.
        path: Where the PDF goes.
        log: Where the log of LaTeX goes.

    Raises:
        UserError: A program is missing, or LaTeX found an error; the text has its first lines.
    """
    if fault := what_is_missing(path):
        raise UserError(f"{fault}. The LaTeX document is {tex}")
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
    """Return the first error of a log, and the fix if it is known."""
    lines = log.splitlines()
    starts = [i for i, line in enumerate(lines) if line.startswith(("!", "Missing character"))]
    if not starts:
        return "  the log contains no error message"
    first = lines[starts[0]]
    help_ = {
        "Missing character": "No installed font has this letter; install one that "
        "report/tex/preamble.tex names, or add one there.",
        "not found": f"Install what is missing: {INSTALL}.",
    }
    shown = [line for line in lines[starts[0] : starts[0] + SHOWN] if line.strip()]
    hints = [hint for words, hint in help_.items() if words in first]
    return "\n".join(f"  {line}" for line in [*shown, *hints])
