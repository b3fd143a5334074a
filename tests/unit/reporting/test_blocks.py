"""Sentences and tables of the report: markup, values that are never markup, nothing left empty."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from dlia.errors import UserError
from dlia.reporting.blocks import Cell, Span, group, table, text, words
from dlia.reporting.prose import lines, sections

ROOT = Path(__file__).parents[3]
MODULES = sorted((ROOT / "src/dlia/reporting").glob("*.py"))


@pytest.mark.parametrize(
    ("sentences", "parts"),
    [
        ("`a.csv`", [Span("a.csv", "code")]),
        ("is *no*.", [Span("is "), Span("no", "emphasis"), Span(".")]),
        ("of $x_1$", [Span("of "), Span("x_1", "math")]),
        ("[rules](r)", [Span("rules", target="r")]),
        ("[rules][r]", [Span("rules", target="r", numbered=True)]),
        ("[@dice]", [Span("dice", "cite")]),
    ],
)
def test_markup_decides_how_words_look(sentences, parts):
    assert words(sentences) == tuple(parts)


def test_a_value_is_never_read_as_markup():
    value = "*a* `b` $c$ [d](e) {f}"
    assert words("{said}", said=value) == (Span(value),)
    assert words("`x/{name}`", name="{y}") == (Span("x/{y}", "code"),)


def test_large_counts_have_separators():
    assert words("{n} images", n=54000)[0].text == "54,000"


@pytest.mark.parametrize("value", [None, "", (), float("nan")])
def test_a_sentence_without_its_value_is_an_error_that_shows_it(value):
    with pytest.raises(UserError, match=r"mean is \{mean\}.*value mean is missing"):
        words("The mean is {mean}.", mean=value)


@pytest.mark.parametrize("value", ["", ()])
def test_an_empty_cell_is_an_error_that_names_table_row_and_column(value):
    with pytest.raises(UserError, match="ex1_2-results: row sgd, column Mean: a value is missing"):
        table("ex1_2-results", (), ["Variant", "#Mean"], [("sgd", value)])


def test_the_unit_of_a_column_moves_into_its_head():
    made = table("t", (), ["Name", "#Mean"], [("a", "97.1 %"), ("b", "figure only"), ("c", "98 %")])
    assert made.columns[1].head == "Mean (%)"
    assert made.texts(1) == ["97.1", "figure only", "98"]


def test_different_units_stay_beside_their_numbers():
    made = table("t", (), ["Name", "#Mean"], [("a", "97.1 %"), ("b", "6.3 px"), ("c", "0.5")])
    assert made.columns[1].head == "Mean"
    assert made.texts(1) == ["97.1 %", "6.3 px", "0.5"]


def test_cells_that_span_columns_belong_to_none():
    wide = [text("b"), Cell(text("one trial"), span=2), "x"]
    made = table("t", (), ["Name", "#sd", "#interval", "y"], [("a", "1", "2", "z"), wide])
    assert [made.texts(n) for n in range(4)] == [["a", "b"], ["1"], ["2"], ["z", "x"]]


def test_a_table_with_subtitles_cannot_be_sorted():
    assert table("t", (), ["Name"], [("a",)]).is_sortable
    assert not table("t", (), ["Name"], [group("Title", 1), ("a",)]).is_sortable


def sentences() -> list[tuple[str, str]]:
    """Give all text of the report, without docstrings of the code: place and text."""
    found = [
        (path.name, re.sub(r"\{when=.*?\}|\n", " ", part))
        for path in (ROOT / "report" / "prose").glob("*.md")
        for part in re.split(r"\n{2,}|\n(?=.* \| )", path.read_text(encoding="utf-8"))
    ]
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {
            node.body[0].value
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
            and isinstance(node.body[0], ast.Expr)
        }
        found += [
            (path.name, node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docs
        ]
    return found


def test_no_sentence_stands_in_two_places():
    said = Counter(
        sentence.strip()
        for _, value in sentences()
        for sentence in re.split(r"(?<=[.;:]) ", value)
        if len(sentence.split()) >= 6
    )
    assert [sentence for sentence, count in said.items() if count > 1] == []


COMMANDS = (
    r"(?m)^%.*$",  # comments and statements
    r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>",
    r"\\VAR\{(?:[^{}]|\{[^{}]*\})*\}|\\BLOCK\{[^{}]*\}",
    r"\\[A-Za-z]+\*?(?:\[[^]]*\])?",
)


@pytest.mark.parametrize("path", sorted((ROOT / "report").glob("*.j2")), ids=lambda path: path.name)
def test_a_template_holds_no_prose(path):
    left = path.read_text(encoding="utf-8")
    for pattern in COMMANDS:
        left = re.sub(pattern, " ", left, flags=re.DOTALL if "#" in pattern else 0)
    assert re.findall(r"(?:[A-Za-z]{2,} ){2,}[A-Za-z]{2,}", left) == []


# Numbers that are no results and no thresholds of ours.
ALLOWED = (
    r"95th percentile",
    r"10th percentile",
    r"first 63 bits",
    r"SHA-256",
    r"AP\d\d|IoU 0\.5 to 0\.95|95 % Hausdorff",  # names of measures
    r"(?<![\d.,])[01](?![\d.,]\d|\d| ?%)",  # ends of a scale
    r"\$\$.*?\$\$|\{[^{}]*\}|\$[^$]*\$|(?s:\S*\\[A-Za-z].*)",  # values, formulas
)
NO_PROSE = ("references.md", "pdf.py", "mathml.py", "vectors.py", "latex.py")


def test_no_sentence_has_a_number_that_was_typed_in():
    typed = []
    for name, value in sentences():
        for pattern in ALLOWED:
            value = re.sub(pattern, " ", value)
        if name not in NO_PROSE and len(value.split()) > 3 and re.search(r"\d", value):
            typed.append((name, value))
    assert typed == []


AMERICAN = re.compile(r"\b(?!\w*siz)\w+iz(?:e[sd]?|ing|ations?)\b|\bcolors?\b|\bgray\b")


def test_the_spelling_is_british():
    # Names of settings, such as initialization.name, keep theirs.
    found = [
        (name, word)
        for name, value in sentences()
        if name not in (*NO_PROSE, "numbers.py") and len(value.split()) > 3
        for word in AMERICAN.findall(re.sub(r"`[^`]*`|\w+[.]\w+", "", value))
    ]
    assert found == []


def test_every_reference_of_the_methods_is_cited_and_every_citation_has_one():
    cited = {key for _, value in sentences() for key in re.findall(r"\[@([\w-]+)\]", value)}
    assert cited == {line.split(" | ")[0] for line in lines("references.md")}


def test_a_text_has_sections_with_paragraphs_formulas_and_terms(tmp_path, monkeypatch):
    monkeypatch.setattr("dlia.reporting.prose.PROSE_FOLDER", tmp_path)
    (tmp_path / "a.md").write_text(
        "# One {#one}\n\nFirst\nline, {n}.\n\n$$x^2$$ {#eq}\n\n"
        "**A term** means *it*.\n\n# Two {#two}\n"
    )
    first, second = sections("a.md", n=5)
    paragraph, formula, terms = first.blocks
    assert (first.anchor, first.title, second.anchor, second.blocks) == ("one", "One", "two", ())
    assert "".join(part.text for part in paragraph.text) == "First line, 5."
    assert (formula.latex, formula.anchor) == ("x^2", "eq")
    assert [(item.term, item.text[1]) for item in terms.items] == [
        ("A term", Span("it", "emphasis"))
    ]


def test_a_text_has_only_what_the_report_needs(tmp_path, monkeypatch):
    monkeypatch.setattr("dlia.reporting.prose.PROSE_FOLDER", tmp_path)
    (tmp_path / "a.md").write_text(
        '# One {#one}\n\nAll.\n{when="x"}\nOf x, {n}.\n{when="x y"}\nOf both.\n{always}\nEnd.\n\n'
        '{when="x"}\n**A term** of x.\n\n{when="y"}\n$$y^2$$ {#eq}\n'
    )
    [section] = sections("a.md", {"x": False, "y": True})
    paragraph, formula = section.blocks
    assert "".join(part.text for part in paragraph.text) == "All. Of both. End."
    assert formula.anchor == "eq"
    with pytest.raises(ValueError, match="names no feature of reports: y"):
        list(sections("a.md", {"x": True}, n=1))


def test_a_section_without_an_anchor_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("dlia.reporting.prose.PROSE_FOLDER", tmp_path)
    (tmp_path / "a.md").write_text("# One\n\nText.\n")
    with pytest.raises(ValueError, match=r"a\.md: '# One' is no heading with an anchor"):
        list(sections("a.md"))
