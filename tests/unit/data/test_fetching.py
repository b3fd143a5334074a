"""Fetching files: mirrors, resumption, checksums, and servers that do not behave."""

import hashlib
import re
import shutil
import socket
import socketserver
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import ROOT
from file_server import serving

from dlia.data import fetching
from dlia.data.fetching import Patience, check_room, fetch_file, is_file
from dlia.errors import UserError
from dlia.study.download import DownloadFile

CONTENT = bytes(range(256)) * 2000
HASTY = Patience(seconds=0.3, tries=3, pause=0.01)


@pytest.fixture
def server():
    with serving() as running:
        running.files["set/a.gz"] = CONTENT
        yield running


@pytest.fixture
def target(tmp_path):
    return tmp_path / "a.gz"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def a_file(*urls: str, content: bytes = CONTENT, kind: str = "sha256") -> DownloadFile:
    digest = {kind: hashlib.new(kind, content).hexdigest()}
    return DownloadFile(urls=list(urls), bytes=len(content), **digest)


def part_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.part")


def refused(file: DownloadFile, target: Path) -> str:
    with pytest.raises(UserError) as refusal:
        fetch_file(file, target, patience=HASTY)
    assert not target.exists()
    return str(refusal.value)


@pytest.mark.parametrize("kind", ["sha256", "md5"])
def test_a_file_is_fetched_whole_and_nothing_else_is_left(kind, server, target):
    file = a_file(server.url + "set/a.gz", kind=kind)
    fetch_file(file, target, patience=HASTY)
    assert target.read_bytes() == CONTENT
    assert is_file(target, file)
    assert list(target.parent.iterdir()) == [target]


def test_a_broken_download_goes_on_where_it_ended(server, target):
    server.cuts = [100_000, 200_000]
    seen: list[int] = []
    fetch_file(a_file(server.url + "set/a.gz"), target, seen.append, HASTY)
    assert target.read_bytes() == CONTENT
    assert [wanted for _, wanted in server.asked] == ["", "bytes=100000-", "bytes=300000-"]
    assert seen == sorted(seen)


def test_what_an_earlier_command_fetched_is_not_fetched_again(server, target):
    part_of(target).write_bytes(CONTENT[:500_000])
    fetch_file(a_file(server.url + "set/a.gz"), target, patience=HASTY)
    assert target.read_bytes() == CONTENT
    assert server.asked == [("/set/a.gz", "bytes=500000-")]


def test_a_complete_download_without_its_name_needs_no_server(target):
    part_of(target).write_bytes(CONTENT)
    fetch_file(a_file("http://127.0.0.1:9/a.gz"), target, patience=HASTY)
    assert target.read_bytes() == CONTENT


def test_a_server_that_sends_no_rests_sends_the_whole_again(server, target):
    part_of(target).write_bytes(b"x" * 500_000)
    server.ranges = False
    fetch_file(a_file(server.url + "set/a.gz"), target, patience=HASTY)
    assert target.read_bytes() == CONTENT


def test_a_rest_that_begins_elsewhere_is_not_appended(server, target):
    part_of(target).write_bytes(CONTENT[:1000])
    server.shift = 10
    fetch_file(a_file(server.url + "set/a.gz"), target, patience=HASTY)
    assert target.read_bytes() == CONTENT


def test_a_file_of_unknown_length_is_read_to_its_end(server, target):
    server.chunked = True
    fetch_file(a_file(server.url + "set/a.gz"), target, patience=HASTY)
    assert target.read_bytes() == CONTENT


def test_a_download_that_is_longer_than_the_file_is_begun_anew(server, target):
    part_of(target).write_bytes(CONTENT + b"more")
    fetch_file(a_file(server.url + "set/a.gz"), target, patience=HASTY)
    assert target.read_bytes() == CONTENT


def test_a_wrong_checksum_is_refused_and_the_bytes_are_not_kept(server, target):
    server.files["set/a.gz"] = CONTENT[:-1] + b"?"
    said = refused(a_file(server.url + "set/a.gz"), target)
    assert re.search(r"its sha256 is not [0-9a-f]{64}", said)
    assert list(target.parent.iterdir()) == []


def test_after_a_wrong_checksum_the_next_mirror_is_asked_for_the_whole_file(server, target):
    server.files["other/a.gz"] = CONTENT[:-1] + b"?"
    fetch_file(a_file(server.url + "other/a.gz", server.url + "set/a.gz"), target, patience=HASTY)
    assert target.read_bytes() == CONTENT
    assert server.asked[-1] == ("/set/a.gz", "")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_file_of_another_size_is_not_read_to_its_end(chunked, server, target):
    server.chunked = chunked
    server.files["set/a.gz"] = CONTENT * 3
    assert "it is another file" in refused(a_file(server.url + "set/a.gz"), target)
    assert list(target.parent.iterdir()) == []


def test_a_page_in_place_of_the_file_is_refused(server, target):
    server.files["set/a.gz"] = b"<html>Please log in.</html>"
    assert "has 27 bytes, and not 512000" in refused(a_file(server.url + "set/a.gz"), target)


def test_a_redirection_is_followed(server, target):
    server.moved["old/a.gz"] = server.url + "set/a.gz"
    fetch_file(a_file(server.url + "old/a.gz"), target, patience=HASTY)
    assert target.read_bytes() == CONTENT


