"""What the tests share: a checkout of their own to edit, and Snakemake run in it."""

import atexit
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import planner
import pytest
import yaml
from filelock import FileLock

from dlia.study.config import Config

ROOT = Path(__file__).parents[1]

# The files of a training that takes some seconds, to be interrupted.
TRAINED = [f"results/ex1_2/elu_dropout/{name}" for name in ("model.safetensors", "history.csv")]
PREDICTED = "results/ex1_2/elu_dropout/predictions.safetensors"
EPOCHS = 200

# Where a plan keeps the digests of the code.
DIGESTS = ".snakemake/fingerprints.json"

# Tests run side by side; more threads would only get in each other's way.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# pytest-xdist sets it; without a terminal the commands have no width.
os.environ.pop("COLUMNS", None)

# Many processes run in each copy of the project; only the first has to compile its modules.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# As in a terminal: after nohup a hangup would be ignored by all that is started from here, and in
# the background of a shell an interrupt.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes depends on what else the machine does.
hypothesis.settings.register_profile("dlia", deadline=None)
hypothesis.settings.load_profile("dlia")

# Seconds of processor time: from the first a test is slow, from the second it has to say so.
SLOW, TOO_SLOW = 2, 10


class Checkout:
    """A copy of the project that a test may edit and build in."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace the only occurrence of ``old`` in ``file``."""
        text = (self.path / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        (self.path / file).write_text(text.replace(old, new), encoding="utf-8")

    def edit_yaml(self, file: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Apply ``change`` to the parsed YAML ``file``."""
        document = yaml.safe_load((self.path / file).read_text(encoding="utf-8"))
        change(document)
        text = yaml.safe_dump(document, sort_keys=False)
        (self.path / file).write_text(text, encoding="utf-8")

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a module of this interpreter in the checkout, such as snakemake or dlia."""
        return subprocess.run(
            [sys.executable, "-m", *words],
            cwd=self.path,
            env={**os.environ, "PYTHONPATH": str(self.path / "src"), **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def snakemake(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run Snakemake in the checkout; a dry run in a fork of a process that has imported it."""
        if "--dry-run" not in words:
            return self.run("snakemake", *words, **environment)
        path = {"PYTHONPATH": str(self.path / "src")}
        return planner.snakemake(self.path, words, {**os.environ, **path, **environment})

    def planned(self, *words: str, **environment: str) -> set[str]:
        """Give the names of the rules that a dry run would execute."""
        result = self.snakemake(*words, "--dry-run", **environment)
        assert result.returncode == 0, result.stdout + result.stderr
        lines = (result.stdout + result.stderr).splitlines()
        heads = [
            line.split()[1].rstrip(":")
            for line in lines
            if line.startswith(("rule ", "localrule "))
        ]
        return set(heads) - {"all"}


def copy_project(target: Path) -> Checkout:
    """Copy the project's own files, and nothing that a build has made but two kinds of caches.

    Its config.yaml asks for two studies, one of each task; builds of more would test nothing else.
    """
    return Checkout(Path(shutil.copytree(_planned_project(), target, dirs_exist_ok=True)))


@cache
def _planned_project() -> Path:
    """Give a copy that has planned: the digests of the code and its bytecode take seconds."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    checkout = _copy_files(folder / "project")
    planned = checkout.snakemake("--dry-run", "--config", "standins=true")
    assert planned.returncode == 0, planned.stderr
    kept = (checkout.path / DIGESTS).read_bytes()
    shutil.rmtree(checkout.path / ".snakemake")
    (checkout.path / DIGESTS).parent.mkdir()
    (checkout.path / DIGESTS).write_bytes(kept)
    return checkout.path


def _copy_files(target: Path) -> Checkout:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", ":!tests"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for name in listed:
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    checkout = Checkout(target)
    asked = ", ".join(Config.model_fields["studies"].default)
    checkout.edit("config.yaml", f"studies: [{asked}]", "studies: [mnist, warwick]")
    return checkout


def _still_possible(study: dict[str, Any]) -> dict[str, Any]:
    """Give the claims on those variants of a study that are left."""
    left = {f"{e}/{v}" for e, block in study["exercises"].items() for v in block["variants"]}
    rivals = ("of", "higher_than", "lower_than", "equal_to", "relative_to")

    def possible(claim: dict[str, Any]) -> bool:
        named = [claim[key] for key in rivals if key in claim]
        keys = {key for item in named for key in ([item] if isinstance(item, str) else item)}
        short = claim.get("epoch", "all") != "all" or claim.get("value") == "reported"
        return keys <= left and not short

    return {name: claim for name, claim in study["claims"].items() if possible(claim)}


def shrink(checkout: Checkout) -> None:
    """Make the studies so small that a build takes seconds: one exercise of each kind is left."""

    def mnist(study: dict[str, Any]) -> None:
        # Shortens one variant, ex1_1/numpy_2019.
        study["data"]["standin"] |= {"train": 200, "test": 50, "max_epochs": 4}
        study["defaults"]["trials"] = 2
        study["sources"]["R2024"]["best"] = "ex1_2/sgd"
        del study["sources"]["R2019"]["best"]
        study["exercises"] = {name: study["exercises"][name] for name in ("ex1_1", "ex1_2")}
        variants = study["exercises"]["ex1_1"]["variants"]
        variants |= {"sgd": variants["sgd"] | {"epochs": 3}, "numpy_2019": variants["numpy_2019"]}
        del variants["numpy_2019"]["trials"], variants["numpy"]
        del variants["numpy_2024"], variants["sgd_2024"], variants["adam"]
        variants = study["exercises"]["ex1_2"]["variants"]
        variants["sgd"]["epochs"] = 3
        del variants["sgd_2019"]
        elu = {"activation": "elu", "dropout": {"rate": 0.2, "of": "channels"}}
        variants["elu_dropout"] = {"base": "ex1_2/sgd", "model": elu}
        variants["too_fast"] = {"base": "ex1_2/sgd", "optimizer": {"learning_rate": 10}}
        # Not finite in the first epoch, and before it.
        variants["explodes"] = {"base": "ex1_2/sgd", "optimizer": {"learning_rate": 1.0e20}}
        start = {"name": "normal", "std": 1.0e30}
        variants["lost"] = {"base": "ex1_2/sgd", "initialization": start}
        variants["again"] = {"same_as": "ex1_2/sgd"}
        study["claims"] = _still_possible(study)
        study["claims"]["too_fast_learns_nothing"] = {
            "source": "sheet 1.2",
            "says": "A rate that is too high does not learn.",
            "of": "ex1_2/too_fast",
            "lower_than": "ex1_2/sgd",
        }

    def warwick(study: dict[str, Any]) -> None:
        study["data"]["standin"] |= {"train": 20, "test": 5, "size": 32}
        study["defaults"]["trials"] = 2
        exercises = study["exercises"]
        study["exercises"] = {name: exercises[name] for name in ("ex2_1", "ex2_4")}
        for variant in exercises["ex2_1"]["variants"].values():
            variant["epochs"] = 2
            variant.pop("trials", None)
        exercises["ex2_1"]["variants"]["augmented"] = {
            "base": "ex2_1/baseline_2019",
            "add_copies": ["horizontal_flip"],
            "augmentation": {"name": "random", "rotation": 10, "elastic": {"displacement": 1}},
            "averaging": {"name": "ema", "decay": 0.9},
            "prediction": {"views": "dihedral"},
        }
        blocks = exercises["ex2_4"]["variants"]
        blocks["plain_2"] |= {"base": "ex2_1/baseline_2019", "fit": "train"}
        blocks["plain_2"]["monitor"] = ["train", "validation"]
        for name in ("plain_1", "residual_1", "plain_3", "residual_3"):
            del blocks[name]
        exercises["ex2_4"]["boundary"] = ["plain_2", "residual_2"]
        study["claims"] = _still_possible(study)

    checkout.edit("config.yaml", "trials: null", "trials: 2")
    checkout.edit_yaml("studies/mnist.yaml", mnist)
    checkout.edit_yaml("studies/warwick.yaml", warwick)


def sampled(cases: Sequence[Any], kept: int) -> list[Any]:
    """Mark all but ``kept`` cases as slow, those chosen by chance but always the same."""
    chosen = random.Random(len(cases)).sample(range(len(cases)), kept)
    return [
        case if place in chosen else pytest.param(*_values(case), marks=pytest.mark.slow)
        for place, case in enumerate(cases)
    ]


def _values(case: Any) -> tuple[Any, ...]:
    return case if isinstance(case, tuple) else (case,)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Bytes are named by their length: what they hold may be new in every run (gzip's time),
    and workers that name a case differently end the run."""
    return f"{len(val)}_bytes" if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with what takes longest, so that no worker is left with it in the end."""
    builds = {"build", "edited", "prepared", "whole", "own"}

    def rank(item: pytest.Item) -> tuple[bool, bool]:
        return "slow" not in item.keywords, not builds & set(getattr(item, "fixturenames", ()))

    items.sort(key=rank)


def processor_time() -> float:
    """Give the seconds that this process and those that it has waited for have computed."""
    return sum(os.times()[:4])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Refuse a test that is far too slow for `make test`, where it is not marked as slow.

    What other programs do at the same time hardly changes the time of the processor.
    """
    before = processor_time()
    yield
    taken = processor_time() - before
    if item.keywords.keys() & {"slow", "always", "gpu"} or taken < SLOW:
        return
    item.user_properties.append(("processor_time", taken))
    assert taken < TOO_SLOW, f"takes {taken:.0f} s of processor time: mark it as slow"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """List the tests that should be marked as slow."""
    passed = terminalreporter.stats.get("passed", [])
    taken = {
        report.nodeid: seconds
        for report in passed
        for name, seconds in report.user_properties
        if name == "processor_time"
    }
    if taken:
        terminalreporter.section(f"over {SLOW} s of processor time, not marked as slow")
    for name in sorted(taken, key=lambda name: -taken[name]):
        terminalreporter.write_line(f"{taken[name]:4.1f} s  {name}")


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Let only one of the workers that run tests side by side ``make`` the folder ``name``.

    Runs that share DLIA_TEST_BUILDS, a folder, share what one of them has made.
    """
    base = factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    base = Path(os.environ.get("DLIA_TEST_BUILDS", base))
    with FileLock(base / f"{name}.lock"):
        if not (base / f"{name}.made").exists():
            make(base / name)
            (base / f"{name}.made").touch()
    return base / name


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Give the project, shrunk and built on stand-ins, as it is; copy it to change it."""

    def make(folder: Path) -> None:
        checkout = copy_project(folder)
        shrink(checkout)
        for kind in (Path.touch, Path.mkdir):  # what killed jobs leave
            kind(folder / f"results/.partial-{kind.__name__}")
        result = checkout.snakemake(
            "all", "results/report.tex", "--cores", "2", "--resources", "gpu=1"
        )
        assert result.returncode == 0, result.stdout + result.stderr
        (folder / "terminal.txt").write_text(result.stdout + result.stderr)

    return Checkout(once(tmp_path_factory, "build", make))


@pytest.fixture
def edited(build: Checkout, tmp_path: Path) -> Checkout:
    """Give a copy of the build, its times kept, for a test to edit."""
    return Checkout(Path(shutil.copytree(build.path, tmp_path / "edited", symlinks=True)))


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Give a fresh copy of the project."""
    return copy_project(tmp_path / "project")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Give the folder with the real archives, named by DLIA_DATA; without it, skip."""
    if "DLIA_DATA" not in os.environ:
        pytest.skip("DLIA_DATA names no folder with real archives")
    return Path(os.environ["DLIA_DATA"])


@pytest.fixture(scope="session")
def prepared(tmp_path_factory) -> Checkout:
    """Give a small study whose data are unpacked, with a training that takes some seconds."""

    def make(folder: Path) -> None:
        checkout = copy_project(folder)
        shrink(checkout)

        def longer(study):
            study["exercises"]["ex1_2"]["variants"]["elu_dropout"]["epochs"] = EPOCHS
            del study["data"]["standin"]["max_epochs"]

        checkout.edit_yaml("studies/mnist.yaml", longer)
        result = checkout.snakemake("results/data/mnist/split.csv", "--cores", "1")
        assert result.returncode == 0, result.stderr

    return Checkout(once(tmp_path_factory, "prepared", make))


@pytest.fixture(scope="session")
def whole(prepared, tmp_path_factory) -> dict[str, bytes]:
    """Give the files of that training when nothing interrupts it."""

    def make(folder: Path) -> None:
        checkout = copied(prepared, folder)
        result = checkout.snakemake(PREDICTED, "--cores", "2")
        assert result.returncode == 0, result.stderr

    folder = once(tmp_path_factory, "whole", make)
    return {name: (folder / name).read_bytes() for name in [*TRAINED, PREDICTED]}


def copied(prepared: Checkout, folder: Path) -> Checkout:
    subprocess.run(["cp", "-a", str(prepared.path), str(folder)], check=True)
    return Checkout(folder)


@pytest.fixture
def own(prepared, tmp_path) -> Checkout:
    """Give a copy of the prepared study to build in."""
    return copied(prepared, tmp_path / "own")
