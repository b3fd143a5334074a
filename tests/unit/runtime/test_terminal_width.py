"""Messages on a terminal of a certain width."""

import pytest

from dlia.runtime.terminal import wrapped

PATH = "/a/folder/whose/name/is/longer/than/the/terminal/is/wide/MNIST.zip"


@pytest.fixture
def narrow(monkeypatch):
    """Let the terminal be 40 columns wide."""
    monkeypatch.setenv("COLUMNS", "40")


def test_no_word_is_cut(narrow):
    text = f"dlia: {PATH}: no such file, so put the archive there or name its folder"
    assert wrapped(text).split() == text.split()
    assert all(len(line) <= 40 for line in wrapped(text).splitlines() if PATH not in line)


def test_lines_that_fit_stay_as_they_are(narrow):
    text = "studies/mnist.yaml:\n  epochs:   must be above 0"
    assert wrapped(text) == text


def test_the_rest_of_a_line_is_indented_below_it(narrow):
    text = "failed:\n    a reason that is longer than the terminal is wide\n    logs/train_a.log"
    assert wrapped(text).splitlines() == [
        "failed:",
        "    a reason that is longer than the",
        "      terminal is wide",
        "    logs/train_a.log",
    ]


def test_a_file_or_pipe_has_lines_of_any_length(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr("sys.__stdout__", None)
    assert wrapped("a word " * 100) == "a word " * 100
