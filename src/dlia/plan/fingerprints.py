"""The fingerprints of all scripts, kept while no source file changes."""

import contextlib
import hashlib
import json
import sys
from pathlib import Path

from dlia.runtime.files import write_json
from dlia.runtime.provenance import SOURCE, fingerprint


class Fingerprints:
    """Gives fingerprints of code, from a file if nothing was edited since it was written.

    Snakemake asks for them whenever it reads the workflow, and to parse all code takes longer than
    all else that is read then. Nothing is kept of single files: any edit makes all of them anew.
    """

    def __init__(self, scripts: Path, cache: Path) -> None:
        self.scripts, self.cache = scripts, cache
        self.state = _state(scripts, SOURCE / "dlia")
        self.known: dict[str, str] = {}
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(cache.read_text(encoding="utf-8"))
            if kept["state"] == self.state:
                self.known = dict(kept["fingerprints"])

    def of(self, script: str, *modules: str) -> str:
        """Give the fingerprint of a script by its name, as ``provenance.fingerprint`` does."""
        key = " ".join([script, *modules])
        if key not in self.known:
            self.known[key] = fingerprint(self.scripts / f"{script}.py", *modules)
            # Where nothing can be written, a plan can still be made.
            with contextlib.suppress(OSError):
                write_json(self.cache, {"state": self.state, "fingerprints": self.known})
        return self.known[key]


def _state(*folders: Path) -> str:
    """Digest the names, sizes and times of all Python files, and what reads them."""
    files = sorted(file for folder in folders for file in folder.rglob("*.py"))
    states = [(str(file), file.stat()) for file in files]
    facts = [(name, s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino) for name, s in states]
    return hashlib.sha256(repr([sys.version, facts]).encode()).hexdigest()
