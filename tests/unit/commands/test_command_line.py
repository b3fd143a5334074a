"""The command ``dlia``: its help, its errors and exit statuses, and the folder it works in."""

import re
import shlex
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from conftest import ROOT, Checkout, copy_project

from dlia import __main__
from dlia.__main__ import main
from dlia.commands import folder, verify

COMMANDS = ("compare", "detect", "doctor", "fetch", "new-study", "status", "variants", "verify")


@pytest.fixture
def dlia(monkeypatch, capsys):
    """Give what runs ``dlia`` in a folder: status, output, errors."""

    def run(*words: str, cwd: Path = ROOT) -> tuple[int, str, str]:
        monkeypatch.chdir(cwd)
        monkeypatch.setattr(sys, "argv", ["dlia", *words])
        try:
            status = main()
        except SystemExit as ended:
            status = int(ended.code or 0)
        return status, *capsys.readouterr()

    return run


def test_the_environment_gets_a_command_that_is_this_one():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    module, _, function = scripts["dlia"].partition(":")
    assert getattr(import_module(module), function) is main


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_gives_an_example_that_can_be_parsed(command, dlia):
    status, text, _ = dlia(command, "--help")
    (example,) = re.findall(r"^example: dlia (.*)$", text, flags=re.MULTILINE)
    assert status == 0
    module = __main__.parser().parse_args(shlex.split(example)).run.__module__
    assert module.endswith(command.replace("-", "_"))


