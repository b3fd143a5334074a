"""The check for a machine with a GPU: tried on the CPU, and with parts that fail, hang or die."""

import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import check
import families
import pytest
import torch
import wheels
from lines import CUT, FAILED, MEASURED, MET, MISSED, NEEDS_GPU, PASSED, Line, Setup
from marked_tests import line_of
from parts import PARTS, Part
from table import table

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]

BROKEN = {
    "fails": "def run(setup):\n    yield Line('first', 'passed')\n    1 / 0\n",
    "hangs": """def run(setup):
    yield Line('begun', 'passed')
    command = [sys.executable, '-c', 'import time; time.sleep(600)']
    child = subprocess.Popen(command, start_new_session=True)
    setup.leave('child', child.pid)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    time.sleep(600)
""",
    "dies": "def run(setup):\n    os.kill(os.getpid(), signal.SIGKILL)\n    yield\n",
    "silent": "def run(setup):\n    yield from ()\n",
    "lacks": "import no_such_package.inside\n",
    "works": "def run(setup):\n    yield Line('works', 'passed', setup.device)\n",
}
HEAD = "import os, signal, subprocess, sys, time\nfrom lines import Line\n"


@pytest.fixture
def tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Line]]:
    """Give the lines of parts each of which goes wrong in another way; the last one works."""
    modules = tmp_path / "modules"
    modules.mkdir()
    for name, code in BROKEN.items():
        (modules / f"{name}.py").write_text(HEAD + code)
    path = [str(modules), str(FOLDER), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    monkeypatch.setattr(check, "SLACK", 1.0)
    monkeypatch.setattr(check, "LEAST", 0.0)
    arguments = check.parsed(["--device", "cpu", "--small", "--out", str(tmp_path)])
    found: dict[str, list[Line]] = {}
    for name in BROKEN:
        scratch = tmp_path / name
        scratch.mkdir()
        parts = [Part(name, name, 2 if name == "hangs" else 60)]
        found[name] = list(check.checked(parts, arguments, scratch))
    return found


@pytest.mark.slow
def test_a_part_that_goes_wrong_says_so_and_does_not_stop_the_next(
    tried: dict[str, list[Line]], tmp_path: Path
) -> None:
    results = {name: [line.result for line in lines] for name, lines in tried.items()}
    assert results == {
        "fails": [PASSED, FAILED],
        "hangs": [PASSED, CUT],
        "dies": [FAILED],
        "silent": [FAILED],
        "lacks": ["lacks no_such_package"],
        "works": [PASSED],
    }
    assert tried["fails"][1].detail == "ZeroDivisionError: division by zero"
    child = json.loads((tmp_path / "hangs" / "shared" / "child.json").read_text())
    until = time.monotonic() + 10  # it has been killed; the system takes it away soon after
    while Path(f"/proc/{child}").exists() and time.monotonic() < until:
        time.sleep(0.1)
    assert not Path(f"/proc/{child}").exists()


def test_a_part_for_which_no_time_is_left_is_not_begun(tmp_path: Path) -> None:
    words = ["--device", "cpu", "--out", str(tmp_path), "--seconds", "10"]
    arguments = check.parsed([*words, "--began", str(time.time() - 10)])
    (line,) = check.checked([Part("works", "works", 60)], arguments, tmp_path)
    assert (line.result, line.detail) == (CUT, "no time was left")


@pytest.mark.slow
def test_the_whole_check_runs_on_the_cpu_in_small(tmp_path: Path) -> None:
    ended = subprocess.run(
        [str(FOLDER / "check.sh"), "--device", "cpu", "--small", "--seconds", "3000"],
        env={**os.environ, "PYTHON": sys.executable, "OUT": str(tmp_path / "out")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    written = json.loads((tmp_path / "out" / "results-cpu.json").read_text())
    found = {line["part"]: line["result"] for line in written["lines"]}
    for part in PARTS:
        assert f"{part.title} (" in ended.stdout
    # Lightning is not among what the tests need.
    assert set(found.values()) <= {PASSED, MEASURED, NEEDS_GPU, "lacks lightning"}
    assert {name for name, result in found.items() if result == NEEDS_GPU} == {
        "tests marked gpu",
        "CUDA graphs",
    }
    assert len(found) >= len(PARTS) + 5  # three families, two exercises
    assert {"torch", "gpu", "commit", "date"} <= written["facts"].keys()
    text = (tmp_path / "out" / "table.txt").read_text()
    assert "Not measured on a GPU." in text
    assert text.splitlines() == written["table"]


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_without_a_gpu_one_message_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = [str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    assert check.main(["--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        "tests/gpu/check.sh: torch finds no GPU here; to try the check out: --device cpu --small\n"
    )


@pytest.mark.slow
def test_missing_packages_are_installed_beside_those_that_are_there(tmp_path: Path) -> None:
    folder = tmp_path / "wheels"
    folder.mkdir()
    about = {
        "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "METADATA": "Metadata-Version: 2.1\nName: dlia-carried\nVersion: 1\n",
        "RECORD": "",
    }
    with zipfile.ZipFile(folder / "dlia_carried-1-py3-none-any.whl", "w") as file:
        file.writestr("dlia_carried.py", "")
        for name, text in about.items():
            file.writestr(f"dlia_carried-1.dist-info/{name}", text)
    (folder / "dlia_damaged-1-py3-none-any.whl").touch()
    script = str(FOLDER / "environment.py")
    ended = subprocess.run(
        [sys.executable, script, str(folder), str(tmp_path / "venv")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "dlia_damaged-1-py3-none-any.whl: cannot be installed" in ended.stderr
    subprocess.run([ended.stdout.strip(), "-c", "import dlia_carried, torch"], check=True)


def test_an_operation_that_is_not_deterministic_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train(*_: object, **__: object) -> None:
        pooled, where = torch.nn.MaxPool2d(2, return_indices=True)(torch.rand(1, 1, 4, 4))
        torch.use_deterministic_algorithms(True)
        try:
            torch.nn.MaxUnpool2d(2)(pooled, where)
        finally:
            torch.use_deterministic_algorithms(False)

    monkeypatch.setattr(families, "train_variant", train)
    setup = Setup("cpu", True, "data", tmp_path, tmp_path, tmp_path)
    fault = families.fault_of(setup, "sgd", {"key": "ex1_2/sgd"})
    assert fault == "sgd: max_unpooling2d_forward_out is not deterministic"


def test_tests_that_cannot_be_imported_name_what_they_lack(tmp_path: Path) -> None:
    report = tmp_path / "junit.xml"
    error = "<error message='collection failure'>No module named 'jsonschema'</error>"
    report.write_text(f"<a><testcase name='b'>{error}</testcase><testcase name='c'/></a>")
    line = line_of(report, "cuda")
    assert (line.result, line.number) == ("lacks jsonschema", "1 of 2")
    report.write_text("<a><testcase name='b'><failure>no</failure></testcase></a>")
    assert line_of(report, "cuda").result == FAILED


def test_a_goal_is_judged_only_on_a_gpu_in_full_and_on_real_images(tmp_path: Path) -> None:
    def setup(device: str, small: bool) -> Setup:
        return Setup(device, small, "data", tmp_path, tmp_path, tmp_path)

    setup("cpu", False).leave("sources", {"mnist": "real", "warwick": "stand-in"})
    assert setup("cuda", False).judge(True, "mnist") == MET
    assert setup("cuda", False).judge(False, "mnist") == MISSED
    assert setup("cuda", False).judge(True, "warwick") == MEASURED
    assert setup("cuda", True).judge(True, "mnist") == MEASURED
    assert setup("cpu", False).judge(True, "mnist") == MEASURED


def test_the_table_has_a_line_for_each_and_columns() -> None:
    lines = [Line("a", PASSED, "1 of 1", seconds=2.4), Line("longer", CUT, goal="all")]
    assert table(lines).splitlines() == [
        "part    result  number  goal  s",
        "------  ------  ------  ----  -",
        "a       passed  1 of 1        2",
        "longer  cut             all   0",
    ]


def test_the_wheels_are_those_of_the_pinned_packages_but_torch_and_what_is_large() -> None:
    pins = wheels.wanted()
    assert {"snakemake", "jsonschema", "medpy", "lightning", "pytest"} <= pins.keys()
    assert not {"torch", "nvidia-cublas", "numpy", "ruff", "pulp"} & pins.keys()
    assert all("--hash=sha256:" in pin and ";" not in pin for pin in pins.values())
