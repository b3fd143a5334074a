"""Formulas for the page: read from the LaTeX that the document prints."""

import pytest

from dlia.reporting.mathml import mathml

MAX = '<mo lspace="0.17em" rspace="0.17em">max</mo>'  # a name needs space beside it


@pytest.mark.parametrize(
    ("latex", "inner"),
    [
        ("x", "<mi>x</mi>"),
        (r"\frac{1}{n}", "<mfrac><mrow><mn>1</mn></mrow><mrow><mi>n</mi></mrow></mfrac>"),
        ("x_i^2", "<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>"),
        ("s_d", "<msub><mi>s</mi><mi>d</mi></msub>"),
        (r"\sum_j", "<munder><mo>∑</mo><mi>j</mi></munder>"),
        (r"\bar{x}", "<mover><mrow><mi>x</mi></mrow><mo>¯</mo></mover>"),
        (
            r"\sqrt{n - 1}",
            "<msqrt><mrow><mi>n</mi><mo>\N{MINUS SIGN}</mo><mn>1</mn></mrow></msqrt>",
        ),
        ("a < b", "<mi>a</mi><mo>&lt;</mo><mi>b</mi>"),
        (r"\text{and so}", "<mtext>and so</mtext>"),
        (
            r"x \quad\text{and}\quad y",
            '<mi>x</mi><mspace width="1em"/><mtext>and</mtext><mspace width="1em"/><mi>y</mi>',
        ),
        (r"\max_j x", f"<munder>{MAX}<mi>j</mi></munder><mi>x</mi>"),
    ],
)
def test_a_formula_has_the_elements_of_its_latex(latex, inner):
    assert mathml(latex) == f"<math>{inner}</math>"


def test_a_displayed_formula_stands_on_its_own():
    assert mathml("x", display=True).startswith('<math display="block">')


def test_an_unknown_command_is_refused_by_its_name():
    with pytest.raises(ValueError, match=r"\\prod is not known"):
        mathml(r"\prod_i x_i")
