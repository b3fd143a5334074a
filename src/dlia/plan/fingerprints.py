"""The digests of the code of all steps, cached until a source file changes."""

import contextlib
import json
from functools import cached_property
from pathlib import Path

from dlia.runtime.code_digest import code_digest, source_content, source_state
from dlia.runtime.files import write_json


class Fingerprints:
    """Computes the digest of each step's code, with a cache on disk.

    Snakemake needs the digests whenever it reads the workflow, and parsing the code is the slowest
    part of that. The cache is valid for one content of all source files: any edit invalidates it.
    That they are untouched is seen without reading them; in a copy of the project they are read.

    Attributes:
        state: The digest of the source files' names, sizes and times, taken at construction.
        code: For each digest that was returned, the script and the modules that it covers.
    """

    def __init__(self, scripts: Path, cache: Path) -> None:
        self.scripts, self.cache = scripts, cache
        self.state = source_state(scripts)
        self.code: dict[str, list[str]] = {}
        self._known: dict[str, str] = {}
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(cache.read_text(encoding="utf-8"))
            if kept["state"] == self.state or kept["content"] == self._content:
                self._known = dict(kept["fingerprints"])
                if kept["state"] != self.state:
                    self._keep()  # so that the next plan need not read the files

    @cached_property
    def _content(self) -> str:
        return source_content(self.scripts)

    def of(self, script: str, *modules: str) -> str:
        """Return the ``code_digest`` of the script called ``script`` and of ``modules``."""
        key = " ".join([script, *modules])
        path = self.scripts / f"{script}.py"
        if key not in self._known:
            self._known[key] = code_digest(path, *modules)
            self._keep()
        self.code[self._known[key]] = [str(path), *modules]
        return self._known[key]

    def _keep(self) -> None:
        of = {"state": self.state, "content": self._content}
        # The cache is optional: a read-only folder does not prevent a plan.
        with contextlib.suppress(OSError):
            write_json(self.cache, {**of, "fingerprints": self._known})
