"""Questions to a script that runs beside Snakemake."""

import signal
from collections.abc import Iterator

import pytest

from dlia.runtime.asking import ask
from dlia.runtime.forks import FORKING, Server


@pytest.fixture(scope="module", params=["fork", "interpreter"])
def server(request, tmp_path_factory) -> Iterator[Server | None]:
    """Give a server of forks, or None."""
    if request.param == "interpreter":
        yield None
        return
    if not FORKING:
        pytest.skip("jobs are forks only on Linux")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("asked"))
        yield Server([], [])


def answer(server, folder, code: str, question: str = "") -> tuple[int, str, str]:
    script = folder / "script.py"
    script.write_text(code)
    told = ask(script, question, server)
    return told.returncode, told.stdout, told.stderr


def test_a_script_reads_the_question_and_prints_the_answer(server, tmp_path):
    code = "import sys\nprint(sys.stdin.read()[::-1], end='')\nprint('Ω?', file=sys.stderr)\n"
    assert answer(server, tmp_path, code, "ab" * 100_000) == (0, "ba" * 100_000, "Ω?\n")


def test_why_a_script_failed_is_in_the_last_line_of_what_it_complained(server, tmp_path):
    status, told, complained = answer(server, tmp_path, "import no_such_library\n")
    assert (status, told) == (1, "")
    assert complained.splitlines()[-1].endswith("No module named 'no_such_library'")


def test_a_script_that_was_killed_has_the_status_that_says_so(server, tmp_path):
    code = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
    assert answer(server, tmp_path, code) == (-signal.SIGKILL, "", "")
