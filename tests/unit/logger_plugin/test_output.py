"""The thread that keeps the display of a build up to date."""

import threading
import time

import pytest

from snakemake_logger_plugin_dlia import output
from snakemake_logger_plugin_dlia.displays import InLines
from snakemake_logger_plugin_dlia.output import Output


class Faulty(InLines):
    """Cannot show what runs."""

    pause = 0.01

    def __init__(self) -> None:
        self.tries, self.lines = 0, list[str]()

    def update(self, jobs) -> None:
        self.tries += 1
        raise RuntimeError("no such colour")

    def _write(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def display(monkeypatch) -> Faulty:
    """Give the display that the next build has."""
    display = Faulty()
    monkeypatch.setattr(output, "is_suitable", lambda: False)
    monkeypatch.setattr(output, "InLines", lambda: display)
    return display


def test_a_display_that_fails_is_tried_again_and_its_fault_named_once(display):
    build = Output({"split_mnist": 1}, False, threading.RLock(), {})
    latest = time.monotonic() + 10
    while display.tries < 3 and time.monotonic() < latest:
        time.sleep(0.01)
    build.end("")
    assert display.tries >= 3
    assert [line for line in display.lines if "no such colour" in line] == [
        "dlia: cannot show the build: RuntimeError('no such colour')"
    ]