def test_a_redirection_to_a_file_of_this_machine_is_refused(server, target, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(CONTENT)
    server.moved["old/a.gz"] = secret.as_uri()
    assert "302" in refused(a_file(server.url + "old/a.gz"), target)


def test_a_redirection_in_a_circle_ends(server, target):
    server.moved["old/a.gz"] = server.url + "old/a.gz"
    assert "302" in refused(a_file(server.url + "old/a.gz"), target)


def test_a_mirror_without_the_file_is_named_and_asked_once(server, target):
    fetch_file(a_file(server.url + "none/a.gz", server.url + "set/a.gz"), target, patience=HASTY)
    assert [path for path, _ in server.asked] == ["/none/a.gz", "/set/a.gz"]
    target.unlink()
    said = refused(a_file(server.url + "none/a.gz"), target)
    assert f"{server.url}none/a.gz: 404 Not Found" in said


def test_a_server_that_is_busy_is_asked_again(server, target):
    server.statuses = [503, 429]
    fetch_file(a_file(server.url + "set/a.gz"), target, patience=HASTY)
    assert target.read_bytes() == CONTENT


def test_a_server_that_is_slow_but_sends_is_waited_for(server, target):
    server.pause = 0.2
    fetch_file(a_file(server.url + "set/a.gz"), target, patience=HASTY)
    assert target.read_bytes() == CONTENT


def test_a_server_that_sends_nothing_is_left_after_a_while(server, target):
    server.pause = 0.5
    how = Patience(seconds=0.1, tries=2, pause=0.01)
    with pytest.raises(UserError, match="the server does not answer"):
        fetch_file(a_file(server.url + "set/a.gz"), target, patience=how)


def test_a_server_that_breaks_off_again_and_again_is_left_and_its_bytes_are_kept(server, target):
    server.cuts = [100_000, 0, 0, 0, 0]
    assert "broke off after 100000 of 512000 bytes" in refused(
        a_file(server.url + "set/a.gz"), target
    )
    assert part_of(target).read_bytes() == CONTENT[:100_000]


def test_without_a_network_the_message_says_where_the_file_is_put_by_hand(target, monkeypatch):
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    said = refused(a_file("https://data.example/a.gz"), target)
    assert "https://data.example/a.gz: no such host, or no network" in said
    assert f"put it into {target.parent}" in said


def test_a_port_that_nobody_listens_to_is_named(target):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert "Connection refused" in refused(a_file(f"http://127.0.0.1:{port}/a.gz"), target)


def test_the_proxy_of_the_environment_is_asked(server, target, monkeypatch):
    monkeypatch.setenv("http_proxy", server.url)
    fetch_file(a_file("http://data.example/set/a.gz"), target, patience=HASTY)
    assert target.read_bytes() == CONTENT
    assert server.asked == [("http://data.example/set/a.gz", "")]


def test_a_full_disk_is_named_before_the_first_byte(tmp_path, monkeypatch):
    full = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _: full)
    with pytest.raises(UserError, match="1000 bytes free, 511000 fewer than the files need"):
        check_room([a_file("http://127.0.0.1:9/a.gz")], tmp_path)


def test_what_was_fetched_already_needs_no_room(tmp_path, monkeypatch):
    part_of(tmp_path / "a.gz").write_bytes(CONTENT[:-1000])
    full = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _: full)
    check_room([a_file("http://127.0.0.1:9/a.gz")], tmp_path)


def test_a_disk_that_fills_up_ends_in_one_line_and_what_was_fetched_is_kept(server, target):
    file = a_file(server.url + "set/a.gz")
    program = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from dlia.data.fetching import fetch_file\n"
        "from dlia.errors import UserError\n"
        "from dlia.study.download import DownloadFile\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "try:\n"
        "    fetch_file(DownloadFile.model_validate_json(sys.argv[1]), Path(sys.argv[2]))\n"
        "except UserError as error:\n"
        "    print(error)\n"
    )
    words = [sys.executable, "-c", program, file.model_dump_json(), str(target)]
    path = {"PYTHONPATH": str(ROOT / "src")}
    ended = subprocess.run(words, env=path, capture_output=True, text=True, check=True)
    assert "File too large\nWhat was fetched is kept" in ended.stdout
    assert part_of(target).read_bytes() == CONTENT[:200_000]
    fetch_file(file, target, patience=HASTY)
    assert target.read_bytes() == CONTENT


def test_a_file_that_appears_meanwhile_is_not_replaced(server, target):
    def appear(done: int) -> None:
        if done == len(CONTENT):
            target.write_bytes(b"mine")

    with pytest.raises(UserError, match="has appeared while it was fetched"):
        fetch_file(a_file(server.url + "set/a.gz"), target, appear, HASTY)
    assert target.read_bytes() == b"mine"


def test_what_does_not_speak_http_is_said_to_be_no_web_server(target):
    class Greeting(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"220 mail.example.org ready\r\n")

    with socketserver.TCPServer(("127.0.0.1", 0), Greeting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        told = refused(a_file(f"http://127.0.0.1:{server.server_address[1]}/a.gz"), target)
        server.shutdown()
    assert "the answer is not HTTP" in told
