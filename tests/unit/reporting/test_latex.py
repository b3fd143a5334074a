"""The LaTeX report: text that comes out as itself, nothing left empty, tables that fit a page."""

import re
from pathlib import Path

import pytest

from dlia.errors import UserError
from dlia.reporting import escaping, pdf
from dlia.reporting.blocks import (
    Cell,
    Folded,
    Paragraph,
    Row,
    Section,
    Span,
    Table,
    Volatile,
    table,
    words,
)
from dlia.reporting.columns import PAGE_WIDTH, layouts, split_wide
from dlia.reporting.document import ReportContent
from dlia.reporting.latex import inline, render

REPORT = Path(__file__).parents[3] / "report"


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("a & b_c 50%", r"a \& b\_c 50\%"),
        (r"\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}"),
        ("$x^2$ ~ #1", r"\$x\textasciicircum{}2\$ \textasciitilde{} \#1"),
        ('"so"', r"\textquotedbl{}so\textquotedbl{}"),
        ("'so'", r"\textquotesingle{}so\textquotesingle{}"),
        ("`so`", r"\textasciigrave{}so\textasciigrave{}"),
        ("the framework's", "the framework's"),
        ("--cores <<EOF ,,", r"-\apart{}-cores <\apart{}<EOF ,\apart{},"),
        ("[0.9, 0.999] * 2", "{[}0.9, 0.999{]} {*} 2"),
        ("Привет, αβγ, é, 漢字, ≤ ±", "Привет, αβγ, é, 漢字, ≤ ±"),
        ("שלום עולם, world", r"\righttoleft{שלום עולם}, world"),
        ("one\n\n  two", "one two"),
        ("98.78 %", r"98.78~\%"),
        ("is -0.02 points, 2278-2324, 1.0e-8", "is \N{MINUS SIGN}0.02 points, 2278-2324, 1.0e-8"),
    ],
)
def test_text_comes_out_as_itself(text, latex):
    assert escaping.escape(text) == latex


def test_verdicts_of_each_kind_have_a_colour_of_their_own():
    said = ["reproduced", "compatible (2 of 7 readings: a)", "undecided", "not reproduced"]
    said += ["not tested (shortened)"]
    looks = [re.findall(r"verdict\{(.+?)\}", inline((Span(v, "verdict"),)))[0] for v in said]
    defined = re.findall(
        r"color\{verdict-(.+?)\}\{HTML\}\{(.+?)\}", (REPORT / "preamble.tex").read_text()
    )
    assert sorted(looks) == sorted(dict(defined))
    assert len(set(dict(defined).values())) == len(said)


def test_a_character_that_cannot_be_printed_is_refused_by_its_number():
    with pytest.raises(UserError, match=r"U\+0007 cannot be printed"):
        escaping.escape("ring\a")


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("98.78 %", "98.78"),
        ("-0.52 points", "-0.52"),
        ("79,510", "79510"),
        ("6.32 px", "6.32"),
        ("figure only", "{figure only}"),
        ("one & all", r"{one \& all}"),
    ],
)
def test_a_column_of_numbers_has_numbers_without_units_and_words_in_braces(text, cell):
    assert escaping.number(text) == cell


def test_the_unit_moves_from_the_values_into_the_head():
    assert escaping.with_unit("accuracy", "98.78 %") == "accuracy (%)"
    assert escaping.with_unit("Dice", "0.662") == "Dice"
    assert escaping.with_unit("Dice", "one trial") == "Dice"
    assert escaping.without_unit("98.61 to 98.93 %") == "98.61 to 98.93"
    assert escaping.with_unit("Reported", "95.89 %, 95.82 %") == "Reported (%)"
    assert escaping.with_unit("Reported", "0.9760, 0.9744") == "Reported"
    assert escaping.with_unit("Reported", "95.89 %, 3 points") == "Reported"
    assert escaping.without_unit("95.89 %, 95.82 %, 95.88 %") == "95.89, 95.82, 95.88"
    assert escaping.without_unit("0.9760, 0.9744") == "0.9760, 0.9744"
    assert escaping.without_unit("one trial") == "one trial"


def test_lines_may_end_within_a_path_but_not_within_a_name_or_a_number():
    assert escaping.breakable("torch.optim/a_b 0.5 [.5]") == (
        r"torch.optim/\allowbreak{}a\_b 0.5 {[}.5{]}"
    )


def test_lines_may_end_within_a_path_in_plain_words():
    said = inline((Span("of signs1_2/sgd, 97.1/98 and and/or "),))
    assert said == r"of \mbox{signs1\_2/}\allowbreak{}sgd, 97.1/98 and and/\allowbreak{}or "


def test_lines_may_end_within_a_name_that_is_wider_than_a_column():
    name = "determinism.fill_uninitialized_memory"
    assert escaping.breakable(name).replace(r"\allowbreak{}", "") == escaping.escape(name)
    assert escaping.unbroken(name) == ["determinism.", "fill_", "uninitialized_", "memory"]


def test_a_command_goes_on_in_the_next_line_between_its_words_only():
    span = Span("snakemake results/ex1_1/summary.csv -R train_a_b", "command")
    assert inline((span,)).split(r"\nextword{}") == [
        r"\code{snakemake", "results/ex1\\_1/summary.csv", "-R", r"train\_a\_b}",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["a b", r"a\b", "a}", "é", ""])
def test_what_is_not_fit_for_a_label_is_refused(text):
    with pytest.raises(ValueError, match="cannot be used"):
        escaping.name(text)


