"""Builds where the folder, the shell or the home folder is not as one would wish."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from conftest import Checkout, copy_project

pytestmark = pytest.mark.slow

FIGURE = "results/data/mnist/figures/samples.svg"
# As Jupyter, a module system, another Python and a careless profile set them.
DISTURBING = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "OMP_PROC_BIND": "true",
    "PYTHONHOME": "/usr",
    "PYTHONHASHSEED": "abc",
    "PYTHONOPTIMIZE": "2",
    "PYTHONWARNINGS": "error",
    "PYTHONIOENCODING": "ascii",
    "SNAKEMAKE_PROFILE": "nowhere",
    "LC_ALL": "C",
    "HOME": "/proc/none",
    "TMPDIR": "/proc/none",
    "PIP_USER": "1",
}


def with_environment(checkout: Checkout) -> Checkout:
    """Give a checkout an environment that borrows the packages of this one."""
    venv = checkout.path / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    packages = next(venv.glob("lib/python*/site-packages"))
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    snakemake = venv / "bin" / "snakemake"  # as pip installs it
    snakemake.write_text(f"#!{venv}/bin/python\nfrom snakemake.cli import main\nmain()\n")
    snakemake.chmod(0o755)
    return checkout


def call(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Call a program, with no other search path for packages than a given one."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "XDG_CACHE_HOME")}
    return subprocess.run(
        words, cwd=folder, env=kept | variables, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Checkout:
    """Give a checkout that make has set up, in a folder whose name needs quotes."""
    checkout = with_environment(copy_project(tmp_path_factory.mktemp("set up") / 'it\'s "mine" $1'))
    result = call(checkout.path, "make", "setup")
    assert result.returncode == 0, result.stderr
    return checkout


@pytest.fixture
def moved(made, tmp_path) -> Checkout:
    """Give a copy of that checkout in another folder."""
    return Checkout(Path(shutil.copytree(made.path, tmp_path / "moved", symlinks=True)))


def source_of(checkout: Checkout, *python: str) -> Path:
    """Tell where the environment of a checkout finds the package."""
    code = "import dlia; print(dlia.__file__)"
    result = call(
        checkout.path.parent, *(python or (f"{checkout.path}/.venv/bin/python",)), "-c", code
    )
    return Path(result.stdout.strip()).parents[2]


def test_a_build_works_in_a_folder_whose_name_needs_quotes(made):
    result = call(made.path, "make", f"ARGS={FIGURE}")
    assert result.returncode == 0, result.stdout + result.stderr
    assert (made.path / FIGURE).is_file()


def test_a_second_setup_does_nothing(made):
    before = {p: p.stat().st_mtime_ns for p in (made.path / ".venv").rglob("*")}
    (made.path / "requirements.txt").touch()  # as git does
    result = call(made.path, "make", "setup")
    assert (result.returncode, result.stderr) == (0, "")
    assert {p: p.stat().st_mtime_ns for p in (made.path / ".venv").rglob("*")} == before


def test_a_link_to_the_checkout_is_no_other_place(made, tmp_path):
    (tmp_path / "link").symlink_to(made.path)
    result = call(tmp_path / "link", "make", "setup", PWD=str(tmp_path / "link"))
    assert (result.returncode, result.stderr) == (0, "")


def test_variables_of_the_surroundings_change_no_byte_of_a_figure(made, moved, tmp_path):
    call(made.path, "make", f"ARGS={FIGURE}")
    shutil.rmtree(moved.path / "results", ignore_errors=True)
    foreign = tmp_path / "foreign"
    for name in ("numpy", "yaml", "pydantic", "dlia"):
        (foreign / name).mkdir(parents=True)
        (foreign / name / "__init__.py").write_text(f"raise SystemExit('foreign {name}')")
    result = call(moved.path, "make", f"ARGS={FIGURE}", PYTHONPATH=str(foreign), **DISTURBING)
    assert result.returncode == 0, result.stdout + result.stderr
    assert (moved.path / FIGURE).read_bytes() == (made.path / FIGURE).read_bytes()


def test_a_copied_checkout_uses_its_own_code_before_and_after_make(moved):
    assert source_of(moved) == moved.path
    assert call(moved.path, "make", "setup").returncode == 0
    assert source_of(moved) == moved.path


def test_the_environment_of_another_checkout_plans_and_runs_the_code_of_this_one(made, checkout):
    drawing, planning = "src/dlia/data/standins/__init__.py", "src/dlia/plan/plan.py"
    draws = "    content = io.BytesIO()\n"
    checkout.edit(drawing, draws, f"    print('drawn by this one')\n{draws}")
    checkout.edit(planning, "\n@dataclass", "\nprint('planned by this one')\n\n\n@dataclass")
    words = ("draw_standin_warwick", "--cores", "1", "--config", "standins=true")
    result = call(checkout.path, f"{made.path}/.venv/bin/snakemake", *words)
    assert result.returncode == 0, result.stderr
    assert "planned by this one" in result.stdout
    log = (checkout.path / "logs/draw_standin_warwick.log").read_text()
    assert "drawn by this one" in log


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_the_activation_of_a_copied_environment_leads_to_the_copy(moved, shell):
    result = call(moved.path, shell, "-c", '. .venv/bin/activate; echo "$VIRTUAL_ENV"')
    assert result.stdout.strip() == str(moved.path / ".venv")


def test_snakemake_of_a_copied_environment_works_where_the_original_is_gone(made, moved):
    hidden = made.path.with_name("hidden")
    made.path.rename(hidden)
    try:
        snakemake = str(moved.path / ".venv/bin/snakemake")
        result = call(moved.path, snakemake, "--dry-run", FIGURE, PYTHONHOME="/usr")
    finally:
        hidden.rename(made.path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_an_environment_of_an_older_setup_is_set_up_anew(moved):
    packages = next((moved.path / ".venv").glob("lib/python*/site-packages"))
    for path in packages.glob("*dlia*.pth"):
        path.write_text("/somewhere/else/src\n")  # as installations had it
    (moved.path / ".venv" / ".ready").write_text("")
    assert call(moved.path, "make", "setup").returncode == 0
    assert source_of(moved) == moved.path


@pytest.mark.parametrize("name", ["a:b", "{a}"])
def test_a_folder_that_cannot_work_is_refused_before_anything_is_installed(tmp_path, name):
    checkout = copy_project(tmp_path / name)
    for words in (("make", "setup"), (sys.executable, "-m", "snakemake", "-n")):
        result = call(checkout.path, *words, PYTHONPATH=str(checkout.path / "src"))
        text = result.stdout + result.stderr
        assert result.returncode != 0
        assert (text.count("dlia: "), "Traceback" in text) == (1, False)
        assert "rename or move it" in text
    assert not (checkout.path / ".venv").exists()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Temporary failure in name resolution", "package index cannot be reached"),
        ("ERROR: No matching distribution found for torch==2.15.0", "has no file of this package"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "download is damaged"),
    ],
)
def test_a_failure_of_the_installation_ends_in_one_clear_message(tmp_path, said, expected):
    checkout = copy_project(tmp_path / "project")
    python = tmp_path / "python"  # as pip would fail; for everything else the real one
    real = f'exec "{sys.executable}" "$@"'
    python.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *"-m venv"*) mkdir -p .venv/bin; cp "$0" .venv/bin/python;; '
        f'*"pip install"*) echo "{said}" >&2; exit 1;; *"pip --version"*) exit 1;; '
        f"*) {real};; esac\n"
    )
    python.chmod(0o755)
    result = call(checkout.path, "make", "setup", f"PYTHON={python}", PATH="/usr/bin:/bin")
    assert result.returncode != 0
    assert expected in result.stderr.splitlines()[-2]  # the last line is of make
    assert not (checkout.path / ".venv/.ready").exists()


def test_a_clone_that_converts_line_ends_still_has_those_of_the_project(tmp_path):
    origin = copy_project(tmp_path / "origin").path
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "core.autocrlf=true"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "all"]):
        subprocess.run([*git, *words], cwd=origin, check=True, capture_output=True)
    clone = ["clone", "-q", "--config", "core.autocrlf=true", str(origin), str(tmp_path / "clone")]
    subprocess.run([*git, *clone], check=True, capture_output=True)
    listed = subprocess.run([*git, "ls-files", "-z"], cwd=origin, check=True, capture_output=True)
    own = listed.stdout.decode().rstrip("\0").split("\0")
    differ = [n for n in own if (tmp_path / "clone" / n).read_bytes() != (origin / n).read_bytes()]
    assert len(own) > 300
    assert differ == []


def test_files_with_other_line_ends_rerun_nothing(made, moved):
    call(made.path, "make", f"ARGS={FIGURE}")
    shutil.rmtree(moved.path)
    shutil.copytree(made.path, moved.path, symlinks=True)
    for pattern in ("config.yaml", "studies/*.yaml", "src/**/*.py", "workflow/scripts/*.py"):
        for path in moved.path.glob(pattern):
            path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    result = call(moved.path, str(moved.path / ".venv/bin/snakemake"), FIGURE, "--dry-run")
    assert "Nothing to be done" in result.stdout + result.stderr
