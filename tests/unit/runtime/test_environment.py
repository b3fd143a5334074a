"""Variables of the surroundings: what must be set is set, and what would disturb is dropped."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dlia.runtime.environment import SOURCE, cleaned


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PYTHONHOME", "/usr"),
        ("PYTHONSTARTUP", "/home/me/startup.py"),
        ("PYTHONOPTIMIZE", "2"),
        ("PYTHONWARNINGS", "error"),
        ("PYTHONHASHSEED", "abc"),
        ("PYTHONIOENCODING", "ascii"),
        ("MATPLOTLIBRC", "/home/me/matplotlibrc"),
        ("OMP_PROC_BIND", "true"),
        ("KMP_AFFINITY", "compact"),
        ("MKL_CBWR", "SSE2"),
        ("OPENBLAS_CORETYPE", "Prescott"),
        ("ATEN_CPU_CAPABILITY", "default"),
        ("NVIDIA_TF32_OVERRIDE", "1"),
        ("TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", "1"),
    ],
)
def test_a_variable_that_changes_numbers_or_breaks_jobs_does_not_reach_them(name, value):
    assert name not in cleaned({name: value})


@pytest.mark.parametrize(
    "name", ["PATH", "HOME", "TMPDIR", "CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID", "OMP_NUM_THREADS"]
)
def test_what_a_machine_or_a_cluster_has_set_stays(name):
    assert cleaned({name: "x"})[name] == "x"


@pytest.mark.parametrize(
    ("name", "foreign"),
    [
        ("MPLBACKEND", "module://matplotlib_inline.backend_inline"),
        ("CUBLAS_WORKSPACE_CONFIG", ":0:0"),
        ("PYTHONNOUSERSITE", ""),
        ("PYTHONUTF8", "0"),
    ],
)
def test_what_jobs_need_is_set_whatever_the_surroundings_say(name, foreign):
    assert cleaned({name: foreign}) == cleaned({})
    assert name in cleaned({})


def test_only_the_package_of_this_checkout_is_on_the_search_path_of_jobs():
    assert cleaned({"PYTHONPATH": "/foreign:/other/src"})["PYTHONPATH"] == str(SOURCE)


def test_nothing_is_dropped_that_jobs_of_another_workflow_may_need():
    given = {"PYTHONPATH": "/foreign", "OMP_PROC_BIND": "true"}
    shared = cleaned(given, shared=True)
    assert shared["OMP_PROC_BIND"] == "true"
    assert shared["PYTHONPATH"] == f"{SOURCE}{os.pathsep}/foreign"


def test_a_search_path_that_snakemake_itself_comes_from_stays():
    import snakemake

    home = str(Path(snakemake.__file__).parents[1])
    path = f"/modules{os.pathsep}{home}"
    assert cleaned({"PYTHONPATH": path})["PYTHONPATH"] == f"{SOURCE}{os.pathsep}{path}"


def test_a_file_beside_the_build_is_not_taken_for_a_module_of_the_library(tmp_path):
    (tmp_path / "random.py").write_text("raise SystemExit('the wrong one')")
    result = subprocess.run(
        [sys.executable, "-P", "-m", "dlia.runtime.start", "tempfile"],  # it imports random
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(SOURCE), str(tmp_path)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")


def test_a_script_runs_beside_its_own_files_without_foreign_packages(tmp_path):
    for name in ("foreign", "own"):
        (tmp_path / name).mkdir()
    (tmp_path / "foreign/numpy.py").write_text("raise SystemExit('foreign')")
    (tmp_path / "own/beside.py").write_text("print('beside')")
    script = tmp_path / "own/script.py"
    script.write_text("import beside, numpy, sys; print(sys.argv[1:])")
    result = subprocess.run(
        [sys.executable, "-m", "dlia.runtime.start", str(script), "--option"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(SOURCE), str(tmp_path / "foreign")])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.stderr, result.stdout) == ("", "beside\n['--option']\n")


@pytest.mark.parametrize("home", ["/proc/none", "/dev/null"])
def test_where_the_home_folder_takes_no_files_caches_lie_beside_the_build(tmp_path, home):
    code = (
        "import os, pathlib; from dlia.runtime.environment import clean; "
        "clean(pathlib.Path('caches')); print(os.environ['XDG_CACHE_HOME']); "
        "import matplotlib; print(matplotlib.get_cachedir())"
    )
    variables = {k: v for k, v in os.environ.items() if k not in ("XDG_CACHE_HOME", "MPLCONFIGDIR")}
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**variables, "HOME": home, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stderr == ""
    inside = [Path(line).is_relative_to(tmp_path / "caches") for line in result.stdout.splitlines()]
    assert inside == [True, True]
