"""The HTML report: text that comes out as itself, alignment, colours that can be read."""

import base64
import hashlib
import re
from pathlib import Path

import pytest

from dlia.errors import UserError
from dlia.reporting import latex
from dlia.reporting.blocks import (
    Cell,
    Figure,
    Folded,
    Panels,
    Paragraph,
    Section,
    Span,
    table,
    text,
    words,
)
from dlia.reporting.document import ReportContent
from dlia.reporting.html import decimals, padding, render
from dlia.reporting.paper import numbers
from dlia.reporting.vectors import inline_svg

REPORT = Path(__file__).parents[3] / "report"
STYLE = (REPORT / "style.css").read_text(encoding="utf-8")
SCRIPT = (REPORT / "script.js").read_text(encoding="utf-8")


def page(*blocks: Section, **texts: str) -> str:
    known = {"title": "T", "course": "", "author": ""} | texts
    return render(
        REPORT, ReportContent(**known, banner=(), first=(), body=blocks, appendix=(), cited=())
    )


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
def test_text_comes_out_as_itself(text, html):
    said = page(Section("a", "A", (Paragraph((Span(text, "user"),)),)), title=text)
    assert f"<p><bdi>{html}</bdi></p>" in said
    assert f"<title>{html}</title>" in said


@pytest.mark.parametrize(
    ("name", "html"),
    [
        ("signs1_2/baseline", "signs1_2/baseline"),
        ("batch_norm_batch_statistics", "batch_<wbr>norm_<wbr>batch_<wbr>statistics"),
        ("results/signs1_2/batch_norm/run.json", "results/signs1_2/batch_norm/run.json"),
        ("results of <signs> with -R train", "results of &lt;signs&gt; with -R train"),
    ],
)
def test_lines_may_end_within_a_long_name_but_in_no_file_and_no_command(name, html):
    assert f"<code>{html}</code>" in page(Section("a", "A", (Paragraph((Span(name, "code"),)),)))


@pytest.mark.parametrize("value", [None, "", float("nan")])
def test_a_value_that_is_empty_is_an_error_that_names_the_templates(value):
    with pytest.raises(UserError, match=r"report: a value is missing"):
        page(title=value)


def test_a_negative_number_has_a_minus_sign():
    said = page(Section("a", "A", (Paragraph(words("is {n}", n="-2.5")),)))
    assert "is \N{MINUS SIGN}2.5" in said


def test_headings_follow_the_depth_of_sections():
    said = page(Section("a", "A", (Section("b", "B", (Section("c", "C", ()),), "1.2"),)))
    assert re.findall(r"<(h\d) id=\"(\w)\"", said) == [("h2", "a"), ("h3", "b"), ("h4", "c")]


def test_a_table_has_headers_of_rows_and_of_columns_and_a_name():
    made = table(
        "one-two", words("Means. More"), ["Name", "#Mean"], [("a", "97 %"), ("b", "98.5 %")]
    )
    said = page(Section("a", "A", (made,)))
    assert 'aria-label="one two: Means"' in said
    assert said.count('<th scope="row">') == 2
    assert '<th scope="col" class="number">Mean (%)</th>' in said
    assert '<td class="number" data-pad=".0">97</td>' in said


def test_figures_and_tables_have_the_numbers_that_they_have_on_paper():
    first, folded, last = (
        table(name, words(name.title()), ["Name", "Kind"], [("a", "b")]) for name in "pqr"
    )
    figures = [Figure(name, name, text(name.title())) for name in "gh"]
    parts = (Folded("f", "More", (folded, figures[0])), Panels((figures[1],)))
    told = Paragraph(words("See [it][q]."))
    inner = Section("b", "B", (told, first, *parts, last), "1.1")
    report = ReportContent("T", "", "", (), (), (Section("a", "A", (inner,)),), (), ())
    found = numbers(report)
    assert [found[anchor] for anchor in "prq"] == ["Table 1", "Table 2", "Table 3"]
    assert [found[anchor] for anchor in "hg"] == ["Figure 1", "Figure 2"]
    labels = re.findall(r"\\label\{(.)\}", latex.render(REPORT, report))
    for kind in ("Table", "Figure"):
        own = [label for label in labels if found.get(label, "").startswith(kind)]
        assert [found[label] for label in own] == [f"{kind} {n + 1}" for n in range(len(own))]


def test_a_reference_to_a_table_names_its_number():
    made = table("q", words("Q"), ["Name", "Kind"], [("a", "b")])
    said = page(Section("a", "A", (Paragraph(words("See [it][q].")), made)))
    assert '<a href="#q">it</a> (table 1)' in said
    assert "<caption><strong>Table 1:</strong> Q</caption>" in said


def test_the_cells_of_a_table_with_words_name_their_heads_for_narrow_pages():
    heads = ["Name", "Why", "#Mean"]
    said = page(Section("a", "A", (table("q", words("Q"), heads, [("a", "b", "1")]),)))
    assert 'class="sortable stacked plain"' in said
    assert '<td data-head="Why">b</td>' in said
    wide = (Cell(text("a")), Cell(text("not trained"), span=2))
    said = page(Section("a", "A", (table("q", words("Q"), heads, [wide]),)))
    assert '<td colspan="2" data-head="Why, Mean">not trained</td>' in said
    numbers_only = table("q", words("Q"), ["Name", "#Mean", "#sd"], [("a", "1", "2")])
    assert "data-head=" not in page(Section("a", "A", (numbers_only,)))


def test_the_policy_of_the_page_lets_its_own_script_run_and_no_other():
    said = page()
    digest = re.findall(r"script-src 'sha256-([^']+)'", said)
    script = said[said.index("<script>") + 8 : said.index("</script>")]
    assert script == SCRIPT
    assert [base64.b64decode(found) for found in digest] == [
        hashlib.sha256(script.encode()).digest()
    ]


def test_a_column_has_the_decimals_of_its_longest_number():
    assert decimals(["97 %", "98.78 %", "not reported"]) == 2
    assert decimals(["not reported"]) == 0


@pytest.mark.parametrize(
    ("text", "lacking"),
    [("97 %", ".00"), ("98.2 %", "0"), ("98.78 %", ""), ("79,510", ".00"), ("figure only", "")],
)
def test_a_number_is_filled_up_to_the_decimals_of_its_column(text, lacking):
    assert padding(text, 2) == lacking


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
