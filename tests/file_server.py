"""A server of files on this machine that behaves as badly as a test asks."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class FileServer:
    """What the server has and does; a test changes it.

    Attributes:
        url: Its address, with a slash at the end.
        files: Their content, by path without the first slash.
        cuts: After how many bytes the next answers break off; later ones are whole.
        statuses: The statuses of the next answers; later ones have the file.
        moved: New addresses by path.
        ranges: Whether it sends the rest of a file if asked to.
        shift: By how many bytes a rest begins too early.
        pause: Seconds before each half of an answer.
        chunked: Whether it does not say how long a file is.
        asked: The path and the Range of every request.
    """

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)
    ranges: bool = True
    shift: int = 0
    pause: float = 0.0
    chunked: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def serving() -> Iterator[FileServer]:
    """Run a server until the end of the block."""
    state = FileServer()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            state.asked.append((self.path, wanted))
            # A proxy is asked for whole addresses.
            path = self.path.partition("://")[2].partition("/")[2] or self.path.lstrip("/")
            if path in state.moved:
                self.send_response(302)
                self.send_header("Location", state.moved[path])
                self.end_headers()
                return
            status = state.statuses.pop(0) if state.statuses else 200
            content = state.files.get(path)
            if status != 200 or content is None:
                self.send_error(status if status != 200 else 404)
                return
            start = int(wanted[6:-1]) if wanted and state.ranges else 0
            if start > len(content):
                self.send_error(416)
                return
            start = max(0, start - state.shift)
            self.send_response(206 if wanted and state.ranges else 200)
            if wanted and state.ranges:
                last = len(content) - 1
                self.send_header("Content-Range", f"bytes {start}-{last}/{len(content)}")
            if not state.chunked:
                self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            self.send(content[start:])

        def send(self, content: bytes) -> None:
            half = len(content) // 2
            cut = state.cuts.pop(0) if state.cuts else len(content)
            try:
                for part in (content[:cut][:half], content[:cut][half:]):
                    time.sleep(state.pause)
                    self.wfile.write(part)
                    self.wfile.flush()
            except OSError:
                pass  # the reader has gone
            self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
