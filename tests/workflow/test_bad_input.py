"""What a user is told when something is wrong: one message with file, fault and remedy."""

import io
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import Checkout, copy_project, sampled
from PIL import Image


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Checkout:
    return copy_project(tmp_path_factory.mktemp("bad") / "project")


@pytest.fixture
def checkout(project, tmp_path) -> Checkout:
    return Checkout(Path(shutil.copytree(project.path, tmp_path / "project")))


def complaint(result: subprocess.CompletedProcess[str]) -> str:
    """Give what the user is told, after checking that it is a refusal without a traceback."""
    text = result.stdout + result.stderr
    assert result.returncode != 0
    assert "Traceback" not in text
    assert text.count("dlia: ") - text.count("dlia: after the cause is removed") == 1
    return text[text.index("dlia: ") :]


RATE_OF_2019 = "std: 0.05}\n        optimizer: {name: sgd, learning_rate: 0.25"
STUDY_FAULTS = {
    "a misspelt setting": (
        ("learning_rate: 0.1}", "learning_rate: 0.1}\n        epoch: 3"),
        ["studies/mnist.yaml", "exercises.ex1_2.variants.sgd.epoch", "did you mean epochs?"],
    ),
    "a rate that is no rate": (
        (RATE_OF_2019, RATE_OF_2019.replace("0.25", "0")),
        ["exercises.ex1_2.variants.sgd_2019.optimizer.learning_rate", "0 is not above 0"],
    ),
    "a number that YAML takes for text": (
        (RATE_OF_2019, RATE_OF_2019.replace("0.25", "1e-3")),
        ["optimizer.learning_rate", "'1e-3' is read as text", "write 1.0e-3"],
    ),
    "a base that does not exist": (
        ("source: R2019 1.2 and its code", "base: ex1_2/sdg"),
        ["exercises.ex1_2.variants.sgd_2019", "there is no variant ex1_2/sdg"],
    ),
    "a base that is itself": (
        ("source: R2019 1.2 and its code", "base: ex1_2/sgd_2019"),
        ["built on itself", "ex1_2/sgd_2019 -> ex1_2/sgd_2019"],
    ),
    "two variants of one name": (
        ("      sgd_2019:", "      sgd:"),
        ["studies/mnist.yaml", "'sgd' occurs twice"],
    ),
}


@pytest.mark.parametrize("fault", STUDY_FAULTS)
def test_a_fault_in_a_study_is_named_before_anything_runs(checkout, fault):
    edit, words = STUDY_FAULTS[fault]
    checkout.edit("studies/mnist.yaml", *edit)
    message = complaint(checkout.snakemake("--dry-run"))
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["trails=1"], ["trails: unknown key", "did you mean trials?"]),
        (["trials=0"], ["trials: 0 is below 1"]),
        (["device=gpu"], ["device: gpu is not one of auto, cpu, cuda"]),
        (["studies=mnist"], ["studies: 'mnist' is text, not a list"]),
        (["data_dir=nowhere"], ["nowhere/MNIST.zip: no such archive", "standins=true"]),
        (["standins=false"], ["data/MNIST.zip: no such archive", "data_dir"]),
    ],
)
def test_a_fault_in_the_configuration_is_named_before_anything_runs(checkout, words, expected):
    message = complaint(checkout.snakemake("--dry-run", "--config", *words))
    assert [word for word in expected if word not in message] == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("seed: [2021\n", ["config.yaml: not valid YAML", "line"]),
        ("seed: 2021\nseed: 2022\n", ["config.yaml", "'seed' occurs twice"]),
    ],
)
def test_a_config_that_is_no_yaml_is_named_with_its_line(checkout, line, expected):
    checkout.edit("config.yaml", "seed: 2021\n", line)
    message = complaint(checkout.snakemake("--dry-run"))
    assert [word for word in expected if word not in message] == []


def test_a_wrong_value_in_config_is_named_although_the_command_line_replaces_it(checkout):
    checkout.edit("config.yaml", "seed: 2021\n", "seed: -1\n")
    message = complaint(checkout.snakemake("--dry-run", "--config", "seed=1"))
    assert [word for word in ("config.yaml", "seed", "-1") if word not in message] == []


def png(shape: tuple[int, ...], value: int = 0) -> bytes:
    return encoded(np.full(shape, value, dtype=np.uint8))


