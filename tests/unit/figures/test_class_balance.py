"""The figure of the class balance."""

import pandas as pd
import pytest
from drawings import crowded

from dlia.evaluation.balance import PARTS
from dlia.figures.class_balance import picture


@pytest.mark.parametrize("classes", [2, 43, 60])
def test_it_fits_on_a_page_and_no_names_of_classes_overlap(classes):
    rows = [(part, f"class {n}", 1 / classes) for part in PARTS for n in range(classes)]
    figure = picture(pd.DataFrame(rows, columns=["part", "class", "share"]))
    assert crowded(figure) == []
    assert figure.get_size_inches()[1] < 8
