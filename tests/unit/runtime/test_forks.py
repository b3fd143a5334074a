"""Jobs that are forks of a process which has imported their libraries."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from dlia.runtime import forks

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not forks.FORKING, reason="jobs are forks only on Linux"),
]

# As Snakemake does: many threads, each with a job of its own.
BUILD = """
import json, os, pkgutil, signal, sys
from concurrent.futures import ThreadPoolExecutor
import dlia
from dlia.runtime import forks

signal.signal(signal.SIGTERM, lambda *_: None)
modules = [each.name for each in pkgutil.walk_packages(dlia.__path__, "dlia.")]
needed = [name for name in modules if name != "dlia.__main__" and name != "dlia.runtime.start"]
needed.remove("dlia.runtime.seeds")
server = forks.Server(["job.py", "no_such_script.py"], ["dlia.no_such_module", "talks", *needed])

def run(script, **variables):
    return server.fork("named_by_rule", script, variables).run()

facts = {"told": run("facts.py", TMPDIR=os.getcwd())}
facts["killed"] = run("killed.py")
facts["fails"] = run("fails.py")
with ThreadPoolExecutor(8) as pool:
    facts["statuses"] = list(pool.map(lambda n: run("ends.py", STATUS=str(n % 5)), range(40)))
facts["group"] = run("ends_all.py")
facts["later"] = run("ends.py", STATUS="3")
facts["orphaned"] = run("kills_its_server.py")
facts["without"] = server.fork("", "ends.py", {})
print(json.dumps(facts))
"""
# The build is asked to end, or is gone, while the process that is forked imports.
BEGINNING = """
import os, signal, subprocess, sys, time
from dlia.runtime import forks

how, number = sys.argv[1], signal.Signals[sys.argv[2]]
if how == "group":
    signal.signal(number, lambda *_: None)
server = forks.Server([], ["slow"])
while not os.path.exists("slow_begins"):
    time.sleep(0.02)
if how == "group":
    os.killpg(0, number)
else:
    subprocess.Popen(["sh", "-c", f"sleep 0.2; kill -{number.value} {os.getpid()}"])
try:
    server.fork("", "too_late.py", {}).run()
except subprocess.CalledProcessError as error:
    print(error.returncode)
"""
SCRIPTS = {
    "job.py": "import dlia.runtime.seeds\n",
    "facts.py": """
import json, os, sys, tempfile, threading
import __main__
import torch
json.dump({
    "argv": sys.argv, "name": __name__, "file": __file__, "threads": os.environ["OMP_NUM_THREADS"],
    "temporary": tempfile.gettempdir(), "folder": os.getcwd(), "stdin": sys.stdin.read(),
    "shown": open("/proc/self/comm").read(),
    "imported": [m in sys.modules for m in ("dlia.training.stacked", "dlia.runtime.seeds")],
    "user's": "user's" in vars(__import__("wave")),
    "threads_of_parent": len(os.listdir(f"/proc/{os.getppid()}/task")),
    "gpu_is_lost": torch.cuda._is_in_bad_fork(),
}, open("facts.json", "w"))
""",
    "killed.py": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n",
    "fails.py": "raise ValueError\n",
    "ends.py": "import os, sys\nsys.exit(int(os.environ['STATUS']))\n",
    "ends_all.py": "import os, signal, time\nos.killpg(0, signal.SIGTERM)\ntime.sleep(60)\n",
    "kills_its_server.py": """
import os, signal, time
os.kill(os.getppid(), signal.SIGKILL)
time.sleep(60)
""",
    "too_late.py": "open('too_late', 'w').close()\n",
    # They must not replace modules for the process that is forked and for its jobs.
    "selectors.py": "raise SystemExit('a file of the user')\n",
    "wave.py": 'vars()["user\'s"] = True\n',
    "library/talks.py": """
import os, tempfile
tempfile.gettempdir()
os.system('echo warned by a library >&2')
""",
    "library/slow.py": "import time\nopen('slow_begins', 'w').close()\ntime.sleep(1)\n",
}


def call(folder: Path, program: str, *words: str) -> subprocess.CompletedProcess[str]:
    (folder / ".snakemake").mkdir()
    for name, code in SCRIPTS.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(code)
    return subprocess.run(
        [sys.executable, "-P", "-c", program, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{ROOT}/src{os.pathsep}{folder}/library"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Give the folder of a program that had jobs in forks, and what it and they have written."""
    folder = tmp_path_factory.mktemp("forks")
    result = call(folder, BUILD)
    assert result.returncode == 0, result.stderr
    (folder / "build.json").write_text(result.stdout)
    (folder / "terminal.txt").write_text(result.stderr)
    return folder


def of_build(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "build.json").read_text())


def of_job(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "facts.json").read_text())


def test_a_script_runs_as_if_an_interpreter_had_been_started_for_it(folder):
    assert of_build(folder)["told"] == 0
    here = os.path.realpath(folder)
    expected = {
        "argv": ["facts.py"],
        "name": "__main__",
        "file": "facts.py",
        "threads": "1",
        "temporary": here,
        "folder": here,
        "stdin": "",
        "shown": "named_by_rule\n",
        "user's": False,
    }
    assert {name: of_job(folder)[name] for name in expected} == expected


def test_what_the_jobs_of_the_build_import_is_imported_before(folder):
    assert of_job(folder)["imported"] == [True, True]


def test_importing_starts_no_thread_and_asks_for_no_gpu_which_no_fork_would_survive(folder):
    facts = of_job(folder)
    assert facts["threads_of_parent"] == 1
    assert not facts["gpu_is_lost"]


def test_what_libraries_print_when_they_are_imported_or_left_does_not_reach_the_terminal(folder):
    (traceback,) = (folder / "terminal.txt").read_text().strip().split("\n\n")
    assert traceback.endswith("ValueError")  # that of the script
    assert "warned" not in traceback
    assert "warned by a library\n" in (folder / ".snakemake/imports.log").read_text()


def test_every_job_has_its_own_exit_status_however_many_end_at_once(folder):
    assert of_build(folder)["statuses"] == [number % 5 for number in range(40)]


def test_a_job_that_fails_or_is_killed_has_the_status_that_says_so(folder):
    assert of_build(folder)["fails"] == 1
    assert of_build(folder)["killed"] == -signal.SIGKILL


def test_a_signal_to_all_processes_ends_jobs_and_not_the_process_that_is_forked(folder):
    assert of_build(folder)["group"] == -signal.SIGTERM
    assert of_build(folder)["later"] == 3


def test_if_the_process_that_is_forked_is_killed_its_jobs_end_and_there_are_no_others(folder):
    assert of_build(folder)["orphaned"] == -signal.SIGTERM
    assert of_build(folder)["without"] is None


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_no_job_begins_in_a_build_that_is_asked_to_end_while_libraries_are_imported(name, tmp_path):
    result = call(tmp_path, BEGINNING, "group", name)
    assert result.stdout == f"{-getattr(signal, name)}\n", result.stderr
    assert result.stderr == ""
    assert not (tmp_path / "too_late").exists()


def test_no_job_begins_in_a_build_that_is_gone_when_libraries_have_been_imported(tmp_path):
    result = call(tmp_path, BEGINNING, "alone", "SIGKILL")
    assert result.returncode == -signal.SIGKILL  # the output ends when the server has ended
    assert not (tmp_path / "too_late").exists()
