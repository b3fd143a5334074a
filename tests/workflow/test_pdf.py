"""The LaTeX report of a whole build, typeset: complete, without gaps, safe from what it says."""

import csv
import re
import shutil
import subprocess
import zipfile
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from conftest import Checkout

from dlia.errors import UserError
from dlia.reporting.hyperparameters import NOT_APPLICABLE
from dlia.reporting.pdf import PROGRAMS, compile_pdf
from dlia.tasks.studies import load_studies

NEEDED = [*PROGRAMS, "pdftotext"]
MISSING = [program for program in NEEDED if not shutil.which(program)]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]
PAGE = "results/reports/assignment.html"
HOSTILE = (
    "<script>alert(1)</script> & more",
    "50 % of R&D_costs #1 $x^2$ ~home",
    r"\input{/etc/passwd} \end{document} \\[9cm] {open",
    "\"so\" 'called' `here` --cores <<EOF>> ?` !` ''",
    "*[x] Ωμέγα Привет Žluťoučký 漢字 かな ≤ ± √ ∩",
)


def squeezed(text: str) -> str:
    """Leave out what depends on where lines end, blanks and hyphens; minus, too."""
    return re.sub(r"[\s\N{MINUS SIGN}-]", "", text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")


def plain(latex: str) -> str:
    return squeezed(latex.replace("\\allowbreak{}", "").replace("\\", ""))


def words(pdf: Path) -> str:
    command = ["pdftotext", "-raw", str(pdf), "-"]
    return squeezed(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.fixture(scope="module")
def pdf(build, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pdf")
    tex = build.path / "results/report.tex"
    compile_pdf(str(tex), str(folder / "report.pdf"), str(folder / "report.log"))
    return folder / "report.pdf"


def test_no_reference_leads_nowhere(pdf):
    log = pdf.with_suffix(".log").read_text()
    bad = re.compile("undefined|multiply|does not exist|same identifier", re.IGNORECASE)
    assert [line for line in log.splitlines() if bad.search(line)] == []


def test_nothing_stands_out_of_the_page(pdf):
    log = pdf.with_suffix(".log").read_text()
    wide = [float(width) for width in re.findall(r"Overfull .hbox \(([\d.]+)pt too wide", log)]
    assert max(wide, default=0) <= 10
    assert "Overfull \\vbox" not in log


def test_every_variant_setting_and_verdict_is_there(build, pdf):
    text = words(pdf)
    for study in load_studies(["mnist", "warwick"], build.path).values():
        for exercise in study.exercises.values():
            for variant in exercise.variants.values():
                assert squeezed(variant.name) in text
                paths = [leaf.path for leaf in variant.settings.leaves()]
                assert [path for path in paths if squeezed(path) not in text] == []
        assert [c.says for c in study.claims.values() if squeezed(c.says) not in text] == []
    assert squeezed("not tested (stand-in)") in text
    assert squeezed("Stand-in data.") in text


def test_every_hyperparameter_is_there_with_its_value(build, pdf):
    """The page has their meanings and the statistics of initial weights, too."""
    text, page = words(pdf), squeezed(unescape((build.path / PAGE).read_text(encoding="utf-8")))
    with (build.path / "results/hyperparameters.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    # Seeds, layers and tensors have tables of their own.
    seeds = [r["value"] for r in rows if r["name"].startswith("seeds.")]
    assert [seed for seed in sorted(set(seeds)) if seed not in text] == []
    rows = [r for r in rows if not r["name"].startswith("seeds.") and r["value"] != NOT_APPLICABLE]
    own = [r for r in rows if not r["name"].startswith(("layers.", "initial_weights."))]
    for column, place in (("name", text), ("value", text), ("origin", text), ("meaning", page)):
        shown = {r[column] for r in own if not r["name"].startswith("versions.")}
        assert [cell for cell in sorted(shown) if squeezed(cell) not in place] == []
    for kind, place in (("layers.", text), ("initial_weights.", page)):
        named = [r["name"].split(".", 1)[1] for r in rows if r["name"].startswith(kind)]
        names = {name.rsplit(".", 1)[0] for name in named}
        assert [name for name in sorted(names) if squeezed(name) not in place] == []


def test_rows_settings_history_and_command_are_one_click_from_a_variant(build, pdf):
    tex = (build.path / "results/report.tex").read_text(encoding="utf-8")
    headline = tex[tex.index("\\label{results}") : tex.index("\\label{study-mnist}")]
    for study in load_studies(["mnist", "warwick"], build.path).values():
        for exercise in study.exercises.values():
            for variant in exercise.variants.values():
                label = f"{exercise.id}-{variant.name}"
                assert f"\\hyperlink{{{label}}}" in headline
                place = tex[tex.index(f"\\hypertarget{{{label}}}") :]
                own = place[: place.index("\\end{facts}")]
                command = own.replace("\\nextword{}", " ").replace("\\", "")
                assert f"-R train_{variant.trained_as.replace('/', '_')}" in command
                assert squeezed(f"results/{variant.trained_as}/history.csv") in plain(own)
                for target in ("{}-curves-figure", "{}-settings"):
                    assert f"\\hyperlink{{{target.format(exercise.id)}}}" in own
                assert f"\\label{{{exercise.id}-every-trial}}" in tex


def test_the_checklist_and_the_shares_of_the_classes_are_there(pdf):
    text = words(pdf)
    for said in ("Are the splits described?", "Is the computer described?", "18 (10.0 %)"):
        assert squeezed(said) in text


def test_what_differs_from_run_to_run_stands_between_marks(build):
    tex = (build.path / "results/report.tex").read_text(encoding="utf-8")
    marks = re.findall(r"% volatile: (begin|end)\n", tex)
    assert marks == ["begin", "end"] * (len(marks) // 2)
    stable = re.sub(r"(?s)% volatile: begin\n.*?% volatile: end\n", "", tex)
    times = "\\item[Hardware]", "\\item[Code]", "Time of an epoch", "Is the code of training"
    assert [words for words in times if words not in tex or words in stable] == []


def test_two_typesettings_give_the_same_bytes(build, pdf, tmp_path):
    other = tmp_path / "other.pdf"
    compile_pdf(str(build.path / "results/report.tex"), str(other), str(tmp_path / "log"))
    assert other.read_bytes() == pdf.read_bytes()


def test_words_of_the_user_come_out_as_themselves(edited):
    def change(study: dict[str, Any]) -> None:
        exercise = study["exercises"]["ex1_2"]
        exercise |= {"title": HOSTILE[0], "question": HOSTILE[1]}
        exercise["variants"]["sgd"] |= {
            "comment": HOSTILE[2],
            "source": f"sheet {HOSTILE[3]}",
            "assumed": {"batch_size": HOSTILE[4]},
        }
        claim = next(iter(study["claims"].values()))
        claim["says"] = f"It says {HOSTILE[2]}"

    edited.edit_yaml("studies/mnist.yaml", change)
    title = {"title": HOSTILE[2], "author": HOSTILE[3], "course": HOSTILE[4]}
    edited.edit_yaml("config.yaml", lambda config: config["reports"]["assignment"].update(title))
    result = edited.snakemake("results/report.pdf", "--cores", "2")
    assert result.returncode == 0, result.stdout + result.stderr
    text = words(edited.path / "results/report.pdf")
    claim = f"It says {HOSTILE[2]}"
    assert [said for said in (*HOSTILE, claim) if squeezed(said) not in text] == []


def test_a_letter_that_no_font_has_is_an_error_that_shows_it(build, tmp_path):
    tex = (build.path / "results/report.tex").read_text(encoding="utf-8")
    start = "\\begin{document}"
    head = tex[: tex.index(start)]
    letter = f"{start}\N{GRINNING FACE} \\end{{document}}"
    (tmp_path / "report.tex").write_text(head + letter, "utf-8")
    shutil.copy(build.path / "results/numbers.tex", tmp_path)
    with pytest.raises(UserError, match=r"(?s)its log is .*no \N{GRINNING FACE}.*install one"):
        compile_pdf(
            str(tmp_path / "report.tex"), str(tmp_path / "report.pdf"), str(tmp_path / "log")
        )
    assert not (tmp_path / "report.pdf").exists()


def test_a_document_with_an_error_is_refused_with_its_first_lines(tmp_path):
    (tmp_path / "a.tex").write_text(
        "\\documentclass{article}\\begin{document}\\nosuch\\end{document}"
    )
    with pytest.raises(UserError, match=r"(?s)a\.tex.*Undefined control sequence.*nosuch"):
        compile_pdf(str(tmp_path / "a.tex"), str(tmp_path / "a.pdf"), str(tmp_path / "a.log"))
    assert "nosuch" in (tmp_path / "a.log").read_text()


def test_what_is_handed_in_has_the_report_and_all_settings_and_code_that_plans_a_build(
    edited, tmp_path
):
    made = edited.snakemake("results/hand_in.zip", "--cores", "1")
    assert made.returncode == 0, made.stdout + made.stderr
    folder = tmp_path / "handed_in"
    with zipfile.ZipFile(edited.path / "results/hand_in.zip") as archive:
        archive.extractall(folder)
        kinds = {Path(name).suffix for name in archive.namelist()}
    assert (folder / "assignment.pdf").read_bytes().startswith(b"%PDF")
    for name in ("mnist", "warwick"):
        table = (folder / "settings" / f"{name}.csv").read_text()
        assert table == (edited.path / f"results/{name}/hyperparameters.csv").read_text()
    assert not kinds & {".npy", ".safetensors", ".zip", ".png", ".jpg"}
    planned = Checkout(folder / "code").snakemake("--dry-run", "--config", "standins=true")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert "train_ex1_2_sgd" in planned.stdout
