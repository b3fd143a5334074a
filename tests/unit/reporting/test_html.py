"""The HTML report: text that comes out as itself, nothing left empty, colours that can be read."""

import base64
import hashlib
import re
from pathlib import Path

import pytest

from dlia.errors import UserError
from dlia.reporting.html import decimals, padding, render
from dlia.reporting.rendering import rules
from dlia.reporting.vectors import inline_svg

REPORT = Path(__file__).parents[3] / "report"
STYLE = (REPORT / "style.css").read_text(encoding="utf-8")


@pytest.fixture
def rendered(tmp_path):
    (tmp_path / "style.css").write_text("p { margin: 0 }")
    (tmp_path / "script.js").write_text("let one = 1;\n")

    def render_text(template: str, **context) -> str:
        (tmp_path / "report.html.j2").write_text(template)
        return render(tmp_path, **context)

    return render_text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("R&D_costs 50 %", "R&amp;D_costs 50 %"),
        ("\"so\" 'called'", "&#34;so&#34; &#39;called&#39;"),
        (r"\input{x} {{ y }} {% z %}", r"\input{x} {{ y }} {% z %}"),
        ("漢字 عربي שלום", "漢字 عربي שלום"),
    ],
)
def test_text_comes_out_as_itself(rendered, text, html):
    assert rendered('<p title="{{ text }}">{{ text }}</p>', text=text) == (
        f'<p title="{html}">{html}</p>'
    )


def test_a_value_that_nobody_gave_is_an_error_that_names_it(rendered):
    with pytest.raises(UserError, match=r"line 2: .*row\.mean.*has no attribute 'mean'"):
        rendered("first\n{{ row.mean }}", row={})


@pytest.mark.parametrize("value", [None, "", float("nan")])
def test_a_value_that_is_empty_is_an_error_that_names_it(rendered, value):
    with pytest.raises(UserError, match=r"line 1: .*row\.mean.*a value is missing"):
        rendered("<td>{{ row.mean }}</td>", row={"mean": value})


def test_the_policy_of_the_page_lets_its_own_script_run_and_no_other(rendered):
    page = rendered("{{ script_digest }} <script>{{ script | safe }}</script>")
    digest = page.split()[0].removeprefix("sha256-")
    script = page[page.index("<script>") + 8 : page.index("</script>")]
    assert base64.b64decode(digest) == hashlib.sha256(script.encode()).digest()


def test_a_column_has_the_decimals_of_its_longest_number():
    assert decimals(["97 %", "98.78 %", "not reported"]) == 2
    assert decimals(["not reported"]) == 0


@pytest.mark.parametrize(
    ("text", "lacking"),
    [("97 %", ".00"), ("98.2 %", "0"), ("98.78 %", ""), ("79,510", ".00"), ("figure only", "")],
)
def test_a_number_is_filled_up_to_the_decimals_of_its_column(text, lacking):
    assert padding(text, 2) == lacking


def test_the_constants_of_the_sentences_are_those_of_the_code():
    assert rules() == {
        "rise": "5 %",
        "gap": 0.05,
        "half_way": "50 %",
        "solved": "99 %",
        "still_falls": "10 %",
        "flips": 9999,
        "exact_pairs": 13,
        "resamples": 2000,
        "enough_trials": 3,
        "level": "95 %",
        "two_sided_error": "5 %",
        "one_sided_error": "2.5 %",
        "pooled_images": 5,
        "contour_widths": "1, 2 and 3",
        "period": 4,
    }


# What is no result and no threshold of ours, with the reason why it may stand in a template.
ALLOWED = (
    r"95~\\% interval",  # the definition of the column
    r"95th percentile",  # the measure's name
    r"first 63 bits",  # the size of a seed
    r"SHA-256",  # a name
    r"the\s+report of 2019",  # a name
    r"(?<![\d.,])[01](?![\d.,]\d|\d| ?%)",  # ends of a scale: of accuracy and Dice, of a distance
    r"\*\{3\}\{S\[",  # so many columns
)
MARKUP = {
    "html": (
        r"\{#.*?#\}",
        r"\{%.*?%\}",
        r"\{\{.*?\}\}",
        r"<math.*?</math>",
        r"<style>.*?</style>",
        r"<dl class=\"references\">.*?</dl>",  # years and pages of what is cited
        r"<[^>]*>",
    ),
    "tex": (
        r"^\s*%[^\n]*$",
        r"\\begin\{thebibliography\}.*\\end\{thebibliography\}",
        r"\\BLOCK\{[^{}]*\}",
        r"\\VAR\{(?:[^{}]|\{[^{}]*\})*\}",
        r"\\begin\{equation\*?\}.*?\\end\{equation\*?\}",
        r"\$[^$]*\$",
        r"table-format=[^\],\s]*",
        r"\\multicolumn\{\d\}",
        r"\\begin\{multicols\}\{\d\}",
        r"\\drawing\[[^]]*\]",
        r"-?[\d.]+\\?(mm|pt|em|baselineskip|tabcolsep|textheight|fboxsep|fboxrule)",
    ),
}
TEMPLATES = sorted(REPORT.rglob("*.j2"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_sentence_has_a_number_that_was_typed_in(path):
    text = path.read_text(encoding="utf-8")
    for pattern in MARKUP["html" if ".html." in path.name else "tex"]:
        text = re.sub(pattern, " ", text, flags=re.DOTALL | re.MULTILINE)
    for pattern in ALLOWED:
        text = re.sub(pattern, " ", text)
    assert [line.strip() for line in text.splitlines() if re.search(r"\d", line)] == []


def luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


PAIRS = [
    *((text, ground) for text in ("text", "soft", "accent") for ground in ("ground", "raised")),
    *((text, "tint") for text in ("text", "soft", "accent", "yes", "no")),
    *((text, "ground") for text in ("yes", "no")),
    ("warn-text", "warn-ground"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_stands_out_enough_for_wcag_aa(scheme, text, ground):
    colours = {
        name: pair[scheme == "dark"]
        for name, *pair in re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", STYLE)
    }
    assert contrast(colours[text], colours[ground]) >= 4.5


def test_what_a_drawing_says_of_all_elements_does_not_reach_the_page(tmp_path):
    style = "<style>*{stroke-linejoin: round}</style>"
    (tmp_path / "f.svg").write_text(f'<svg viewBox="0 0 72 36"><defs>{style}</defs></svg>')
    drawing = inline_svg(tmp_path / "f.svg", "a", "words")
    assert "stroke-linejoin" not in drawing
    assert 'style="width:120px"' in drawing
