"""What a user sees of a build: a screen on a terminal, and lines elsewhere."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable

import pytest
from conftest import Checkout

ESCAPE = re.compile(r"\x1b\[([\d;?]*)([A-Za-z])")
# A Snakemake without this project's package, as a user may have one.
FOREIGN = """
import sys
sys.path[:] = [path for path in sys.path if not path.rstrip("/").endswith("/src")]
from snakemake.cli import main
main(sys.argv[1:])
"""

# Another logger plugin.
OTHER = """
import sys
from snakemake_interface_logger_plugins.base import LogHandlerBase

class LogHandler(LogHandlerBase):
    writes_to_stream = has_filter = has_formatter = True
    writes_to_file = needs_rulegraph = False

    def emit(self, record):
        print("other:", getattr(getattr(record, "event", None), "name", ""), file=sys.stderr)
"""


class Screen:
    """A terminal: its lines, the lines that have left it at the top, and escapes it cannot do."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.lines, self.row, self.column = [""], 0, 0
        self.gone: list[str] = []
        self.strange: list[str] = []

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def feed(self, text: str) -> None:
        """Take what is written to the terminal."""
        while text:
            if found := ESCAPE.match(text):
                self._escape(found[1], found[2])
                text = text[found.end() :]
            else:
                self._write(text[0])
                text = text[1:]

    def _write(self, sign: str) -> None:
        if sign == "\r":
            self.column = 0
        elif sign == "\n" or self.column == self.columns:
            self.row, self.column = self.row + 1, 0
            if self.row == len(self.lines):
                self.lines.append("")
            if len(self.lines) > self.rows:
                self.gone.append(self.lines.pop(0))
                self.row -= 1
        if sign not in "\r\n":
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[: self.column] + sign + line[self.column + 1 :]
            self.column += 1

    def _escape(self, number: str, letter: str) -> None:
        if letter == "A":
            self.row = max(self.row - int(number or 1), 0)
        elif letter == "H" and not number:
            self.row = self.column = 0
        elif letter in "JK" and not number:
            self.lines[self.row] = self.lines[self.row][: self.column]
            if letter == "J":
                del self.lines[self.row + 1 :]
        elif letter != "m":
            self.strange.append(number + letter)


class Terminal:
    """Snakemake on a terminal of its own."""

    def __init__(
        self, checkout: Checkout, *words: str, size: tuple[int, int] = (80, 24), **environment: str
    ) -> None:
        self.screen, self.bytes = Screen(*size), b""
        self.looks: list[str] = []
        self.scrolled = 0  # lines that left the terminal while the screen was shown
        self.master, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.modes = termios.tcgetattr(terminal)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "snakemake", *words, "--cores", "2"],
            cwd=checkout.path,
            env={
                **{name: value for name, value in os.environ.items() if name != "NO_COLOR"},
                "PYTHONPATH": str(checkout.path / "src"),
                "TERM": "xterm",
                "LC_ALL": "C.UTF-8",
                **environment,
            },
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        self.terminal = terminal

    def watch(self, wanted: Callable[[str], object] = lambda _: False) -> None:
        """Look at the screen until it is as ``wanted``, or until the build has ended."""
        latest = time.monotonic() + 120
        os.set_blocking(self.master, False)
        while not wanted(self.screen.text):
            assert time.monotonic() < latest, self.screen.text
            ended = self.process.poll() is not None
            try:
                added = os.read(self.master, 65536)
            except BlockingIOError:
                added = b""
            self.bytes += added
            self.screen.feed(added.decode())
            if added:
                self.looks.append(self.screen.text)
                if "trainings:" in self.screen.text:
                    self.scrolled = len(self.screen.gone)
            elif ended:
                break
            time.sleep(0.05)

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())


@pytest.fixture(scope="module")
def seen(build, tmp_path_factory) -> Terminal:
    """Give a training and its prediction as a terminal of 80 by 24 has shown them."""
    folder = tmp_path_factory.mktemp("seen") / "project"
    subprocess.run(["cp", "-a", str(build.path), str(folder)], check=True)
    terminal = Terminal(
        Checkout(folder), "predict_ex1_2_sgd", "--forcerun", "train_ex1_2_sgd", size=(80, 24)
    )
    terminal.watch()
    assert terminal.process.wait() == 0, terminal.screen.text
    return terminal


@pytest.mark.slow
def test_a_terminal_shows_progress_and_what_trains(seen):
    assert any("trainings: 1 running, of 1" in look for look in seen.looks)
    assert any("1 of 2 jobs" in look and "done: train_ex1_2_sgd" in look for look in seen.looks)
    assert any("also running: predict_ex1_2_sgd" in look for look in seen.looks)


@pytest.mark.slow
def test_nothing_scrolls_by(seen):
    assert seen.scrolled == 0
    assert seen.screen.strange == []
    assert max(len(look.splitlines()) for look in seen.looks) <= 24


@pytest.mark.slow
def test_in_the_end_the_screen_is_gone_and_one_line_says_how_the_build_ended(seen):
    # The table of results, which follows, may be longer than the terminal.
    shown = [*seen.screen.gone, *seen.screen.lines]
    (last,) = (line for line in shown if "jobs are done" in line)
    assert last.startswith("dlia: all 2 jobs are done, after ")
    assert "trainings:" not in seen.screen.text


