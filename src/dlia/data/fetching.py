"""Fetching files of known size and checksum, with mirrors and resumption.

A file is fetched into a hidden one beside it (``.<name>.part``), and gets its name when its
checksum is right. What was fetched is kept, so that an interrupted download goes on where it ended.
"""

import hashlib
import http.client
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, build_opener

from dlia.data.offences import printable
from dlia.errors import UserError, listing
from dlia.runtime.locks import alone
from dlia.study.download import DownloadFile

_BLOCK = 2**16  # bytes that are read at once
_HEADERS = {"User-Agent": "dlia", "Accept-Encoding": "identity"}
_NETWORK_FAULTS = (OSError, http.client.HTTPException, ValueError)

# Called with the bytes that a file has now; they may become fewer.
_Progress = Callable[[int], None]


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server.

    Attributes:
        seconds: Without a byte from it.
        tries: How often to ask it again, with a pause, after the last time that it sent anything.
        pause: Seconds of the first pause; each is twice as long as the last.
    """

    seconds: float = 30.0
    tries: int = 4
    pause: float = 1.0


class _FailedError(Exception):
    """Why a file did not come from a mirror.

    Attributes:
        passing: Whether the same mirror may have it a moment later.
    """

    def __init__(self, reason: str, passing: bool = False) -> None:
        super().__init__(reason)
        self.passing = passing


def is_file(path: Path, file: DownloadFile) -> bool:
    """Tell whether the file at ``path`` is ``file``, by its size and checksum."""
    return path.stat().st_size == file.bytes and _digest(path, file) == file.checksum[1]


def check_room(files: Sequence[DownloadFile], folder: Path) -> None:
    """Raise UserError if the disk of ``folder`` has no room for what is missing of ``files``."""
    parts = [_part(folder / file.filename) for file in files]
    there = sum(part.stat().st_size for part in parts if part.exists())
    missing = sum(file.bytes for file in files) - there
    free = shutil.disk_usage(folder).free
    if missing > free:
        raise UserError(
            f"{folder}: the disk has {free} bytes free, {missing - free} fewer than the files "
            "need; free some, or choose another folder (--config data_dir=...)"
        )


def fetch_file(
    file: DownloadFile,
    target: Path,
    progress: _Progress = lambda _: None,
    patience: Patience = Patience(),
) -> None:
    """Fetch ``file`` to ``target``, which does not exist, from the first mirror that has it.

    Raises:
        UserError: No mirror has it, it cannot be written, or another file has its name by now. The
            message says what each mirror said.
    """
    part = _part(target)
    with alone(part, lambda: print(f"dlia: waiting for another dlia fetch of {target}")):
        try:
            if not target.exists():
                _from_any_mirror(file, part, progress, patience)
                _name(part, target)
        except OSError as error:
            raise UserError(
                f"{error.filename or part}: {error.strerror}\nWhat was fetched is kept: the same "
                "command continues when it can be written."
            ) from error
        finally:
            if part.exists() and not part.stat().st_size:
                part.unlink()


def _part(target: Path) -> Path:
    return target.with_name(f".{target.name}.part")


def _name(part: Path, target: Path) -> None:
    """Give a complete file its name, but never replace another one."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise UserError(f"{target}: has appeared while it was fetched; remove one") from None
    except OSError:  # a file system without hard links
        part.rename(target)
    else:
        part.unlink()


def _from_any_mirror(file: DownloadFile, part: Path, progress: _Progress, how: Patience) -> None:
    said: list[str] = []
    for url in file.urls:
        try:
            _from_mirror(file, url, part, progress, how)
            return
        except _FailedError as reason:
            said.append(f"{url}: {reason}")
    raise UserError(
        f"{file.filename}: could not be fetched\n{listing(said)}\n"
        "Behind a proxy, set https_proxy=http://<proxy>:<port>. Without a network, fetch the file "
        f"elsewhere, and put it into {part.parent}. What was fetched is kept."
    )


