"""What the report makes of numbers, settings and drawings."""

import pytest

from dlia.formatting import amount_text, amounts_text, interval_text, metric_text, setting_text
from dlia.reporting.escaping import with_unit, without_unit
from dlia.reporting.pictured import best_variant
from dlia.reporting.vectors import inline_svg


@pytest.mark.parametrize(
    ("metric", "value", "text"),
    [
        ("accuracy", "0.98784", "98.78 %"),
        ("dice", 0.66151, "0.662"),
        ("dice", "one trial", "one trial"),
    ],
)
def test_a_metric_has_its_own_form_and_a_reason_stays_words(metric, value, text):
    assert metric_text(metric, value) == text


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (-0.0023, -0.00003, "-0.230 to -0.003 points"),
        (-0.0023, 0.00003, "-0.23 to 0.00 points"),
        (0.001, 0.0023, "0.10 to 0.23 points"),
    ],
)
def test_an_interval_without_zero_does_not_look_as_if_it_ended_there(low, high, told):
    assert amounts_text("accuracy", low, high) == told


def test_an_interval_has_its_unit_once():
    assert interval_text("accuracy", "0.98", "0.99") == "98.00 to 99.00 %"
    assert interval_text("accuracy", "one trial", "one trial") == "one trial"


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (None, "null"), ([0.9, 0.999], "[0.9, 0.999]"), (1e-8, "1.0e-8"), (3, "3")],
)
def test_a_setting_is_shown_as_it_would_stand_in_a_study_file(value, text):
    assert setting_text(value) == text


SVG = """<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">
<svg width="72pt" height="36pt" viewBox="0 0 72 36" xmlns="http://www.w3.org/2000/svg">
 <metadata>volatile</metadata>
 <defs><path id="a" d="M 0 0"/></defs>
 <use xlink:href="#a" clip-path="url(#a)"/>
 <image id="same" width="1"/><image id="same" width="2"/>
</svg>"""


@pytest.fixture
def drawing(tmp_path) -> str:
    (tmp_path / "f.svg").write_text(SVG)
    return inline_svg(tmp_path / "f.svg", "ex1-2-f", 'Loss & "more" <here>')


def test_ids_of_a_drawing_are_its_own(drawing):
    assert 'id="ex1-2-f-a"' in drawing
    assert 'href="#ex1-2-f-a"' in drawing
    assert "url(#ex1-2-f-a)" in drawing


def test_equal_pictures_share_no_id(drawing):
    assert 'id="same"' not in drawing


def test_a_drawing_is_described_to_those_who_do_not_see_it(drawing):
    assert 'role="img"' in drawing
    assert 'aria-label="Loss &amp; &quot;more&quot; &lt;here>"' in drawing


def test_only_the_element_is_left_of_the_file(drawing):
    assert drawing.startswith("<svg ")
    assert "DOCTYPE" not in drawing
    assert "volatile" not in drawing


def test_what_is_no_drawing_is_refused(tmp_path):
    (tmp_path / "f.svg").write_text("<p>no</p>")
    with pytest.raises(ValueError, match="no SVG drawing"):
        inline_svg(tmp_path / "f.svg", "a", "b")


def test_the_best_variant_has_the_highest_mean_on_validation():
    assert best_variant({"a": "0.97", "b": "0.985", "c": "0.98"}) == "b"


def test_of_equal_variants_the_first_is_the_best():
    assert best_variant({"a": "0.97", "b": "0.98", "c": "0.98"}) == "b"


def test_a_variant_without_validation_images_cannot_be_the_best():
    assert best_variant({"a": "no validation images", "b": "0.1"}) == "b"


def test_one_has_its_unit_in_the_singular():
    assert [metric_text("epochs", n) for n in (1, 2)] == ["1 epoch", "2 epochs"]
    assert [amount_text("share", n) for n in (-0.01, 0.02)] == ["-1 point", "2 points"]
    assert interval_text("epochs", 1, 3) == "1 to 3 epochs"
    assert without_unit("-1 point") == "-1"
    assert with_unit("Difference", "-1 point") == "Difference (points)"