@pytest.mark.slow
def test_ctrl_c_leaves_a_clean_terminal_and_says_how_to_continue(own):
    terminal = Terminal(own, "train_ex1_2_elu_dropout")
    terminal.watch(lambda text: " of 200 " in text)
    terminal.type("\x03")
    terminal.watch()
    assert terminal.process.wait() == 1
    text = terminal.screen.text
    assert "interrupted: ex1_2/elu_dropout" in text
    assert text.strip().splitlines()[-1] == "dlia: the same command continues it"
    assert "trainings:" not in text
    assert "Traceback" not in text
    assert terminal.screen.strange == []
    assert termios.tcgetattr(terminal.terminal) == terminal.modes
    assert list(own.path.glob("checkpoints/ex1_2/elu_dropout/*.pt"))


@pytest.mark.slow
def test_a_small_ascii_terminal_without_colours_gets_what_it_can_show(edited):
    words = ("split_mnist", "--force")
    terminal = Terminal(edited, *words, size=(50, 10), LC_ALL="C", NO_COLOR="1")
    terminal.watch()
    assert terminal.process.wait() == 0, terminal.screen.text
    assert terminal.bytes.isascii()
    assert not re.search(rb"\x1b\[[\d;]*[34]\dm", terminal.bytes)
    assert any("0 of 1 jobs" in look for look in terminal.looks)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["dumb", "pipe"])
def test_elsewhere_nothing_moves_the_cursor(kind, edited):
    if kind == "pipe":
        text = edited.snakemake("split_mnist", "--force", "--cores", "1").stderr
    else:
        terminal = Terminal(edited, "split_mnist", "--force", TERM="dumb")
        terminal.watch()
        text = terminal.bytes.decode()
    assert "\x1b" not in text
    assert re.search(r"^\d\d:\d\d:\d\d 1/1 split_mnist \(", text, re.MULTILINE)


def test_without_a_terminal_a_build_writes_a_line_for_each_job_and_little_else(build):
    lines = (build.path / "terminal.txt").read_text().splitlines()
    done = [line.split()[2] for line in lines if re.match(r"\d\d:\d\d:\d\d +\d+/\d+ ", line)]
    assert len(done) > 40
    assert len(done) == len(set(done))
    beside = [line for line in lines if not re.match(r"\d\d:\d\d:\d\d ", line)]
    assert len(beside) < 40, beside


@pytest.mark.slow
def test_a_failed_job_is_named_with_its_reason_at_once_and_in_the_end(edited):
    (edited.path / "results/ex1_2/sgd/model.safetensors").write_bytes(b"nothing of a model")
    words = ("predict_ex1_2_sgd", "--force", "--rerun-triggers", "mtime", "--cores", "1")
    result = edited.snakemake(*words)
    assert result.returncode == 1
    log = (edited.path / "logs/predict_ex1_2_sgd.log").read_text()
    reason = log.splitlines()[-1].removeprefix("dlia failed: ")
    told = result.stdout + result.stderr
    assert [line.strip().split(" ", 1)[-1] for line in told.splitlines() if reason in line] == [
        f"failed: predict_ex1_2_sgd: {reason}",
        f"predict_ex1_2_sgd: {reason}",
    ]
    assert told.count("    logs/predict_ex1_2_sgd.log") == 2
    assert "Traceback" not in told


def test_what_snakemake_keeps_of_a_build_is_complete(build):
    first = min((build.path / ".snakemake/log").glob("*.log"))  # other tests read the build, too
    text = first.read_text()
    assert "rule train_ex1_2_sgd:" in text
    assert "(100%) done" in text


@pytest.mark.slow
@pytest.mark.parametrize(("words", "own"), [([], False), (["--verbose"], True), (["-p"], True)])
def test_snakemakes_own_output_comes_back_when_it_is_asked_for(words, own, build):
    result = build.snakemake("results/ex1_2/summary.csv", "--cores", "1", *words)
    assert "Nothing to be done" in result.stderr
    assert ("Building DAG of jobs" in result.stderr) == own


@pytest.mark.slow
def test_a_snakemake_without_the_plugin_builds_with_its_own_output(edited):
    words = [sys.executable, "-c", FOREIGN, "split_mnist", "--force", "--cores", "1"]
    result = subprocess.run(words, cwd=edited.path, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "1 of 1 steps (100%) done" in result.stderr


@pytest.mark.slow
def test_another_logger_shows_the_build_alone(checkout, tmp_path):
    plugin = tmp_path / "snakemake_logger_plugin_other"
    plugin.mkdir()
    (plugin / "__init__.py").write_text(OTHER)
    checkout.edit("studies/mnist.yaml", "train: 1500, test: 500", "train: 200, test: 50")
    words = ("results/data/mnist/dataset.json", "--cores", "1", "--logger", "other")
    path = os.pathsep.join([str(checkout.path / "src"), str(tmp_path)])
    result = checkout.snakemake(*words, PYTHONPATH=path)
    assert result.returncode == 0, result.stderr
    lines = result.stderr.splitlines()
    assert "other: JOB_FINISHED" in lines
    assert not any(re.match(r"\d\d:\d\d:\d\d|dlia: all ", line) for line in lines)


def test_the_plugin_alone_imports_nothing_of_the_package():
    code = (
        "import snakemake_logger_plugin_dlia, sys; print([m for m in sys.modules if 'dlia' in m])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "['snakemake_logger_plugin_dlia']"
