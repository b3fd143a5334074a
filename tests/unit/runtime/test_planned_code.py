"""A job runs the code that its build was planned with, or none."""

from pathlib import Path

import pytest

from dlia.errors import UserError
from dlia.runtime import code_digest
from dlia.runtime.build_record import RECORD, begin
from dlia.runtime.code_digest import source_state
from dlia.runtime.planned_code import check_code

LOG = "logs/train_a.log"


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the script of a job that a running build in this folder has planned."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(code_digest, "SOURCE", tmp_path)
    forget()
    script = tmp_path / "scripts" / "train.py"
    script.parent.mkdir()
    script.write_text("RATE = 1\n")
    job = {
        "rule": "train_a",
        "log": LOG,
        "file": "results/a/model",
        "code": code_digest.code_digest(script),
        "made_of": [str(script)],
    }
    begin([job], "here", source_state(script.parent))
    return script


def forget() -> None:
    """Have files read again: a job is a process of its own."""
    code_digest._code.cache_clear()


def test_a_job_begins_with_the_code_that_was_planned(script):
    check_code(LOG)


def test_a_job_whose_code_was_edited_since_is_refused(script):
    script.write_text("RATE = 2\n")
    forget()
    with pytest.raises(UserError, match="edited after the build was planned"):
        check_code(LOG)


@pytest.mark.parametrize("text", ["RATE = 1\n", "RATE = 1  # slow\n"])
def test_an_edit_that_computes_the_same_stops_no_job(script, text):
    script.write_text(text)
    forget()
    check_code(LOG)


def test_a_job_that_no_build_has_planned_begins(script):
    check_code("logs/other.log")


def test_where_no_build_runs_a_record_that_is_left_stops_no_job(script):
    text = RECORD.read_text()
    RECORD.unlink()
    RECORD.write_text(text)  # a file that nobody holds
    script.write_text("RATE = 2\n")
    check_code(LOG)
