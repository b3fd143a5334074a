"""A build with readings: what they reach, how they are judged, and that the rest stays as it is."""

import csv
import json
import re

import pytest
from conftest import Checkout, copy_project, once, shrink

pytestmark = pytest.mark.slow

READINGS = [0.01, 0.25]
CONFIG = ("--config", "readings=true")
CLAIM = {"source": "R2024 1.2", "says": "It learns.", "of": "ex1_2/sgd", "above": "50 %"}


def only_one_exercise(study):
    study["exercises"] = {"ex1_2": study["exercises"]["ex1_2"]}
    variants = study["exercises"]["ex1_2"]["variants"]
    study["exercises"]["ex1_2"]["variants"] = {
        name: variants[name] for name in ("sgd", "elu_dropout", "again")
    }
    rates = {"because": "It is silent.", "readings": READINGS}
    own = {"optimizer.learning_rate": rates, "batch_size": "It is silent."}
    variants["sgd"] |= {"assumed": own, "reported": {"accuracy": "98.78 %"}, "comment": "Ours."}
    study["claims"] = {"learns": CLAIM}
    study["sources"]["R2024"].pop("fit")


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Checkout:
    """Build without readings, then with them."""

    def make(folder):
        checkout = copy_project(folder)
        shrink(checkout)
        checkout.edit_yaml("studies/mnist.yaml", only_one_exercise)
        checkout.edit_yaml("config.yaml", lambda config: config.update(studies=["mnist"]))
        wanted = ("all", "results/report.tex", "--cores", "2")
        result = checkout.snakemake(*wanted)
        assert result.returncode == 0, result.stdout + result.stderr
        (folder / "without.json").write_text(json.dumps(files(checkout)))
        result = checkout.snakemake(*wanted, *CONFIG)
        assert result.returncode == 0, result.stdout + result.stderr
        (folder / "terminal.txt").write_text(result.stdout + result.stderr)

    return Checkout(once(tmp_path_factory, "readings", make))


def files(checkout: Checkout) -> dict[str, int]:
    """Give every result by its path, with the time when it was written."""
    found = (checkout.path / "results").rglob("*.*")
    return {str(f.relative_to(checkout.path)): f.stat().st_mtime_ns for f in found if f.is_file()}


def rows(built: Checkout, name: str) -> list[dict[str, str]]:
    with (built.path / "results" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_reading_is_tested_and_listed_after_the_one_that_is_taken(built):
    table = rows(built, "ex1_2/readings.csv")
    assert [row["value"] for row in table] == ["as taken", "0.01", "0.25"]
    assert [row["taken"] for row in table] == ["True", "False", "False"]
    assert {row["reported"] for row in table} == {"98.78 %"}
    assert len({row["mean"] for row in table}) > 1


def test_a_reading_trains_on_what_its_variant_trains_on(built):
    record = json.loads((built.path / "results/ex1_2/sgd__learning_rate_0_25/run.json").read_text())
    assert record["settings"]["fit"] == "train+validation"
    assert record["settings"]["optimizer"]["learning_rate"] == 0.25


def test_what_was_trained_and_tested_without_readings_stays_as_it_is(built):
    before = json.loads((built.path / "without.json").read_text())
    now = files(built)
    kept = ("model.safetensors", "run.json", "predictions.safetensors", "summary.csv")
    same = [name for name in before if name.endswith(kept)]
    assert len(same) == 2 * 3 + 1
    assert {name: now[name] for name in same} == {name: before[name] for name in same}


def test_without_readings_no_file_of_theirs_is_made(built):
    before = json.loads((built.path / "without.json").read_text())
    assert not [name for name in before if "__" in name or "readings" in name]


def test_the_table_of_claims_says_how_many_readings_were_judged(built):
    (claim,) = rows(built, "claims.csv")
    assert (claim["readings"], claim["verdict"]) == ("3", "not tested (stand-in)")


def test_the_settings_of_readings_are_listed_with_what_is_read(built):
    table = rows(built, "hyperparameters.csv")
    read = [row for row in table if row["variant"] == "sgd__learning_rate_0_25"]
    differing = {row["name"]: row["value"] for row in read if row["differs"] == "yes"}
    assert {"optimizer.learning_rate": "0.25"}.items() <= differing.items()
    (rate,) = [r for r in read if (r["kind"], r["name"]) == ("setting", "optimizer.learning_rate")]
    assert rate["origin"] == "reading"


def test_times_of_readings_are_listed_beside_those_of_their_variant(built):
    table = rows(built, "timing.csv")
    trials = [row for row in table if row["variant"] == "sgd__learning_rate_0_01"]
    assert {row["base"] for row in trials if row["kind"] == "trial"} == {"ex1_2/sgd"}
    assert {row["job"] for row in table} >= {"evaluate_readings_ex1_2", "draw_readings_ex1_2"}


def test_the_report_shows_readings_in_both_formats(built):
    page = (built.path / "results/reports/mnist.html").read_text(encoding="utf-8")
    assert 'id="ex1_2--readings"' in page
    assert 'id="ex1_2-readings-figure"' in page
    table = page.partition('id="ex1_2--readings"')[2].partition("</table>")[0]
    heads, *lines = table.split("<tr")[1:]
    assert len(lines) == 1 + len(READINGS)
    assert {len(re.findall("<t[dh]", line)) for line in lines} == {len(re.findall("<th", heads))}
    text = (built.path / "results/report.tex").read_text(encoding="utf-8")
    assert "{ex1_2/figures/readings.pdf}" in text
    assert r"\label{ex1_2-readings}" in text


def test_the_terminal_names_the_table_in_the_end(built):
    assert "results/ex1_2/readings.csv" in (built.path / "terminal.txt").read_text()


def test_with_the_same_configuration_there_is_nothing_left_to_do(built):
    assert built.planned("all", "results/report.tex", *CONFIG) == set()


def test_without_readings_again_only_what_counts_them_is_made_again(built):
    again = built.planned("all", "results/report.tex")
    made = ("judge_claims_", "draw_headline_", "list_hyperparameters_", "collect_", "report_")
    assert {rule for rule in again if not rule.startswith(made)} == set()


def test_the_doctor_counts_the_trainings_of_readings(built):
    result = built.run("dlia", "doctor", *CONFIG)
    assert "readings of assumed settings are trained" in result.stdout
    assert "Nothing to be done" in result.stdout
