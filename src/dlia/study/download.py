"""Where the files of a data set can be fetched: the ``download`` block of a study's data."""

import re
from collections.abc import Iterator
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import Field

from dlia.study.block import UNIQUE, Block, Text
from dlia.study.messages import Problem

# The last part is the name of the file, and may not be hidden or lead elsewhere.
URL = r"^https?://[^/\s]+/([^\s?#]*/)?[A-Za-z0-9_][A-Za-z0-9_.-]*$"


class DownloadFile(Block):
    """A file that can be fetched, and how it is recognised."""

    urls: Annotated[list[Annotated[str, Field(pattern=URL)]], Field(min_length=1), UNIQUE] = Field(
        description="Its addresses (http or https), in the order in which they are tried. All end "
        "in the name of the file.",
    )
    bytes: int = Field(ge=1, description="Its size in bytes.")
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        None, description="Its SHA-256; this or `md5`."
    )
    md5: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = Field(
        None, description="Its MD5, if nothing better is published."
    )

    @property
    def filename(self) -> str:
        """The name of the file."""
        return unquote(urlsplit(self.urls[0]).path).rpartition("/")[2]

    @property
    def checksum(self) -> tuple[str, str]:
        """The kind of checksum ("sha256" or "md5"), and its hexadecimal digits."""
        return ("sha256", self.sha256) if self.sha256 else ("md5", self.md5 or "")


class Download(Block):
    """Where `dlia fetch` finds the files of the data set, or where to ask for them."""

    files: Annotated[list[DownloadFile], UNIQUE] = Field(
        [],
        description="The files. A single file with the name of the archive is put into data_dir, "
        "others into a folder with the archive's name.",
    )
    ask: Text | None = Field(
        None,
        description="If the terms forbid to fetch them: the address or the person to ask.",
    )

    @property
    def address(self) -> str:
        """The first address of a file, or of whom to ask; "" if there is none."""
        named = re.search(r"https?://\S+", self.ask or "")
        return self.files[0].urls[0] if self.files else named[0] if named else ""

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the files, with paths below the block."""
        if bool(self.files) == bool(self.ask):
            yield Problem("files", "state either files, or whom to ask")
        first: dict[str, int] = {}
        for number, file in enumerate(self.files):
            if bool(file.sha256) == bool(file.md5):
                yield Problem(f"files.{number}.sha256", "state either sha256 or md5")
            names = {url.rpartition("/")[2] for url in file.urls}
            if len(names) > 1:
                text = f"end in different names: {', '.join(sorted(names))}"
                yield Problem(f"files.{number}.urls", text)
            if (other := first.setdefault(file.filename, number)) != number:
                text = f"ends in the same name as files.{other}"
                yield Problem(f"files.{number}.urls", text)
