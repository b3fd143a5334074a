"""What is looked at of an archive that nobody has described."""

import pytest

from dlia.data.recognition.survey import evenly, suffix_of


@pytest.mark.parametrize(
    ("most", "kept"), [(4, "aceg"), (3, "adg"), (9, "abcdefghi"), (20, "abcdefghi")]
)
def test_of_many_files_those_that_are_read_are_spread_evenly(most, kept):
    assert "".join(evenly("abcdefghi", most)) == kept


@pytest.mark.parametrize(
    ("path", "suffix"),
    [
        ("a.b/c.PNG", ".PNG"),
        ("a/b.nii.gz", ".nii.gz"),
        ("v.NII.gz", ".NII.gz"),
        ("a.b/c", ""),
        ("a.", ""),
        ("a.b.png", ".png"),
    ],
)
def test_the_suffix_of_a_file_is_that_of_its_name(path, suffix):
    assert suffix_of(path) == suffix
