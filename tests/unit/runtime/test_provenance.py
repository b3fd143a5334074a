"""Which versions ran."""

import platform

from dlia.runtime import provenance


def test_versions_name_python_and_every_library_that_the_numbers_depend_on():
    assert provenance.versions().keys() == {"python", *provenance.PACKAGES}


def test_versions_that_retrain_are_those_of_what_computes():
    found = provenance.numeric_versions()
    assert found.keys() == {"python", "torch", "torchvision", "numpy"}
    assert platform.python_version().startswith(f"{found['python']}.")
