"""Two builds are compared byte by byte, but for what differs from run to run."""

import pytest

from dlia.commands.build_diff import differences, without_volatile_html, without_volatile_tex
from dlia.runtime.files import write_text

PAGE = "<!doctype html><p>a &amp; b</p><div data-volatile><p>3 <br>s</p><img src='x'></div><p>c</p>"
TEX = "a\n% volatile: begin\n3 s\n% volatile: end\nb\n"


@pytest.fixture
def builds(tmp_path):
    """Give two folders with the same results."""
    folders = tmp_path / "first", tmp_path / "second"
    for folder in folders:
        write_text(folder / "ex1_2/accuracy.csv", "trial,accuracy\n0,0.9\n1,0.8\n")
        write_text(folder / "report.html", PAGE)
        write_text(folder / "report.tex", TEX)
        (folder / "ex1_2/model.safetensors").write_bytes(b"\x00\xff\x01")
    return folders


def test_equal_builds_have_no_differences(builds):
    assert differences(*builds) == []


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        (
            "ex1_2/accuracy.csv",
            "trial,accuracy\n0,0.9\n1,0.7\n",
            "differs in 1 of 3 lines, first in line 3",
        ),
        ("ex1_2/accuracy.csv", "trial,accuracy\n", "differs (3 and 1 lines)"),
        ("ex1_2/accuracy.csv", "trial,accuracy\r\n0,0.9\n1,0.8\n", "differs in its line ends"),
        ("report.html", PAGE.replace("c", "d"), "differs in 1 of 1 lines, first in line 1"),
        ("report.tex", TEX.replace("b\n", "c\n"), "differs in"),
    ],
)
def test_a_difference_is_named_with_its_place(file, content, said, builds):
    (builds[1] / file).write_bytes(content.encode())
    assert len(differences(*builds)) == 1
    assert differences(*builds)[0].startswith(f"{file}: {said}")


def test_a_binary_file_is_said_to_differ(builds):
    (builds[1] / "ex1_2/model.safetensors").write_bytes(b"\x00\xff\x02")
    assert differences(*builds) == ["ex1_2/model.safetensors: differs"]


@pytest.mark.parametrize("lacking", [0, 1])
def test_a_file_that_only_one_build_has_is_named(lacking, builds):
    (builds[lacking] / "ex1_2/accuracy.csv").unlink()
    assert differences(*builds) == [f"ex1_2/accuracy.csv: not in {builds[lacking]}"]


@pytest.mark.parametrize(
    "file",
    [
        "timing.csv",
        "mnist/claims_timing.csv",
        "ex1_2/sgd/run.json",
        "benchmarks/train.tsv",
        "mnist/figures/durations.svg",
        "report.pdf",
        "reports/assignment.pdf",
        "uncommitted.diff",
    ],
)
def test_seconds_and_hosts_are_not_compared(file, builds):
    write_text(builds[0] / file, "3 s")
    assert differences(*builds) == []


def test_what_is_volatile_is_left_out_of_a_page_with_all_that_it_holds():
    assert without_volatile_html(PAGE) == "<!doctype html><p>a &amp; b</p><p>c</p>"


def test_nested_volatile_elements_end_where_the_outer_one_does():
    page = "<p>a</p><div data-volatile><div data-volatile>1</div>2</div><p>b</p>"
    assert without_volatile_html(page) == "<p>a</p><p>b</p>"


def test_what_is_volatile_is_left_out_of_a_document():
    assert without_volatile_tex(TEX) == "a\nb\n"
