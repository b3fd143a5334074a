"""How a job ends: what the terminal is told, what the log keeps."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from dlia.errors import UserError
from dlia.runtime.devices import choose_device
from dlia.runtime.log_lines import end_of
from dlia.runtime.terminal import FAILURES_SHOWN


def run(body: str, tmp_path) -> tuple[subprocess.CompletedProcess[str], str]:
    """Run ``body`` as a job; give what came of it and what its log says."""
    log = tmp_path / "logs" / "job.log"
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    imports = "from dlia.errors import UserError\nfrom dlia.runtime.job import job\n"
    head = f"{imports}with job({str(log)!r}):\n"
    code = head + lines
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    return result, log.read_text()


def test_what_a_job_prints_goes_to_its_log(tmp_path):
    result, log = run("print('one line')", tmp_path)
    assert (result.returncode, result.stdout, log) == (0, "", "one line\n")


def test_what_a_library_writes_goes_to_the_log_too(tmp_path):
    result, log = run("import os\nos.write(2, b'from below')", tmp_path)
    assert (result.stderr, log) == ("", "from below")


def test_lines_of_processes_that_share_a_log_stay_whole(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    body = """import os
other = os.fork()
for _ in range(2000):
    print('a line', flush=True)
if not other:
    os._exit(0)
os.waitpid(other, 0)"""
    _, log = run(body, tmp_path)
    assert log == 4000 * "a line\n"


def test_a_fault_of_the_user_is_told_without_a_traceback(tmp_path):
    result, log = run("raise UserError('x.zip: is empty; replace it')", tmp_path)
    assert result.returncode == 1
    assert result.stderr.strip() == "dlia: x.zip: is empty; replace it"
    assert "Traceback" not in log


def test_a_fault_that_snakemake_shows_is_only_written_to_the_log(tmp_path, monkeypatch):
    monkeypatch.setenv(FAILURES_SHOWN, "yes")
    result, log = run("raise UserError('2 images are bad:\\n  a.png\\n  b.png')", tmp_path)
    assert (result.returncode, result.stderr) == (1, "")
    assert end_of(log.splitlines()) == ("failed", "2 images are bad:\n  a.png\n  b.png")


def test_a_fault_of_the_system_names_the_file_and_the_remedy(tmp_path):
    body = "import errno\nraise OSError(errno.ENOSPC, 'No space left on device', 'results/a.csv')"
    result, _ = run(body, tmp_path)
    assert result.stderr.strip() == (
        "dlia: results/a.csv: No space left on device: free some space, "
        "then run the same command again"
    )


def test_a_fault_of_ours_leaves_its_traceback_in_the_log(tmp_path):
    result, log = run("1 / 0", tmp_path)
    assert result.returncode == 1
    assert "ZeroDivisionError: division by zero (the traceback is in" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in log


@pytest.mark.parametrize(
    "body",
    ["import torch\ntorch.empty(10**15)", "import numpy\nnumpy.empty(10**15)"],
    ids=["pytorch", "numpy"],
)
def test_a_lack_of_memory_is_told_with_its_remedy(body, tmp_path):
    result, _ = run(body, tmp_path)
    assert result.returncode == 1
    assert "there is too little memory" in result.stderr
    assert "fewer --cores" in result.stderr


def test_an_interrupted_job_says_where_it_stopped(tmp_path):
    body = (
        "from dlia.runtime.interruption import Interrupted\nraise Interrupted('ended by SIGTERM')"
    )
    result, log = run(body, tmp_path)
    assert (result.returncode, result.stderr.strip()) == (1, "dlia: ended by SIGTERM")
    assert "Traceback" not in log


def test_ctrl_c_leaves_no_traceback(tmp_path):
    result, log = run("raise KeyboardInterrupt", tmp_path)
    assert (result.returncode, result.stderr.strip()) == (1, "dlia: ended by SIGINT")
    assert "Traceback" not in log


def test_a_warning_is_told_on_the_terminal_and_in_the_log(tmp_path):
    result, log = run("from dlia.runtime.terminal import warn\nwarn('look here')", tmp_path)
    assert (result.returncode, result.stderr, log) == (
        0,
        "dlia: look here\n",
        "dlia: look here\n",
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("shown", [{}, {FAILURES_SHOWN: "yes"}], ids=["alone", "in a build"])
def test_a_log_that_finds_no_room_is_no_reason_for_a_traceback(shown, tmp_path, monkeypatch):
    for name, value in shown.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "job.log").symlink_to("/dev/full")
    code = "from dlia.runtime.job import job\nwith job('logs/job.log'):\n    print('one line')\n"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert result.returncode == 1
    assert "No space left on device: free some space" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there_is_not_silently_replaced():
    with pytest.raises(UserError, match="device: cuda is wanted, but torch finds no GPU"):
        choose_device("cuda")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_auto_takes_the_processor_where_there_is_no_gpu():
    assert choose_device("auto").type == "cpu"


def test_a_line_of_another_trial_does_not_hide_why_a_job_failed():
    lines = ["trial 1/2 epoch 3/9", "dlia failed: no room", "  free some", "trial 2/2 epoch 4/9"]
    assert end_of(lines) == ("failed", "no room\n  free some")
