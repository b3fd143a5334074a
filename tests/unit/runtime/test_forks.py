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
from dlia.runtime.build_record import begin

def run(script, **variables):
    return forks.Fork('named_by_rule', script, variables).run()

signal.signal(signal.SIGTERM, lambda *_: None)
modules = [each.name for each in pkgutil.walk_packages(dlia.__path__, "dlia.")]
needed = [name for name in modules if name != "dlia.__main__" and name != "dlia.runtime.start"]
needed += ["talks"]
needed.remove("dlia.runtime.seeds")
begin([{"log": "", "made_of": ["job.py", "dlia.no_such_module", *needed]}], "here")
forks.start_server()
facts = {"told": run("facts.py", TMPDIR="/elsewhere")}
facts["killed"] = run("killed.py")
with ThreadPoolExecutor(8) as pool:
    facts["statuses"] = list(pool.map(lambda n: run("ends.py", STATUS=str(n % 5)), range(40)))
facts["group"] = run("ends_all.py")
facts["later"] = run("ends.py", STATUS="3")
print(json.dumps(facts))
"""
SCRIPTS = {
    "job.py": "import dlia.runtime.seeds\n",
    "facts.py": """
import json, os, sys, threading
import __main__
json.dump({
    "argv": sys.argv, "name": __name__, "file": __file__, "threads": os.environ["OMP_NUM_THREADS"],
    "temporary": os.environ["TMPDIR"], "folder": os.getcwd(),
    "shown": open("/proc/self/comm").read(),
    "imported": [m in sys.modules for m in ("dlia.training.stacked", "dlia.runtime.seeds")],
    "threads_of_parent": len(os.listdir(f"/proc/{os.getppid()}/task")),
    "on_gpu": sys.modules["torch"].cuda.is_initialized(),
}, open("facts.json", "w"))
""",
    "killed.py": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n",
    "ends.py": "import os, sys\nsys.exit(int(os.environ['STATUS']))\n",
    "ends_all.py": "import os, signal, time\nos.killpg(0, signal.SIGTERM)\ntime.sleep(60)\n",
}
TALKS = "import os\nos.system('echo warned by a library >&2')\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Give the folder of a program that had jobs in forks, and what it and they have written."""
    folder = tmp_path_factory.mktemp("forks")
    (folder / ".snakemake").mkdir()
    (folder / "library").mkdir()
    for name, code in SCRIPTS.items():
        (folder / name).write_text(code)
    (folder / "library/talks.py").write_text(TALKS)
    # It must not replace a module for the process that is forked.
    (folder / "selectors.py").write_text("raise SystemExit('a file of the user')\n")
    result = subprocess.run(
        [sys.executable, "-P", "-c", BUILD],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{ROOT}/src{os.pathsep}{folder}/library"},
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=120,
    )
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
    facts = of_job(folder)
    own = ("argv", "name", "file", "threads", "temporary", "shown", "folder")
    assert {name: facts[name] for name in own} == {
        "argv": ["facts.py"],
        "name": "__main__",
        "file": "facts.py",
        "threads": "1",
        "temporary": "/elsewhere",
        "shown": "named_by_rule\n",
        "folder": os.path.realpath(folder),
    }


def test_what_the_jobs_of_the_build_import_is_imported_before(folder):
    assert of_job(folder)["imported"] == [True, True]


def test_importing_starts_no_thread_and_touches_no_gpu_which_no_fork_would_survive(folder):
    facts = of_job(folder)
    assert facts["threads_of_parent"] == 1
    assert not facts["on_gpu"]


def test_what_libraries_print_when_they_are_imported_or_left_does_not_reach_the_terminal(folder):
    assert (folder / "terminal.txt").read_text() == ""
    assert "warned by a library\n" in (folder / ".snakemake/imports.log").read_text()


def test_every_job_has_its_own_exit_status_however_many_end_at_once(folder):
    assert of_build(folder)["statuses"] == [number % 5 for number in range(40)]


def test_a_killed_job_has_the_signal_as_its_status(folder):
    assert of_build(folder)["killed"] == -signal.SIGKILL


def test_a_signal_to_all_processes_ends_jobs_and_not_the_process_that_is_forked(folder):
    assert of_build(folder)["group"] == -signal.SIGTERM
    assert of_build(folder)["later"] == 3


def test_jobs_are_not_forked_from_programs_that_a_fork_would_run_again():
    assert not forks.possible()
