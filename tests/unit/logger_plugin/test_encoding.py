"""Which characters a terminal shows, by its locale."""

import pytest

from snakemake_logger_plugin_dlia.terminal import encoding

CASES = [
    ({"LANG": "de_DE.UTF-8"}, "utf-8"),
    ({"LANG": "C.utf8"}, "utf-8"),
    ({"LANG": "C", "LC_ALL": "en_US.UTF-8"}, "utf-8"),
    ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, "ascii"),
    ({"LANG": "POSIX"}, "ascii"),
    ({}, "ascii"),
    ({"LC_CTYPE": "C.UTF-8"}, "ascii"),  # as Python sets it in the C locale
    ({"LC_CTYPE": "C.UTF-8", "LANG": "en_US.UTF-8"}, "utf-8"),
]


@pytest.mark.parametrize(("variables", "expected"), CASES)
def test_only_a_locale_with_utf_8_gets_more_than_ascii(variables, expected):
    assert encoding(variables, "utf-8") == expected


def test_a_stream_that_is_said_to_be_ascii_gets_ascii():
    assert encoding({"LANG": "C.UTF-8"}, "ascii") == "ascii"
