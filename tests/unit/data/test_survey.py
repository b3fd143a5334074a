"""What is looked at of an archive that nobody has described."""

import pytest

from dlia.data.recognition.survey import evenly


@pytest.mark.parametrize(
    ("most", "kept"), [(4, "aceg"), (3, "adg"), (9, "abcdefghi"), (20, "abcdefghi")]
)
def test_of_many_files_those_that_are_read_are_spread_evenly(most, kept):
    assert "".join(evenly("abcdefghi", most)) == kept