def test_the_help_fits_eighty_columns(dlia, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    for words in (["--help"], *([command, "--help"] for command in COMMANDS)):
        assert max(map(len, dlia(*words)[1].splitlines())) <= 80


def test_a_misspelt_command_ends_in_one_line_with_the_one_that_was_meant(dlia):
    status, output, errors = dlia("stauts")
    assert (status, output) == (2, "")
    assert errors == "dlia: stauts: no such command; did you mean status? (see dlia --help)\n"


def test_without_a_command_one_line_says_where_the_commands_are_listed(dlia):
    status, _, errors = dlia()
    assert status == 2
    assert (errors.count("\n"), "dlia --help" in errors) == (1, True)


@pytest.mark.slow
def test_the_module_names_itself_as_it_was_called():
    words = [sys.executable, "-m", "dlia", "--help"]
    shown = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout.startswith("usage: python -m dlia ")


def test_outside_of_a_build_the_message_names_the_folder_of_the_project(dlia, tmp_path):
    status, _, errors = dlia("status", cwd=tmp_path)
    assert status == 1
    assert f"dlia: {tmp_path}: no folder of a build" in errors
    assert f"dlia --directory {ROOT} ..." in errors


def test_below_a_build_the_message_names_the_folder_of_the_build(dlia, tmp_path):
    (tmp_path / "config.yaml").touch()
    (tmp_path / "results/ex1_2").mkdir(parents=True)
    errors = dlia("variants", cwd=tmp_path / "results/ex1_2")[2]
    assert f"dlia --directory {tmp_path} ..." in errors


def test_a_folder_can_be_named(dlia, tmp_path):
    inside, named = dlia("variants"), dlia("--directory", str(ROOT), "variants", cwd=tmp_path)
    assert inside == named


def test_a_folder_that_does_not_exist_is_named(dlia, tmp_path):
    status, _, errors = dlia("--directory", "nowhere", "status", cwd=tmp_path)
    assert (status, errors) == (1, "dlia: --directory nowhere: No such file or directory\n")


def test_another_copy_of_the_project_is_refused(dlia, tmp_path):
    (tmp_path / "src/dlia").mkdir(parents=True)
    status, _, errors = dlia("variants", cwd=tmp_path)
    assert status == 1
    assert f"dlia: {tmp_path}: another copy of the project" in errors


@pytest.mark.parametrize("own", ["Snakefile", "workflow/Snakefile"])
def test_the_workflow_of_a_folder_is_its_own_if_it_has_one(own, tmp_path):
    assert folder.snakefile(tmp_path) == ROOT / "Snakefile"
    (tmp_path / own).parent.mkdir(exist_ok=True)
    (tmp_path / own).touch()
    assert folder.snakefile(tmp_path) == tmp_path / own


def test_a_rebuild_asks_for_the_latex_report_where_it_was_built(tmp_path):
    assert verify.targets(tmp_path) == []
    (tmp_path / "results").mkdir()
    (tmp_path / "results/report.tex").touch()
    assert verify.targets(tmp_path) == ["all", "results/report.tex"]


def test_a_rebuild_of_a_workflow_that_imports_dlia_has_its_default_targets(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results/report.tex").touch()
    (tmp_path / "Snakefile").touch()
    assert verify.targets(tmp_path) == []


@pytest.fixture
def build(tmp_path, monkeypatch) -> Path:
    """Give the folder of a build; a folder below is the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("~/courses", "home/courses"),
        ("$HOME/courses", "home/courses"),
        ("../courses", "../courses"),
        ("courses", "courses"),
    ],
)
def test_a_rebuild_finds_the_archives_of_the_build(folder, expected, build):
    place = f"data_dir={(build / expected).resolve()}"
    given = f"data_dir={folder}"
    for option in (["--config", given], ["-C", given], [f"--config={given}"]):
        assert verify.with_archives(option, build)[1:] == [place]
    (build / "config.yaml").write_text(f"data_dir: {folder}\n")
    assert verify.with_archives([], build) == ["--config", place]
    words = ["--config", "trials=1", "--cores", "2"]
    assert verify.with_archives(words, build) == ["--config", place, *words[1:]]


@pytest.mark.parametrize("words", [[], ["--config", "data_dir=data"], ["--cores", "2"]])
def test_a_rebuild_with_the_default_archives_gets_the_same_arguments(words, build):
    assert verify.with_archives(words, build) == words


def test_a_value_that_is_no_yaml_is_named(dlia):
    status, _, errors = dlia("variants", "--config", "studies=[mnist")
    assert status == 1
    assert errors.startswith("dlia: --config studies=[mnist: not valid YAML")
    assert errors.count("\n") == 1


def test_a_file_that_the_system_refuses_ends_in_one_line_that_names_it(dlia, monkeypatch):
    def refused(directory):
        raise PermissionError(13, "Permission denied", "results/a.csv")

    monkeypatch.setattr(__main__, "enter", refused)
    assert dlia("status") == (1, "", "dlia: results/a.csv: Permission denied\n")


def test_an_interrupt_ends_in_one_line_and_the_status_of_a_shell(dlia, monkeypatch):
    def interrupted(directory):
        raise KeyboardInterrupt

    monkeypatch.setattr(__main__, "enter", interrupted)
    assert dlia("status") == (130, "", "dlia: interrupted\n")


@pytest.mark.slow
def test_a_closed_pipe_ends_the_command_without_a_word():
    command = f"{shlex.quote(sys.executable)} -m dlia variants | :; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (141, "")


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> tuple[Checkout, Path]:
    """Give a copy of the project, and the command as pip installs it."""
    home = tmp_path_factory.mktemp("installed")
    checkout = copy_project(home / "project")
    pip = ["pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    to = ["--no-build-isolation", "--target", str(home / "packages"), "."]
    result = checkout.run(*pip, *to)
    assert result.returncode == 0, result.stderr
    return checkout, home / "packages/bin"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("dlia var", {"variants"}),
        ("dlia variants ex1_2/", {"ex1_2/sgd", "ex1_2/sgd_2019"}),
        ("dlia status --w", {"--watch"}),
    ],
)
def test_bash_completes_commands_options_and_variants(line, expected, installed):
    pytest.importorskip("argcomplete")
    checkout, folder = installed
    script = f"""
        export PATH={folder}:{Path(sys.executable).parent}:$PATH
        export PYTHONPATH={checkout.path / "src"}:$PYTHONPATH
        eval "$(register-python-argcomplete dlia)"
        COMP_LINE={shlex.quote(line)} COMP_POINT={len(line)} COMP_TYPE=9
        COMP_WORDS=({line}) COMP_CWORD={len(line.split()) - 1}
        function=$(complete -p dlia | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        $function dlia
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    completed = subprocess.run(
        ["bash", "-c", script], cwd=checkout.path, capture_output=True, text=True, check=False
    )
    assert set(completed.stdout.split()) == expected, completed.stderr


@pytest.mark.slow
def test_the_installed_command_works_in_a_folder_of_the_project(installed):
    checkout, folder = installed
    environment = {"PYTHONPATH": str(checkout.path / "src")}
    ended = subprocess.run(
        [folder / "dlia", "variants", "ex1_2/sgd"],
        cwd=checkout.path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("ex1_2/sgd\n")
