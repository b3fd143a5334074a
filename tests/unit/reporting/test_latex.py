"""The LaTeX report: text that comes out as itself, nothing left empty, tables that fit a page."""

import pytest

from dlia.errors import UserError
from dlia.reporting import escaping, folding, layout, pdf
from dlia.reporting.latex import render


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
    assert escaping.without_unit("one trial") == "one trial"


def test_lines_may_end_within_a_path_but_not_within_a_number():
    assert escaping.breakable("torch.optim/a_b 0.5 [.5]") == (
        r"torch.\allowbreak{}optim/\allowbreak{}a\_b 0.5 {[}.5{]}"
    )


@pytest.mark.parametrize("text", ["a b", r"a\b", "a}", "é", ""])
def test_what_is_not_fit_for_a_label_is_refused(text):
    with pytest.raises(ValueError, match="cannot be used"):
        escaping.name(text)


@pytest.fixture
def rendered(tmp_path):
    def render_text(template: str, **context) -> str:
        (tmp_path / "report.tex.j2").write_text(template)
        return render(tmp_path, **context)

    return render_text


def test_every_value_is_escaped_without_being_asked(rendered):
    assert rendered(r"\emph{\VAR{row.text}}", row={"text": "a_b"}) == r"\emph{a\_b}"


def test_what_is_latex_already_is_not_escaped_again(rendered):
    assert rendered(r"\VAR{'98.2 %' | number} \VAR{'a_b' | name}") == "98.2 a_b"


def test_a_value_that_nobody_gave_is_an_error_that_names_it(rendered):
    with pytest.raises(UserError, match=r"line 2: .*row\.mean.*has no attribute 'mean'"):
        rendered("first\n\\VAR{row.mean}", row={})


@pytest.mark.parametrize("value", [None, "", float("nan")])
def test_a_value_that_is_empty_is_an_error_that_names_it(rendered, value):
    with pytest.raises(UserError, match=r"line 1: .*row\.mean.*a value is missing"):
        rendered("\\VAR{row.mean}", row={"mean": value})


def test_statements_leave_no_trace(rendered):
    template = "%% for n in numbers\n\\VAR{n}\n%% endfor\n%# A remark.\nend % stays\n"
    assert rendered(template, numbers=[1, 2]) == "1\n2\n\nend % stays\n"


def cell(value: str, origin: str, via: str = "", differs: bool = False) -> dict[str, str | bool]:
    return {"value": value, "origin": origin, "via": via, "differs": differs}


def row(path: str, same: bool, *cells: dict[str, str]) -> dict:
    return {"path": path, "meaning": f"{path} means", "same": same, "cells": list(cells)}


SETTINGS = [
    row("epochs", True, cell("4", "stated in R", via="base ex1_2/a"), cell("4", "dlia default")),
    row(
        "rate",
        False,
        cell("1", "assumed"),
        cell("2", "stated in R", via="base ex1_2/a", differs=True),
    ),
    row("fit", True, cell("train", "dlia default"), cell("train", "dlia default")),
]
VARIANTS = [
    {"name": "a", "base": "", "same_as": "", "assumed": {"rate": "why"}},
    {"name": "b", "base": "ex1_2/a", "same_as": "", "assumed": {}},
]


def test_settings_stand_once_where_all_variants_share_them():
    shared = folding.shared(SETTINGS, VARIANTS, elsewhere={"fit"})
    assert [(s["path"], s["value"], s["origin"]) for s in shared] == [
        ("epochs", "4", "stated in R, via base ex1_2/a; dlia default: b")
    ]


def test_bases_are_not_listed_where_variants_have_a_setting_from_several():
    cells = [cell("4", "dlia default", via=f"base ex1_2/{name}") for name in "abb"]
    assert folding.origins(cells, ["x", "y", "z"]) == "dlia default, via each base"
    assert folding.origins(cells[1:], ["y", "z"]) == "dlia default, via base ex1_2/b"


def test_what_a_whole_study_shares_has_one_value_and_one_origin_in_every_variant():
    exercises = [{"settings": SETTINGS, "variants": VARIANTS}] * 2
    assert folding.in_all(exercises, "settings") == [
        {"path": "fit", "value": "train", "origin": "dlia default"}
    ]
    exercises.append({"settings": [], "variants": VARIANTS[:1]})
    assert folding.in_all(exercises, "settings") == []