def paper(*blocks: Section, **texts: str) -> str:
    known = {"title": "T", "course": "", "author": ""} | texts
    return render(
        REPORT, ReportContent(**known, banner=(), first=(), body=blocks, appendix=(), cited=())
    )


def body(text: str) -> str:
    return text[text.index("\\begin{document}") :]


def test_every_value_is_escaped():
    said = paper(Section("a", "a_b", (Paragraph((Span("c_d", "user"),)),)), title="x_y")
    assert r"\title{x\_y}" in said
    assert r"\section{a\_b}" in said
    assert "\n\\mbox{c\\_d}\n" in said


@pytest.mark.parametrize("value", [None, "", float("nan")])
def test_a_value_that_is_empty_is_an_error_that_names_the_templates(value):
    with pytest.raises(UserError, match=r"report: a value is missing"):
        paper(title=value)


def test_links_lead_to_places_and_references_have_numbers():
    said = inline(words("[the rules][rules] of [a](ex1-a) in [@dice], $x_1$"))
    assert said == (r"the rules (\cref{rules}) of \hyperlink{ex1-a}{a} in \cite{dice}, $x_1$")


def test_blanks_around_marked_words_stay():
    assert inline(words("is *no* value")) == r"is \emph{no} value"


def test_folded_parts_follow_in_the_appendix():
    inner = Folded("c", "Long", (Paragraph(words("never printed")),), on_paper=False)
    part = Folded("b", "Layers", (Paragraph(words("moved")), inner))
    said = body(paper(Section("s", "Study", (Section("e", "Exercise", (part,), "1.2"),))))
    assert said.index("Exercise (exercise 1.2)") < said.index("\\appendix") < said.index("moved")
    assert "never printed" not in said


def test_what_differs_from_run_to_run_stands_between_marks():
    said = paper(Section("s", "S", (Volatile((Paragraph(words("5 s")),)),)))
    assert re.search(r"% volatile: begin\n5 s\n+% volatile: end", said)


def made(heads: list[str], *rows: tuple[str, ...]) -> Table:
    return table("t", words("Caption"), heads, rows)


def test_numbers_are_aligned_at_their_points():
    found = layouts(made(["Name", "#Mean"], ("a", "97 %"), ("b", "98.25 %"), ("c", "figure only")))
    assert [layout.latex for layout in found] == ["l", "S[table-format=2.2]"]


def test_counts_with_shares_stand_to_the_right():
    found = layouts(made(["Name", "#Images"], ("a", "133 (9.9 %)")))
    assert [layout.latex for layout in found] == ["l", "r"]


def test_the_digits_of_a_seed_are_not_parted():
    found = layouts(made(["#Seed", "#Images"], ("7520761491380671408", "54,000")))
    assert [layout.latex for layout in found] == ["r", "S[table-format=5.0]"]


def test_a_wide_table_fits_on_the_page():
    found = layouts(made(["Name", "Why", "Where"], ("a", "why " * 60, "here " * 20)))
    widths = [float(width) for width in re.findall(r"L\{(\d+)mm\}", str(found))]
    assert 100 < sum(widths) < PAGE_WIDTH
    assert widths[0] > widths[1] > 20


def test_a_column_is_as_wide_as_its_longest_name():
    name = Span("a_name_of_22_characters", "code")
    heads = ["Name", *(f"Why {number}" for number in range(7))]
    found = layouts(made(heads, ((name, Span(" and "), name), *["why " * 60] * 7)))
    widths = [float(width) for width in re.findall(r"L\{(\d+)mm\}", str(found))]
    assert widths[0] >= len(name.text) * 1.36  # mm of a letter
    assert sum(widths) <= PAGE_WIDTH


def test_a_table_that_goes_on_says_so_on_the_next_page():
    text = paper(Section("a", "A", (made(["Name"], ("a",), ("b",)),)))
    head = text.split(r"\endfirsthead")[1].split(r"\endhead")[0]
    assert r"\caption[]{(continued)}" in head
    assert "Name" in head


def test_figures_of_a_section_are_printed_before_the_next_one():
    inner = (Section("b", "B", (), "1.1"), Section("c", "C", (), "1.2"))
    parts = body(paper(Section("a", "A", inner))).split(r"\subsection")
    assert [part.rpartition(r"\flushfigures") != ("", "", part) for part in parts[:-1]] == [
        True
    ] * 2


@pytest.mark.parametrize(("said", "layout"), [("no training", "c"), ("why " * 20, "L{38mm}")])
def test_a_reason_over_several_columns_has_lines_if_it_is_long(said, layout):
    rows = [Row((Cell(words("a")), Cell(words(said), span=2))), ("b", "1", "2")]
    text = paper(Section("a", "A", (table("t", words("T"), ["Name", "#Mean", "#sd"], rows),)))
    assert rf"\multicolumn{{2}}{{{layout}}}{{{said.strip()}" in text


def test_many_columns_of_numbers_take_a_second_table_that_repeats_the_first_column():
    names = [f"a_variant_{n}" for n in range(12)]
    wide = made(["Measure", *(f"#{name}" for name in names)], ("Dice", *["0.5"] * 12))
    parts = split_wide(wide)
    assert len(parts) > 1
    assert {part.columns[0].head for part in parts} == {"Measure"}
    assert [c.head for part in parts for c in part.columns[1:]] == names
    assert len({part.anchor for part in parts}) == len(parts)
    counts = [len(part.columns) for part in parts]
    assert max(counts) - min(counts) <= 1


def test_without_latexmk_the_message_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(
        UserError, match=r"apt-get install latexmk texlive-luatex .* TeX Live or MiKTeX"
    ):
        pdf.compile_pdf("results/report.tex", "results/report.pdf", str(tmp_path / "log"))