def encoded(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def warwick() -> dict[str, bytes]:
    entries = {}
    for part, count in (("Train", 40), ("Test", 2)):
        for number in range(1, count + 1):
            entries[f"WARWICK/{part}/image_{number:02}.png"] = png((128, 128, 3), number)
            mask = np.full((128, 128), 255, np.uint8)
            mask[0] = 0
            entries[f"WARWICK/{part}/label_{number:02}.png"] = encoded(mask)
    return entries


def without_a_label(entries: dict[str, bytes]) -> None:
    del entries["WARWICK/Train/label_03.png"]


def with_a_wrong_size(entries: dict[str, bytes]) -> None:
    entries["WARWICK/Test/image_02.png"] = png((64, 128, 3))


def with_a_text_file(entries: dict[str, bytes]) -> None:
    entries["WARWICK/Train/image_07.png"] = b"this is no picture"


ARCHIVE_FAULTS: dict[Callable[[dict[str, bytes]], None], list[str]] = {
    without_a_label: ["WARWICK/Train/image_03.png", "no label_03.png beside it"],
    with_a_wrong_size: ["WARWICK/Test/image_02.png", "64x128 pixels (height x width), not 128x128"],
    with_a_text_file: ["WARWICK/Train/image_07.png", "PNG"],
}


def unpack(checkout: Checkout) -> subprocess.CompletedProcess[str]:
    return checkout.snakemake(
        "unpack_warwick", "--cores", "1", "--config", "data_dir=mine", "studies=[warwick]"
    )


def place(checkout: Checkout, entries: dict[str, bytes]) -> Path:
    archive = checkout.path / "mine" / "WARWICK.zip"
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, "w") as file:
        for name, data in entries.items():
            file.writestr(name, data)
    return archive


def nothing_is_left(checkout: Checkout) -> bool:
    return not [p for p in (checkout.path / "results/data").rglob("*") if p.is_file()]


@pytest.mark.parametrize(
    "fault", sampled([*ARCHIVE_FAULTS], 1), ids=[f.__name__ for f in ARCHIVE_FAULTS]
)
def test_an_archive_that_cannot_be_used_is_refused_as_a_whole(checkout, fault):
    entries = warwick()
    fault(entries)
    place(checkout, entries)
    message = complaint(unpack(checkout))
    assert [w for w in ["mine/WARWICK.zip", *ARCHIVE_FAULTS[fault]] if w not in message] == []
    assert nothing_is_left(checkout)


@pytest.mark.slow
@pytest.mark.parametrize("kept", [0, 20_000], ids=["empty", "truncated"])
def test_a_damaged_archive_is_refused(checkout, kept):
    archive = place(checkout, warwick())
    archive.write_bytes(archive.read_bytes()[:kept])
    assert "mine/WARWICK.zip" in complaint(unpack(checkout))
    assert nothing_is_left(checkout)


@pytest.mark.slow
def test_a_file_that_cannot_be_written_is_named_and_nothing_is_left(checkout):
    place(checkout, warwick())
    limit = 500_000  # bytes; the images take more, Snakemake's own files less
    limited = (
        "import resource, runpy, sys; "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit})); "
        "sys.argv = ['snakemake', 'unpack_warwick', '--cores', '1', '--config', "
        "'data_dir=mine', 'studies=[warwick]']; runpy.run_module('snakemake', run_name='__main__')"
    )
    result = subprocess.run(
        [sys.executable, "-c", limited],
        cwd=checkout.path,
        capture_output=True,
        text=True,
        check=False,
    )
    message = complaint(result)
    assert "results/data/warwick/images.npy: File too large" in message
    assert "ulimit -f" in message
    assert nothing_is_left(checkout)


@pytest.mark.slow
def test_a_pdf_that_cannot_be_typeset_is_announced_before_anything_is_built(checkout, tmp_path):
    checkout.edit("config.yaml", "formats: [html, tex]", "formats: [html, pdf]")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "which"):  # what Snakemake itself needs
        (programs / name).symlink_to(str(shutil.which(name)))
    places = f"{programs}:{Path(sys.executable).parent}"
    result = checkout.snakemake("results/data/standins/WARWICK.zip", "--cores", "1", PATH=places)
    told = result.stdout + result.stderr
    assert result.returncode == 0, told
    assert "results/reports/assignment.pdf: latexmk and lualatex not found. Install" in told
    assert told.index("lualatex not found") < told.index(" draw_standin_warwick (")