def _from_mirror(
    file: DownloadFile, url: str, part: Path, progress: _Progress, how: Patience
) -> None:
    """Complete ``part`` from ``url``; raises _FailedError if that does not have the file."""
    left, pause = how.tries, how.pause
    while part.stat().st_size != file.bytes:
        before = part.stat().st_size
        try:
            _read(file, url, part, progress, how)
        except _FailedError as reason:
            if part.stat().st_size > before:
                left, pause = how.tries, how.pause
            left -= 1
            if not reason.passing or not left:
                raise
            time.sleep(pause)
            pause *= 2
    if _digest(part, file) != file.checksum[1]:
        _empty(part)
        kind = file.checksum[0]
        raise _FailedError(f"its {kind} is not {file.checksum[1]}: it is another file, or damaged")


def _read(file: DownloadFile, url: str, part: Path, progress: _Progress, how: Patience) -> None:
    """Append to ``part`` what the server sends; raises _FailedError if that is not all."""
    if part.stat().st_size > file.bytes:
        _empty(part)
    start = part.stat().st_size
    asked = {"Range": f"bytes={start}-"} if start else {}
    # Addresses of studies are http or https, and urllib follows redirections to no file.
    request = Request(url, headers=_HEADERS | asked)  # noqa: S310
    with closing(_opened(request, part, how)) as answer:
        if answer.status != HTTPStatus.PARTIAL_CONTENT:
            start = 0
        elif not answer.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
            _empty(part)
            raise _FailedError("sent another part than the rest", passing=True)
        length = answer.headers.get("Content-Length", "")
        if length.isdigit() and start + int(length) != file.bytes:
            text = f"has {start + int(length)} bytes, and not {file.bytes}: it is another file"
            raise _FailedError(text)
        with part.open("r+b") as stream:
            stream.truncate(start)
            stream.seek(start)
            for block in _blocks(answer):
                if stream.tell() + len(block) > file.bytes:
                    stream.truncate(0)
                    raise _FailedError(f"is longer than {file.bytes} bytes: it is another file")
                stream.write(block)
                progress(stream.tell())
    if (size := part.stat().st_size) < file.bytes:
        raise _FailedError(f"broke off after {size} of {file.bytes} bytes", passing=True)


def _opened(request: Request, part: Path, how: Patience) -> http.client.HTTPResponse:
    try:
        # A new one, which looks at the environment for a proxy.
        answer: http.client.HTTPResponse = build_opener().open(request, timeout=how.seconds)
    except HTTPError as error:
        error.close()
        if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            _empty(part)
            raise _FailedError("has no such rest", passing=True) from None
        passing = error.code >= HTTPStatus.INTERNAL_SERVER_ERROR or error.code in (
            HTTPStatus.REQUEST_TIMEOUT,
            HTTPStatus.TOO_MANY_REQUESTS,
        )
        raise _FailedError(f"{error.code} {printable(str(error.reason))}", passing) from None
    except _NETWORK_FAULTS as error:
        raise _failed(error) from None
    return answer


def _blocks(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    while True:
        try:
            block = answer.read1(_BLOCK)
        except _NETWORK_FAULTS as error:
            raise _failed(error) from None
        if not block:
            return
        yield block


def _failed(error: Exception) -> _FailedError:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, socket.gaierror):
        return _FailedError("no such host, or no network")
    if isinstance(reason, TimeoutError):
        return _FailedError("the server does not answer", passing=True)
    if isinstance(reason, http.client.BadStatusLine) and not isinstance(reason, ConnectionError):
        return _FailedError("the answer is not HTTP: it is no web server, or wants https")
    text = reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason)
    return _FailedError(printable(text) or type(reason).__name__, passing=True)


def _empty(part: Path) -> None:
    os.truncate(part, 0)


def _digest(path: Path, file: DownloadFile) -> str:
    # It tells a damaged download, and does not protect from whoever can change the study, too.
    kind = file.checksum[0]
    with path.open("rb") as stream:
        return hashlib.file_digest(
            stream, lambda: hashlib.new(kind, usedforsecurity=False)
        ).hexdigest()
