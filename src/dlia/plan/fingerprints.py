"""The digests of the code of all steps, kept while no source file changes."""

import contextlib
import json
from pathlib import Path

from dlia.runtime.code_digest import code_digest, source_state
from dlia.runtime.files import write_json


class Fingerprints:
    """Gives the digests of steps' code, from a file if nothing was edited since it was written.

    Snakemake asks for them whenever it reads the workflow, and to parse all code takes longer than
    all else that is read then. Nothing is kept of single files: any edit makes all of them anew.

    Attributes:
        state: Of the source files, when this was made.
        code: By digest, the script and the modules that it is of.
    """

    def __init__(self, scripts: Path, cache: Path) -> None:
        self.scripts, self.cache = scripts, cache
        self.state = source_state(scripts)
        self.code: dict[str, list[str]] = {}
        self._known: dict[str, str] = {}
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(cache.read_text(encoding="utf-8"))
            if kept["state"] == self.state:
                self._known = dict(kept["fingerprints"])

    def of(self, script: str, *modules: str) -> str:
        """Give the digest of a script by its name, as ``code_digest`` does."""
        key = " ".join([script, *modules])
        path = self.scripts / f"{script}.py"
        if key not in self._known:
            self._known[key] = code_digest(path, *modules)
            # Where nothing can be written, a plan can still be made.
            with contextlib.suppress(OSError):
                write_json(self.cache, {"state": self.state, "fingerprints": self._known})
        self.code[self._known[key]] = [str(path), *modules]
        return self._known[key]
