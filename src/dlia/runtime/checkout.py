"""Which code ran: the commit of the checkout, and how what a build reads differs from it."""

import hashlib
import os
import re
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import TypedDict

from dlia.runtime.files import write_text
from dlia.runtime.locks import alone

CHECKOUT = Path(__file__).parents[3]
# Where the differences are kept. Records and reports name them by their digests.
DIFFERENCES = Path("results/uncommitted.diff")
# What a build reads from the checkout.
READ = ("Snakefile", "config.yaml", "profiles", "report", "src", "studies", "workflow")
_HEAD = re.compile(r"^# difference ([0-9a-f]{12}) from commit ", re.MULTILINE)
_UNKNOWN = "unknown"


class GitState(TypedDict):
    """The state of the checkout.

    Attributes:
        commit: The commit; "unknown" if no Git repository contains the checkout.
        dirty: Whether files that a build reads differ from it; "unknown" without a commit.
        difference: The digest of how they differ, or "".
    """

    commit: str
    dirty: bool | str
    difference: str


def git_state() -> GitState:
    """Return the commit, and whether files that a build reads differ from it.

    A repository around the checkout that does not track its files does not count.
    """
    return _state()[0]


def tracked_files() -> list[str]:
    """Return the files of the project that belong to its commit; all that a build reads without."""
    try:
        names = _git("ls-files", "-z").split("\0")
    except (OSError, subprocess.CalledProcessError):
        found = (p for name in READ for p in (CHECKOUT / name, *(CHECKOUT / name).rglob("*")))
        names = [path.relative_to(CHECKOUT).as_posix() for path in found]
    kept = {name for name in names if "__pycache__" not in name}
    return sorted(name for name in kept if name and (CHECKOUT / name).is_file())


def keep_difference() -> GitState:
    """Return ``git_state``, and keep how the files differ in results/uncommitted.diff."""
    state, text = _state()
    if not state["difference"]:
        return state
    with alone(Path(".snakemake/uncommitted.lock"), lambda: None):
        kept = _kept()
        if state["difference"] not in kept:
            head = f"# difference {state['difference']} from commit {state['commit']}\n"
            write_text(DIFFERENCES, "".join([*kept.values(), head, text]))
    return state


def drop_differences() -> None:
    """Remove differences that no record and no report of results/ names any more.

    Only before a build: a training names its difference when it ends.
    """
    kept = _kept()
    named = _named(set(kept))
    if named != kept.keys():
        write_text(DIFFERENCES, "".join(part for key, part in kept.items() if key in named))


def _kept() -> dict[str, str]:
    """Return the differences that are kept, each with its first line, by digest."""
    text = DIFFERENCES.read_text(encoding="utf-8") if DIFFERENCES.is_file() else ""
    starts = [match.start() for match in _HEAD.finditer(text)]
    parts = [text[first:end] for first, end in pairwise([*starts, len(text)])]
    return {match[1]: part for part in parts if (match := _HEAD.match(part))}


def _named(digests: set[str]) -> set[str]:
    """Return those of ``digests`` that a training's record or a report names."""
    results = DIFFERENCES.parent
    files = [*results.glob("*/*/run.json"), *results.glob("reports/*.[ht]*")]
    texts = (file.read_text(encoding="utf-8") for file in files) if digests else ()
    return {digest for text in texts for digest in digests if digest in text}


def _state() -> tuple[GitState, str]:
    """Return the state of the checkout, and the difference as text."""
    try:
        _git("ls-files", "--error-unmatch", "Snakefile")
        commit = _git("rev-parse", "HEAD").strip()
        text = _difference()
    except (OSError, subprocess.CalledProcessError):
        return {"commit": _UNKNOWN, "dirty": _UNKNOWN, "difference": ""}, ""
    digest = hashlib.sha256(text.encode()).hexdigest()[:12] if text else ""
    return {"commit": commit, "dirty": bool(text), "difference": digest}, text


def _difference() -> str:
    """Return how the files that a build reads differ from the commit, in the form of git diff."""
    form = ("--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/")
    changed = _git("--no-optional-locks", "diff", *form, "--relative", "HEAD", "--", *READ)
    new = _git("ls-files", "--others", "--exclude-standard", "-z", "--", *READ)
    files = filter(_is_read, filter(None, new.split("\0")))
    # It ends with 1 because the files differ.
    added = (_git("diff", *form, "--no-index", "--", os.devnull, file, ends=(1,)) for file in files)
    return "".join([changed, *added])


def _is_read(file: str) -> bool:
    """Tell whether a build reads a file that Git does not track.

    A study is read if it has results here, and anything else if another file names it: imports it
    or has it as a text, as tables of names and the rules of the workflow do.
    """
    path = Path(file)
    if len(path.parts) == 1:
        return True
    if path.parts[0] == "studies":
        return Path("results/data", path.stem).is_dir()
    stem = re.escape(path.parent.name if path.stem == "__init__" else path.name.split(".")[0])
    names = rf"(import (\w+, )*|[.\"'/]){stem}\b|^ +{stem},$"
    found = _git("grep", "-lE", "--untracked", "-e", names, "--", *READ, ends=(0, 1))
    return any(other != file for other in found.splitlines())


def _git(*words: str, ends: tuple[int, ...] = (0,)) -> str:
    # The variables that Git sets for its hooks name another repository. The checkout may belong to
    # another user; its code runs already, so that Git need not distrust it.
    command = ["git", "-c", "safe.directory=*", "-C", str(CHECKOUT), *words]
    variables = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    done = subprocess.run(  # noqa: S603
        command, capture_output=True, encoding="utf-8", errors="replace", env=variables, check=False
    )
    if done.returncode not in ends:
        raise subprocess.CalledProcessError(done.returncode, command)
    return done.stdout
