"""``dlia fetch``: which files go where, and what it says."""

import hashlib
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from file_server import serving
from own_studies import own_study

from dlia.__main__ import main

FILES = {"train-images.gz": b"images" * 100, "train-labels.gz": b"labels" * 10}


@pytest.fixture
def server():
    with serving() as running:
        running.files |= {f"set/{name}": content for name, content in FILES.items()}
        yield running


@pytest.fixture
def fetch(tmp_path, monkeypatch, capsys):
    """Give what runs ``dlia fetch`` in a folder of a build: status, output, errors."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text("studies: [digits]\n")

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["dlia", "fetch", *words])
        return main(), *capsys.readouterr()

    return run


def state(download: dict[str, object] | None) -> None:
    """Write a study whose data have this ``download`` block."""
    study = yaml.safe_load((ROOT / "studies/mnist.yaml").read_text(encoding="utf-8"))
    study["data"].pop("download", None)
    study["data"] |= {"archive": "DIGITS.zip", "terms": "Ask nobody", "citation": "A. Author 1998"}
    if download:
        study["data"]["download"] = download
    Path("studies").mkdir(exist_ok=True)
    Path("studies/digits.yaml").write_text(yaml.safe_dump(study), encoding="utf-8")


def block(*urls: str, **contents: bytes) -> dict[str, object]:
    return {
        "files": [
            {
                "urls": [f"{url}{name}" for url in urls],
                "bytes": len(content),
                "md5": hashlib.md5(content).hexdigest(),
            }
            for name, content in contents.items()
        ]
    }


def test_several_files_go_into_a_folder_with_the_name_of_the_archive(fetch, server):
    state(block(server.url + "set/", **FILES))
    status, said, _ = fetch("digits")
    assert status == 0
    assert "data/DIGITS: complete" in said
    assert {p.name: p.read_bytes() for p in Path("data/DIGITS").iterdir()} == FILES


def test_a_single_file_with_the_name_of_the_archive_goes_into_data_dir(fetch, server):
    server.files["DIGITS.zip"] = b"packed"
    state(block(server.url, **{"DIGITS.zip": b"packed"}))
    assert fetch("digits", "--config", "data_dir=elsewhere")[0] == 0
    assert Path("elsewhere/DIGITS.zip").read_bytes() == b"packed"


def test_terms_and_citation_are_shown_before_anything_is_fetched(fetch, server):
    state(block(server.url + "none/", **FILES))
    status, said, errors = fetch("digits")
    assert status == 1
    assert said.index("terms: Ask nobody") < said.index("fetching train-images.gz (600 bytes)")
    assert "citation: A. Author 1998" in said
    assert "404 Not Found" in errors


def test_what_is_there_is_not_fetched_again(fetch, server):
    state(block(server.url + "set/", **FILES))
    fetch("digits")
    server.asked.clear()
    status, said, _ = fetch("digits")
    assert (status, server.asked) == (0, [])
    assert said.count("there already") == len(FILES)


def test_only_the_files_that_are_missing_are_fetched(fetch, server):
    state(block(server.url + "set/", **FILES))
    fetch("digits")
    Path("data/DIGITS/train-labels.gz").unlink()
    server.asked.clear()
    assert fetch("digits")[0] == 0
    assert server.asked == [("/set/train-labels.gz", "")]


def test_the_archive_of_the_course_makes_fetching_unnecessary(fetch, server):
    state(block(server.url + "set/", **FILES))
    Path("data").mkdir()
    Path("data/DIGITS.zip").write_bytes(b"the course's")
    assert fetch("digits")[0] == 0
    assert server.asked == []


@pytest.mark.slow  # it asks again and again
def test_where_nothing_can_be_fetched_no_folder_is_left(fetch):
    state(block("http://127.0.0.1:9/", **FILES))
    status, _, _ = fetch("digits")
    assert status == 1
    assert not Path("data/DIGITS").exists()


def test_another_file_with_the_same_name_is_not_replaced(fetch, server):
    state(block(server.url + "set/", **FILES))
    Path("data/DIGITS").mkdir(parents=True)
    Path("data/DIGITS/train-labels.gz").write_bytes(b"mine")
    status, _, errors = fetch("digits")
    assert (status, server.asked) == (1, [])
    assert "data/DIGITS/train-labels.gz: is another file than the study names" in errors
    assert Path("data/DIGITS/train-labels.gz").read_bytes() == b"mine"


def test_an_unpacked_archive_gets_no_files_beside_its_own(fetch, server):
    state(block(server.url + "set/", **FILES))
    Path("data/DIGITS/Train").mkdir(parents=True)
    status, _, errors = fetch("digits")
    assert (status, server.asked) == (1, [])
    assert "data/DIGITS: holds other files:\n  Train" in errors


def test_an_address_of_the_user_is_asked_first(fetch, server):
    state(block("http://127.0.0.1:9/", **FILES))
    assert fetch("digits", "--mirror", server.url + "set")[0] == 0
    assert Path("data/DIGITS/train-images.gz").read_bytes() == FILES["train-images.gz"]


def test_a_mirror_is_an_address_of_the_web(fetch):
    state(block("http://127.0.0.1:9/", **FILES))
    status, _, errors = fetch("digits", "--mirror", "file:///etc")
    assert (status, "--mirror file:///etc: must begin with http" in errors) == (1, True)


def test_where_terms_forbid_it_the_message_says_whom_to_ask_and_where_the_file_goes(fetch):
    state({"ask": "https://data.example/register"})
    status, said, errors = fetch("digits")
    assert (status, "terms: Ask nobody" in said) == (1, True)
    assert "DIGITS.zip: is not fetched by a program; ask for it" in errors
    assert "https://data.example/register\nPut it into data" in errors


@pytest.mark.parametrize("name", ["warwick", "lungs", "brain"])
def test_what_may_lie_in_place_of_the_archive_is_named_with_its_folder(name, fetch):
    data = own_study(name).data
    status, _, errors = fetch(name)
    assert status == 1
    assert f"one of these may lie in data/{Path(data.archive).stem}:" in errors
    for form in data.forms:
        assert f"{form.title} ({', '.join(form.files)})" in errors


def test_a_study_without_addresses_says_which_key_would_have_them(fetch):
    state(None)
    status, _, errors = fetch("digits")
    assert (status, "studies/digits.yaml does not say where" in errors) == (1, True)


def test_a_study_that_does_not_exist_is_named(fetch):
    state(None)
    status, _, errors = fetch("digitz")
    assert (status, "did you mean digits?" in errors) == (1, True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"urls": ["ftp://data.example/a.gz"]}, "data.download.files.0.urls"),
        ({"urls": ["https://data.example/.."]}, "data.download.files.0.urls"),
        ({"urls": ["https://data.example/.hidden"]}, "data.download.files.0.urls"),
        (
            {"urls": ["https://data.example/a", "https://data.example/b"]},
            "in different names: a, b",
        ),
        ({"sha256": "0" * 64}, "state either sha256 or md5"),
        ({"md5": "0"}, "data.download.files.0.md5"),
        ({"bytes": 0}, "data.download.files.0.bytes"),
    ],
)
def test_a_file_that_cannot_be_fetched_is_a_fault_of_the_study(change, said, fetch):
    file = {"urls": ["https://data.example/a.gz"], "bytes": 3, "md5": "0" * 32}
    state({"files": [file | change]})
    status, _, errors = fetch("digits")
    assert (status, said in errors) == (1, True), errors


def test_two_files_of_one_name_are_a_fault_of_the_study(fetch):
    file = {"urls": ["https://data.example/x/a.gz"], "bytes": 3, "md5": "0" * 32}
    state({"files": [file, file | {"urls": ["https://data.example/y/a.gz"]}]})
    assert "files.1.urls: ends in the same name as files.0" in fetch("digits")[2]


def test_addresses_and_whom_to_ask_exclude_each_other(fetch):
    state({"ask": "A. Author", **block("https://data.example/", **FILES)})
    assert "state either files, or whom to ask" in fetch("digits")[2]