def test_settings_that_differ_say_which_are_another_than_the_bases():
    [rows] = folding.differing(SETTINGS, VARIANTS)
    assert [row["path"] for row in rows] == ["rate"]
    assert [c["differs"] for c in rows[0]["cells"]] == [False, True]


def test_the_base_above_a_column_is_not_named_again_beside_its_values():
    [[rate]] = folding.differing(SETTINGS, VARIANTS)
    assert [c["via"] for c in rate["cells"]] == ["", "base"]
    other = {**VARIANTS[1], "base": "ex1_2/c"}
    assert folding.short(rate["cells"][1] | {"via": "base ex1_2/a"}, other)["via"] == "base ex1_2/a"


def test_more_variants_than_a_page_has_columns_take_a_second_table():
    variants = [{"name": str(i), "base": "", "same_as": ""} for i in range(8)]
    settings = [
        row("rate", False, *(cell(str(i), "own") for i in range(8))),
        row("gamma", False, cell("1", "own"), *(cell("does not apply", "") for _ in range(7))),
    ]
    parts = folding.differing(settings, variants)
    assert [[(r["path"], len(r["cells"])) for r in part] for part in parts] == [
        [("rate", 6), ("gamma", 6)],
        [("rate", 2)],
    ]


def test_names_that_mean_the_same_stand_together_and_all_meanings_of_a_name_beside_it():
    one = {"path": "lr", "meaning": "Of SGD."}, {"path": "momentum", "meaning": "Of SGD."}
    two = {"path": "lr", "meaning": "Of Adam."}, {"path": "nesterov", "meaning": "Of SGD."}
    assert folding.meanings([{"objects": one}, {"objects": two}], "objects") == [
        {"names": ["lr"], "meanings": ["Of SGD.", "Of Adam."]},
        {"names": ["momentum", "nesterov"], "meanings": ["Of SGD."]},
    ]


def test_arguments_that_most_layers_of_a_kind_have_stand_once():
    def layer(kind: str, **arguments: str) -> dict:
        own = [{"name": n, "value": v, "default": n == "bias"} for n, v in arguments.items()]
        return {"layer": kind, "arguments": own}

    convolutions = [layer("Conv2d", bias="true", size=size) for size in ("3", "3", "1")]
    found = folding.folded([*convolutions, layer("Linear", bias="true", size="9")])
    told = [[f"{a['name']} {a['value']}" for a in x["arguments"]] for x in found["layers"]]
    assert told == [[], [], ["size 1"], ["size 9"]]
    kinds = {k["layer"]: [a["name"] for a in k["arguments"]] for k in found["kinds"]}
    assert kinds == {"Conv2d": ["bias", "size"], "Linear": ["bias"]}


def test_equal_things_have_one_number_and_all_their_owners():
    numbers = folding.Numbers()
    assert [numbers.number(*pair) for pair in (([1], "a"), ([2], "b"), ([1], "c"))] == [1, 2, 1]
    assert [group["owners"] for group in numbers.groups] == [["a", "c"], ["b"]]


def test_a_variant_is_told_by_what_differs_from_its_base():
    base, own = ({s["path"]: s["cells"][i] for s in SETTINGS} for i in (0, 1))
    assert layout.changes(VARIANTS[1], own) == [("rate", "2")]
    assert layout.changes(VARIANTS[0], base) == [("epochs", "4"), ("rate", "1")]
    assert layout.changes(VARIANTS[1] | {"same_as": "ex1_2/a"}, own) == []


def test_what_a_base_assumes_for_the_same_reason_is_not_told_again():
    reasons = {"ex1_2/a": {"rate": "why", "epochs": "so"}}
    variant = {"base": "ex1_2/a", "same_as": "", "assumed": {"rate": "why", "epochs": "other"}}
    assert layout.assumptions(variant, reasons) == {
        "assumed_here": [("epochs", "other")],
        "assumed_before": ["rate"],
    }


def test_without_latexmk_the_message_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(
        UserError, match=r"apt-get install latexmk texlive-luatex .* TeX Live or MiKTeX"
    ):
        pdf.compile_pdf("results/report.tex", "results/report.pdf", str(tmp_path / "log"))
